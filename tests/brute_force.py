"""The optimum of a small problem by trying everything: every sequence of every truck with every shop.

Plain Python written from the problem's definition, with nothing of the solver in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck

Value = tuple[int, int, int]
"""(must-serve jobs unserved, summed wait of the must-serve jobs served, cost), compared in this order."""

_Use = tuple[str, ...]
"""Limited shops that a choice uses, sorted, one entry a job."""


def best_value(problem: Problem) -> Value:
    """The least objective of all plans. Exponential: up to five jobs."""
    everyone = (1 << len(problem.jobs)) - 1
    plans: dict[tuple[int, _Use], tuple[int, int]] = {(0, ()): (0, 0)}
    for truck in problem.trucks:
        plans = _combined(problem, plans, _truck_choices(problem, truck))
    return min(_value(problem, everyone & ~served, *terms) for (served, _), terms in plans.items())


def _value(problem: Problem, left: int, wait_s: int, cost: int) -> Value:
    rows = [job for row, job in enumerate(problem.jobs) if left >> row & 1]
    return sum(job.must_serve for job in rows), wait_s, cost + sum(job.unserved_cost for job in rows)


def _combined(
    problem: Problem,
    plans: Mapping[tuple[int, _Use], tuple[int, int]],
    choices: Mapping[tuple[int, _Use], tuple[int, int]],
) -> dict[tuple[int, _Use], tuple[int, int]]:
    both: dict[tuple[int, _Use], tuple[int, int]] = {}
    for (served, used), (wait_s, cost) in plans.items():
        for (more, use), (more_wait_s, more_cost) in choices.items():
            together = tuple(sorted(used + use))
            if served & more or any(together.count(shop) > problem.shop_places[shop] for shop in set(together)):
                continue
            value = (wait_s + more_wait_s, cost + more_cost)
            key = (served | more, together)
            if key not in both or value < both[key]:
                both[key] = value
    return both


def _truck_choices(problem: Problem, truck: ProblemTruck) -> dict[tuple[int, _Use], tuple[int, int]]:
    """The best (wait, cost) of one truck for each set of jobs and use of limited shops."""
    best: dict[tuple[int, _Use], tuple[int, int]] = {}
    for served, use, wait_s, cost in _sequences(problem, truck):
        key = (served, tuple(sorted(use)))
        if key not in best or (wait_s, cost) < best[key]:
            best[key] = (wait_s, cost)
    return best


def _sequences(problem: Problem, truck: ProblemTruck) -> Iterator[tuple[int, _Use, int, int]]:
    weights = problem.weights
    charge = weights.theta + weights.kappa * truck.driven_s if truck.driving_to is not None else 0
    yield 0, (), 0, charge
    stack: list[tuple[int, int, int, _Use, int, int]] = [(truck.place, max(0, truck.free_at_s), 0, (), 0, 0)]
    while stack:
        place, free_s, served, use, wait_s, cost = stack.pop()
        for row, job in enumerate(problem.jobs):
            if served >> row & 1 or not job.can <= truck.can or truck.id in job.refused_by:
                continue
            if job.locked_to is not None and (job.locked_to != truck.id or served):
                continue
            depart_s = max(free_s, job.release_s)
            drive_s = int(problem.durations_s[place, job.scene])
            if drive_s == NO_WAY_S or depart_s >= truck.shift_end_s:
                continue
            arrive_s = depart_s + drive_s
            fixed = cost + _own(problem, job, depart_s, arrive_s) + truck.price
            if not served and truck.driving_to != job.id:
                fixed += charge
            waited_s = wait_s + (arrive_s - job.reported_s if job.must_serve else 0)
            for end, done_s, price, shop in _ends(problem, job, arrive_s):
                used = (*use, shop) if shop in problem.shop_places else use
                overtime = weights.overtime * max(0, done_s - truck.shift_end_s)
                yield served | 1 << row, used, waited_s, fixed + price + overtime
                stack.append((end, done_s, served | 1 << row, used, waited_s, fixed + price))


def _own(problem: Problem, job: ProblemJob, depart_s: int, arrive_s: int) -> int:
    weights = problem.weights
    soft = weights.wait * (arrive_s - job.reported_s) + weights.late * max(0, arrive_s - job.promise_s)
    blocked = weights.blocked * job.lanes_blocked * (arrive_s + job.on_scene_s - job.reported_s)
    return job.weight * soft + blocked + weights.empty_drive * (arrive_s - depart_s)


def _ends(problem: Problem, job: ProblemJob, arrive_s: int) -> list[tuple[int, int, int, str]]:
    """(place, free at, detour and price, shop) of each way to end the job."""
    if not job.shops:
        return [(job.scene, arrive_s + job.on_scene_s, 0, "")]
    tows = [(int(problem.durations_s[job.scene, shop.place]), shop) for shop in job.shops]
    reachable = [(tow_s, shop) for tow_s, shop in tows if tow_s != NO_WAY_S]
    shortest_s = min((tow_s for tow_s, _ in reachable), default=0)
    return [
        (
            shop.place,
            arrive_s + job.on_scene_s + tow_s + shop.unload_s,
            problem.weights.tow_detour * (tow_s - shortest_s) + shop.price,
            shop.id,
        )
        for tow_s, shop in reachable
    ]
