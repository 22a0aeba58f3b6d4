"""What foresight could have done: the best plan of a whole day for somebody who knows its calls and their work.

The day is one problem: every job with the time at its scene that it really takes, to be set off for once it has been
reported and the driver has answered (nobody departs for a call before it came in; without that rule the bound would say
nothing), and all trucks at their posts in the beginning. Nothing is unlike its expectation and nobody refuses.

Among which plans it is the best. A truck tows to one of the shops that a dispatcher would propose (the nearest few).
When it is free it stays there or drives home to its post, as the simulator's trucks do; when the next call comes in it
is wherever that has brought it, and may be called off on the road. It is never called off the way to a scene. The bound
holds for every such plan, and so for every rule whose trucks do no more than that. A rule that calls trucks off the way
to a scene could in principle gain from where that way had brought them; switches are rare, but of such a rule the bound
is no proof.

How: `solve` makes a first plan, in which trucks stay where they became free, since PROBLEM.json has one duration
between two places while a truck on its way home is nearer or farther by how long it has been idle. `day_search` makes
it better with the ways home. Then `day_bound` proves a bound, and of its walks comes a second plan, made better too.
Each is timed as the roads have it (`timed`), and the better one's waits are what is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.plan import Plan
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption, Weights
from dispatch.snapshot import CANDIDATE_SHOPS
from dispatch.solver.budget import Budget
from dispatch.solver.ladder import solve
from geo.faults import BadInput
from routing.router import Positions
from simulator.day_bound import DayArrays, day_bound
from simulator.day_search import improve
from simulator.idle_ways import FAR_MS, IdleWays, idle_ways, wide
from simulator.scenario import Scenario

LATEST_S = 10**7
_UNSERVED = 10**9
"""Fen for leaving a job out: more than a day of waiting for all."""

DEFAULT_WORK = 20_000_000
ROUNDS = 30_000
BOUND_STEPS = 100
SLOT_MS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The reference of a day: waits (seconds, float64[J], by the scenario's jobs) of a plan, and a bound on their mean.

    `method` is the rung of the ladder behind the first plan.
    """

    waits_s: NDArray[np.float64]
    bound_mean_s: float
    method: str


def reference(
    scenario: Scenario,
    *,
    work: int = DEFAULT_WORK,
    rounds: int = ROUNDS,
    bound_steps: int = BOUND_STEPS,
    slot_ms: int = SLOT_MS,
    progress: Callable[[str], None] = lambda _line: None,
) -> Reference:
    """The best plan that is found for the scenario's day, and the bound. BadInput where the day is not of that kind."""
    _refuse(scenario)
    day, ways = day_arrays(scenario)
    trucks = len(scenario.trucks)
    progress(f"{len(day.release_ms)} jobs, {trucks} trucks: looking for a plan")
    plan = solve(_problem(trucks, day, ways), Budget(work), scenario.seed)
    if plan.unserved:
        raise BadInput(f"the reference serves everybody, and {len(plan.unserved)} of these jobs find no truck or shop")
    routes = improve(day, ways, _routes(plan, trucks), rounds, scenario.seed)
    waits_ms = timed(routes, day, ways)
    progress(f"a plan with a mean wait of {waits_ms.mean() / 1000:.1f} s")
    bound_ms, walks = day_bound(day, ways, routes, waits_ms, steps=bound_steps, slot_ms=slot_ms, progress=progress)
    second = improve(day, ways, _once_each(walks, routes), rounds, scenario.seed)
    second_ms = timed(second, day, ways)
    progress(f"a second one with {second_ms.mean() / 1000:.1f} s, none below {bound_ms / 1000 / len(waits_ms):.1f} s")
    best_ms = min(waits_ms, second_ms, key=lambda each: int(each.sum()))
    return Reference(best_ms / 1000, min(bound_ms, int(best_ms.sum())) / 1000 / len(best_ms), plan.method.value)


def _refuse(scenario: Scenario) -> None:
    if not scenario.policy.traffic.is_flat:
        raise BadInput("the reference knows the roads at free flow only: give a policy without a traffic table")
    always = all(start <= scenario.from_ms and end is None for each in scenario.trucks for start, end in each.shifts)
    if not always or any(len(each.shifts) != 1 for each in scenario.trucks):
        raise BadInput("the reference is for trucks that are on duty the whole time")
    needs = {job.needs for order in scenario.orders for job in order.jobs}
    if any(not need <= each.truck.can for need in needs for each in scenario.trucks):
        raise BadInput("the reference is for jobs that every truck can serve")
    if not scenario.orders or not scenario.trucks:
        raise BadInput("the reference needs at least one order and one truck")


def day_arrays(scenario: Scenario) -> tuple[DayArrays, IdleWays]:
    """The scenario's day in milliseconds from its beginning, and the drives of it."""
    router, chances, shops = scenario.router, scenario.chances, list(scenario.shops)
    jobs = [(order, line, job, number) for order, line in zip(scenario.orders, scenario.lines, strict=True)
            for number, job in enumerate(order.jobs, start=1)]  # fmt: skip
    scenes = router.snap([order.lon_deg for order, *_ in jobs], [order.lat_deg for order, *_ in jobs])
    places = router.snap([shop.lon_deg for shop in shops], [shop.lat_deg for shop in shops])
    staying = [k for k, (_, _, job, _) in enumerate(jobs) if job.stays_at_scene]
    ends = Positions.concatenate([places, scenes.take(np.array(staying, np.int64))])
    tow_ms = wide(router.table(scenes, places))
    span_ms = np.full((len(jobs), CANDIDATE_SHOPS), 0, np.int64)
    end = np.full((len(jobs), CANDIDATE_SHOPS), -1, np.int64)
    for row, (_, line, job, number) in enumerate(jobs):
        work_ms = chances.on_scene_ms(scenario.seed, line, number) + 1000 * chances.answer_s
        if job.stays_at_scene:
            span_ms[row], end[row, 0] = work_ms, len(shops) + staying.index(row)
            continue
        taking = [k for k, shop in enumerate(shops) if not shop.can or job.needs <= shop.can]
        nearest = sorted(taking, key=lambda k: (tow_ms[row, k], k))[:CANDIDATE_SHOPS]
        for option, shop in enumerate(nearest):
            end[row, option] = shop
            span_ms[row, option] = work_ms + tow_ms[row, shop] + 1000 * shops[shop].unload_s
        span_ms[row, len(nearest) :] = span_ms[row, : len(nearest)].max(initial=0)
    reported_ms = np.array([order.reported_at_ms - scenario.from_ms for order, *_ in jobs], np.int64)
    posts = Positions.concatenate([each.post for each in scenario.trucks])
    day = DayArrays(reported_ms + 1000 * chances.answer_s, reported_ms, span_ms, end)
    return day, idle_ways(router, ends, posts, scenes)


def _problem(trucks: int, day: DayArrays, ways: IdleWays) -> Problem:
    """The day for trucks that stay where they become free. Places: posts, scenes, ends."""
    n_jobs, n_ends = len(day.release_ms), len(ways.direct_ms)
    first_end = trucks + n_jobs
    size = first_end + n_ends
    durations = np.full((size, size), NO_WAY_S, np.int64)
    np.fill_diagonal(durations, 0)
    durations[:trucks, trucks:first_end] = _seconds(ways.post_ms)
    durations[first_end:, trucks:first_end] = _seconds(ways.direct_ms)
    # What a tow takes is part of the unloading, so all shops of a job are at no distance from its scene.
    durations[trucks:first_end, first_end:] = 0
    jobs = tuple(
        ProblemJob(
            id=str(row),
            order=str(row),
            scene=trucks + row,
            can=frozenset(),
            reported_s=int(day.reported_ms[row] // 1000),
            promise_s=LATEST_S,
            weight=1,
            lanes_blocked=0,
            on_scene_s=0,
            shops=tuple(
                ShopOption(str(end), first_end + end, int(day.span_ms[row, option] // 1000))
                for option, end in enumerate(day.end[row].tolist())
                if end >= 0
            ),
            unserved_cost=_UNSERVED,
            release_s=int(-(-day.release_ms[row] // 1000)),
        )
        for row in range(n_jobs)
    )
    fleet = tuple(ProblemTruck(str(row), row, 0, frozenset(), LATEST_S, "") for row in range(trucks))
    return Problem(durations, fleet, jobs, Weights(wait=1, late=0, blocked=0, overtime=0))


def _routes(plan: Plan, trucks: int) -> list[list[int]]:
    """The jobs of each truck."""
    routes: list[list[int]] = [[] for _ in range(trucks)]
    for route in plan.routes:
        routes[int(route.truck)] = [int(stop.job) for stop in route.stops]
    return routes


def _once_each(walks: list[list[int]], routes: list[list[int]]) -> list[list[int]]:
    """The walks with each job kept in the first that visits it.

    What none visits stays with its truck in `routes`, before the first job that was reported later.
    """
    seen: set[int] = set()
    kept: list[list[int]] = []
    for walk in walks:
        kept.append([job for job in dict.fromkeys(walk) if job not in seen])
        seen.update(walk)
    for truck, jobs in enumerate(routes):
        missing = [job for job in jobs if job not in seen]
        for job in missing:
            place = next((k for k, other in enumerate(kept[truck]) if other > job), len(kept[truck]))
            kept[truck].insert(place, job)
    return kept


def timed(routes: list[list[int]], day: DayArrays, ways: IdleWays) -> NDArray[np.int64]:
    """Milliseconds that each job waits where the trucks serve their jobs in this order, on the roads as they are.

    Of the shops each job is towed to the one from which the next is reached first.
    """
    waits_ms = np.full(len(day.release_ms), -1, np.int64)
    for truck, jobs in enumerate(routes):
        before, arrive_ms = -1, 0
        for job in jobs:
            release_ms = int(day.release_ms[job])
            if before < 0:
                arrive_ms = release_ms + int(ways.post_ms[truck, job])
            else:
                arrive_ms = min(
                    _arrival(truck, end, arrive_ms + int(day.span_ms[before, option]), job, release_ms, ways)
                    for option, end in enumerate(day.end[before].tolist())
                    if end >= 0
                )
            waits_ms[job] = arrive_ms - int(day.reported_ms[job])
            before = job
    return waits_ms


def _arrival(truck: int, end: int, free_ms: int, job: int, release_ms: int, ways: IdleWays) -> int:
    if free_ms >= release_ms:
        return free_ms + int(ways.direct_ms[end, job])
    return release_ms + ways.after(truck, end, release_ms - free_ms, job)


def _seconds(table_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(table_ms >= FAR_MS, NO_WAY_S, (table_ms + 500) // 1000)
