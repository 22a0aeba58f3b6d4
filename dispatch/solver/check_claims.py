"""What a plan claims beyond its routes: bound, gap, proof, reasons, candidates. Each is tested as far as it can be."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.json_text import pointer
from dispatch.plan import Reason, Verdict
from dispatch.plan_document import ConsideredRow, PlanDocument, WhyRow
from dispatch.problem import NO_WAY_S, ProblemJob, ProblemTruck
from dispatch.solver.check_world import World

_MOST_OTHERS = 10
_CANNOT = frozenset({Verdict.NO_CAPABILITY, Verdict.REFUSED, Verdict.LOCKED, Verdict.NO_WAY, Verdict.SHIFT})


def claim_faults(world: World, plan: PlanDocument, cost: int, gap: float | None) -> list[str]:
    """Faults in the claims of a plan whose routes can be driven; `cost` and `gap` are the recomputed ones."""
    ends = {route.truck: _end(world, plan, at) for at, route in enumerate(plan.routes) if route.stops}
    return [
        *_bound(world, plan, cost, gap),
        *_tier_refuted(world, plan, ends),
        *_reasons(world, plan, ends),
        *_why(world, plan),
    ]


def _end(world: World, plan: PlanDocument, at: int) -> tuple[int, int]:
    """(place, time) at which a route's truck is next free."""
    last = plan.routes[at].stops[-1]
    job = world.jobs[last.job]
    place = next((shop.place for shop in job.shops if shop.id == last.shop), job.scene)
    return place, last.free_at_s


def _bound(world: World, plan: PlanDocument, cost: int, gap: float | None) -> Iterator[str]:
    must = any(job.must_serve for job in world.problem.jobs)
    if not must and not plan.tier.proven:
        yield "/tier/proven: without must-serve jobs there is nothing left to prove"
    if plan.lower_bound is None:
        if plan.gap is not None:
            yield "/gap: without a lower bound the gap is null"
        return
    if not plan.tier.proven:
        yield "/lower_bound: it bounds the plans of a proven tier, and the tier is not proven"
    if plan.lower_bound > cost:
        yield f"/lower_bound: {plan.lower_bound} is above the cost, which is {cost}"
    if plan.gap != gap:
        yield f"/gap: says {plan.gap}, is {gap}"
    if len(world.problem.jobs) == 1 and must is False:
        best = _least_cost_of_one(world, world.problem.jobs[0])
        if plan.lower_bound > best:
            yield f"/lower_bound: {plan.lower_bound} is above {best}, which the one job can be had for"


def _least_cost_of_one(world: World, job: ProblemJob) -> int:
    """The optimum of a problem with one ordinary job, by trying every truck and shop."""
    weights = world.problem.weights
    charges = {
        truck.id: weights.theta + weights.kappa * truck.driven_s
        for truck in world.problem.trucks
        if truck.driving_to is not None
    }
    best = job.unserved_cost + sum(charges.values())
    for truck in world.problem.trucks:
        first = world.as_first_stop(truck, job)
        if first is None:
            continue
        saved = charges[truck.id] if truck.driving_to == job.id else 0
        # Without overtime this is a lower figure than the truth only where overtime counts; then nothing is claimed.
        if weights.overtime == 0 or _never_late(world, truck, job, first[0]):
            best = min(best, first[1] + sum(charges.values()) - saved)
    return best


def _never_late(world: World, truck: ProblemTruck, job: ProblemJob, arrive_s: int) -> bool:
    ways = [world.drive_s(job.scene, shop.place) + shop.unload_s for shop in world.reachable_shops(job)]
    return arrive_s + job.on_scene_s + max(ways, default=0) <= truck.shift_end_s


def _tier_refuted(world: World, plan: PlanDocument, ends: dict[str, tuple[int, int]]) -> Iterator[str]:
    """A tier said to be proven is refuted by any must-serve job left that some truck could simply serve last."""
    if not plan.tier.proven:
        return
    used = _used(plan)
    for at, left in enumerate(plan.unserved):
        job = world.jobs.get(left.job)
        if job is None or not job.must_serve:
            continue
        for truck in world.problem.trucks:
            if _could_append(world, truck, job, ends.get(truck.id), used):
                yield f"/tier/proven: {truck.id!r} could serve {pointer('unserved', at)} after all it does"
                break


def _could_append(
    world: World, truck: ProblemTruck, job: ProblemJob, end: tuple[int, int] | None, used: dict[str, int]
) -> bool:
    if not job.can <= truck.can or truck.id in job.refused_by or job.locked_to not in (None, truck.id):
        return False
    if job.locked_to is not None and end is not None:
        return False
    place, free_s = (truck.place, truck.free_at_s) if end is None else end
    if max(free_s, job.release_s, 0) >= truck.shift_end_s or world.drive_s(place, job.scene) == NO_WAY_S:
        return False
    return not job.shops or _has_room(world, job, used)


def _used(plan: PlanDocument) -> dict[str, int]:
    used: dict[str, int] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.shop is not None:
                used[stop.shop] = used.get(stop.shop, 0) + 1
    return used


def _has_room(world: World, job: ProblemJob, used: dict[str, int]) -> bool:
    places = world.problem.shop_places
    return any(shop.id not in places or used.get(shop.id, 0) < places[shop.id] for shop in world.reachable_shops(job))


def _reasons(world: World, plan: PlanDocument, ends: dict[str, tuple[int, int]]) -> Iterator[str]:
    used = _used(plan)
    for at, left in enumerate(plan.unserved):
        here = pointer("unserved", at, "reason")
        if left.reason not in set(Reason):
            yield f"{here}: {left.reason!r} is none of {', '.join(Reason)}"
        elif left.job in world.jobs:
            true = _true_reasons(world, world.jobs[left.job], ends, used)
            if left.reason not in true:
                yield f"{here}: {left.reason!r} is not why; true would be {' or '.join(sorted(true))}"


def _true_reasons(world: World, job: ProblemJob, ends: dict[str, tuple[int, int]], used: dict[str, int]) -> set[Reason]:
    """The hurdles in their order: the first that stops all trucks that cleared those before is the reason.

    Where some truck clears all, it is the cost; or equally the shift, where all would be too late after their stops;
    or the lock, where the job's only truck is first sent elsewhere.
    """
    left = [truck for truck in world.problem.trucks if job.can <= truck.can]
    if not left:
        return {Reason.NO_CAPABILITY}
    left = [truck for truck in left if truck.id not in job.refused_by]
    if not left:
        return {Reason.REFUSED}
    left = [truck for truck in left if job.locked_to in (None, truck.id)]
    if not left:
        return {Reason.LOCKED}
    starts = {truck.id: {truck.place, ends.get(truck.id, (truck.place, 0))[0]} for truck in left}
    left = [truck for truck in left if any(world.drive_s(place, job.scene) != NO_WAY_S for place in starts[truck.id])]
    if not left or (job.shops and not world.reachable_shops(job)):
        return {Reason.NO_WAY}
    left = [truck for truck in left if world.first_depart_s(truck, job) < truck.shift_end_s]
    if not left:
        return {Reason.SHIFT}
    if job.shops and not _has_room(world, job, used):
        return {Reason.PLACES}
    true = {Reason.COST}
    free_s = {truck.id: ends.get(truck.id, (0, truck.free_at_s))[1] for truck in left}
    if all(max(free_s[truck.id], job.release_s, 0) >= truck.shift_end_s for truck in left):
        true.add(Reason.SHIFT)
    if job.locked_to is not None and job.locked_to in ends:
        true.add(Reason.LOCKED)
    return true


def _why(world: World, plan: PlanDocument) -> Iterator[str]:
    server = {stop.job: route.truck for route in plan.routes for stop in route.stops}
    seen: set[str] = set()
    for at, row in enumerate(plan.why):
        here = pointer("why", at)
        if row.job not in world.jobs:
            yield f"{here}/job: the problem has no job {row.job!r}"
            continue
        if row.job in seen:
            yield f"{here}/job: {row.job!r} stands twice"
        seen.add(row.job)
        yield from _considered(world, row, here, server.get(row.job))


def _considered(world: World, row: WhyRow, here: str, server: str | None) -> Iterator[str]:
    job = world.jobs[row.job]
    chosen = [truck.truck for truck in row.considered if truck.verdict == Verdict.CHOSEN]
    if chosen != ([] if server is None else [server]):
        yield f"{here}/considered: chosen is said of {chosen}, and the plan sends {server!r}"
    if len(row.considered) - len(chosen) > _MOST_OTHERS:
        yield f"{here}/considered: more than the chosen truck and {_MOST_OTHERS} others"
    names = [truck.truck for truck in row.considered]
    for at, truck in enumerate(row.considered):
        there = here + pointer("considered", at)
        if truck.truck in names[:at]:
            yield f"{there}/truck: {truck.truck!r} stands twice"
        yield from _candidate(world, job, truck, there)
    known = sum(name in world.trucks for name in names)
    others = sum(count for verdict, count in row.rest.items() if verdict != Verdict.NO_FIX)
    for verdict, count in row.rest.items():
        if verdict not in set(Verdict) - {Verdict.CHOSEN} or count < 0:
            yield f"{here}{pointer('rest', verdict)}: {count} of {verdict!r} is no count of a verdict"
    if row.rest and known + others != len(world.trucks):
        yield f"{here}/rest: {known} trucks listed and {others} counted, and the problem has {len(world.trucks)}"


def _candidate(world: World, job: ProblemJob, row: ConsideredRow, there: str) -> Iterator[str]:
    if row.verdict not in set(Verdict):
        yield f"{there}/verdict: {row.verdict!r} is none of {', '.join(Verdict)}"
        return
    if row.verdict == Verdict.NO_FIX:
        if row.arrive_s is not None or row.cost is not None:
            yield f"{there}: a truck without a fix has no arrival and no cost"
        return
    truck = world.trucks.get(row.truck)
    if truck is None:
        yield f"{there}/truck: the problem has no truck {row.truck!r}"
        return
    first = world.as_first_stop(truck, job)
    said = (row.arrive_s, row.cost)
    if row.verdict in _CANNOT and row.verdict not in _hurdles(world, truck, job):
        yield f"{there}/verdict: {row.verdict!r} is not true of {row.truck!r}"
    for name, value, true in zip(("arrive_s", "cost"), said, first or (None, None), strict=True):
        # The chosen truck may serve the job later in its sequence though it cannot serve it first.
        if value != true:
            yield f"{there}/{name}: says {value}, is {true}"
    if first is None and row.verdict not in {*_CANNOT, Verdict.PLACES, Verdict.CHOSEN}:
        yield f"{there}/verdict: {row.verdict!r}, and {row.truck!r} cannot serve {job.id!r} first at all"


def _hurdles(world: World, truck: ProblemTruck, job: ProblemJob) -> set[Verdict]:
    """Everything that keeps one truck from serving one job first, shops' room aside."""
    true: set[Verdict] = set()
    if not job.can <= truck.can:
        true.add(Verdict.NO_CAPABILITY)
    if truck.id in job.refused_by:
        true.add(Verdict.REFUSED)
    if job.locked_to not in (None, truck.id):
        true.add(Verdict.LOCKED)
    no_shop = bool(job.shops) and not world.reachable_shops(job)
    if no_shop or world.drive_s(truck.place, job.scene) == NO_WAY_S:
        true.add(Verdict.NO_WAY)
    if world.first_depart_s(truck, job) >= truck.shift_end_s:
        true.add(Verdict.SHIFT)
    return true
