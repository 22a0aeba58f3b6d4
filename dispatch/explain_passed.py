"""The trucks that people ask about: the nearest one, and the one that would be there first. Why was it not sent?"""

from __future__ import annotations

from dispatch.explain_facts import Hindrance, Passed, Role
from dispatch.explain_scene import VERDICTS, planned_cost
from dispatch.explain_view import View
from dispatch.plan import Stop, Verdict
from dispatch.problem import NO_WAY_S, ProblemJob

_HURDLES = {
    Verdict.NO_CAPABILITY: Hindrance.NO_CAPABILITY, Verdict.REFUSED: Hindrance.REFUSED,
    Verdict.NO_WAY: Hindrance.NO_WAY, Verdict.SHIFT: Hindrance.SHIFT, Verdict.PLACES: Hindrance.PLACES,
}  # fmt: skip


def passed_of(view: View) -> tuple[Passed, ...]:
    """The trucks that were passed over: nearest, nearest that holds what is needed, soonest; each once.

    Nearest is told of only where it is nearer than the chosen truck, and soonest where it would be there before it.
    """
    stop = view.stop
    if stop is None:
        return ()
    roles: dict[int, tuple[Role, ...]] = {}
    ways_s = view.here_s
    for role, truck in (
        (Role.NEAREST, view.nearest(view.others)),
        (Role.NEAREST_CAPABLE, view.nearest(view.others & view.capable)),
    ):
        if truck >= 0 and ways_s[truck] < ways_s[view.chosen]:
            roles[truck] = (*roles.get(truck, ()), role)
    first = view.soonest(view.others)
    if first >= 0 and view.firsts.arrive_s[first] < stop.arrive_s:
        roles[first] = (*roles.get(first, ()), Role.SOONEST)
    return tuple(_passed(view, stop, truck, found) for truck, found in roles.items())


def _passed(view: View, stop: Stop, row: int, roles: tuple[Role, ...]) -> Passed:
    problem, job = view.scene.problem, view.job
    truck = problem.trucks[row]
    why = hindrance_of(view, stop, row)
    possible = bool(view.firsts.possible[row])
    drive_s = int(view.here_s[row])
    other = _other(view, row)
    sent = why in (Hindrance.PINNED_ELSEWHERE, Hindrance.DRIVING, Hindrance.SENT) and other is not None
    until_s = {Hindrance.AT_WORK: truck.free_at_s}.get(why)
    if why in (Hindrance.SHIFT, Hindrance.OVERTIME):
        until_s = truck.shift_end_s
    return Passed(
        truck=truck.id,
        roles=roles,
        hindrance=why,
        drive_s=None if drive_s == NO_WAY_S else drive_s,
        sooner_s=stop.arrive_s - int(view.firsts.arrive_s[row]) if possible else None,
        lacks=tuple(sorted(job.can - truck.can)),
        until_s=until_s,
        other_job=other.id if sent and other else None,
        other_here=bool(sent and other and other.order == job.order),
        other_urgent=bool(sent and other and other.must_serve and not job.must_serve),
        price=truck.price - problem.trucks[view.chosen].price,
    )


def hindrance_of(view: View, stop: Stop, row: int) -> Hindrance:
    """Why the truck at `row` does not do what the plan has another do."""
    truck, job = view.scene.problem.trucks[row], view.job
    if not view.firsts.possible[row]:
        verdict = VERDICTS[int(view.firsts.hurdle[row])]
        if verdict is Verdict.REFUSED and (job.id, truck.id) in view.around.unanswered:
            return Hindrance.UNANSWERED
        return _HURDLES[verdict]
    if view.firsts.arrive_s[row] > stop.arrive_s:
        return Hindrance.AT_WORK if truck.free_at_s > max(0, job.release_s) else Hindrance.LATER
    other = _other(view, row)
    if other is not None:
        if other.locked_to == truck.id and (view.around.pinned is None or other.id in view.around.pinned):
            return Hindrance.PINNED_ELSEWHERE
        return Hindrance.DRIVING if truck.driving_to == other.id and truck.driven_s > 0 else Hindrance.SENT
    return Hindrance.LOCKED if job.locked_to is not None else _by_cost(view, stop, row)


def _other(view: View, row: int) -> ProblemJob | None:
    """The job that the plan sends a truck to first, where that is another one."""
    first = int(view.scene.first_job[row])
    return view.scene.problem.jobs[first] if first not in (-1, view.row) else None


def _by_cost(view: View, stop: Stop, row: int) -> Hindrance:
    """A truck that the plan sends nowhere, and that would be there no later."""
    scene = view.scene
    cost, planned = int(view.firsts.cost[row]), planned_cost(scene, view.job, view.chosen, stop)
    dearer = int(scene.price[row] - scene.price[view.chosen])
    if cost > planned:
        return Hindrance.PRICE if dearer > 0 and cost - dearer <= planned else Hindrance.WEIGHED
    on_its_way = int(scene.target[view.chosen]) == view.row == int(scene.first_job[view.chosen])
    if on_its_way and cost + int(scene.charge[view.chosen]) > planned:
        return Hindrance.SWITCH
    if scene.problem.weights.overtime > 0 and _earliest_end_s(view, row) > int(scene.shift_end_s[row]):
        return Hindrance.OVERTIME
    return Hindrance.WEIGHED


def _earliest_end_s(view: View, row: int) -> int:
    """When the truck would be free again at the earliest, whichever shop it goes to."""
    problem, job = view.scene.problem, view.job
    done_s = int(view.firsts.arrive_s[row]) + job.on_scene_s
    if not job.shops:
        return done_s
    return done_s + min(
        int(problem.durations_s[job.scene, shop.place]) + shop.unload_s
        for shop in job.shops
        if problem.durations_s[job.scene, shop.place] != NO_WAY_S and problem.shop_places.get(shop.id) != 0
    )
