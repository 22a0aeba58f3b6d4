"""Small problems on a line and plans made by hand, so that a choice is the test's and its reason is plain.

Places lie 60 s apart. A plan's times follow the rules of PROBLEM.json; its bound is its cost unless a test says else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dispatch.plan import Method, Plan, Reason, Stop, Terms, Tier, TruckRoute, Unserved
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption, Weights

MINUTE_S = 60
LINE = np.abs(np.arange(60)[:, None] - np.arange(60)[None, :]) * MINUTE_S
FLATBED = frozenset({"flatbed"})


def job(name: str, scene: int, **more: Any) -> ProblemJob:
    fields: dict[str, Any] = {
        "id": name, "order": f"O-{name}", "scene": scene, "can": FLATBED, "reported_s": 0, "promise_s": 100_000,
        "weight": 1, "lanes_blocked": 0, "on_scene_s": 600, "shops": (), "unserved_cost": 100_000,
    }  # fmt: skip
    return ProblemJob(**{**fields, **more})


def truck(name: str, place: int, **more: Any) -> ProblemTruck:
    fields = {"free_at_s": 0, "can": FLATBED, "shift_end_s": 50_000, "company": "A"}
    return ProblemTruck(**{"id": name, "place": place, **fields, **more})


def shop(name: str, place: int, **more: Any) -> ShopOption:
    return ShopOption(**{"id": name, "place": place, "unload_s": 300, **more})


def problem_of(trucks: Sequence[ProblemTruck], jobs: Sequence[ProblemJob], **more: Any) -> Problem:
    fields: dict[str, Any] = {"durations_s": LINE, "weights": Weights(), **more}
    return Problem(trucks=tuple(trucks), jobs=tuple(jobs), **fields)


def plan_of(
    problem: Problem,
    routes: Mapping[str, Sequence[str]],
    left: Mapping[str, Reason] | None = None,
    shops: Mapping[str, str] | None = None,
    **more: Any,
) -> Plan:
    """The plan in which each truck serves its jobs in this order; a job goes to its first shop unless `shops` says."""
    fields: dict[str, Any] = {"terms": Terms(wait=1000), "lower_bound": 1000, "tier": Tier(), **more}
    return Plan(
        routes=tuple(_route(problem, name, names, shops or {}) for name, names in routes.items()),
        unserved=tuple(Unserved(name, reason) for name, reason in (left or {}).items()),
        method=Method.SEARCH,
        work=1,
        **fields,
    )


def random_plan(rng: np.random.Generator, problem: Problem) -> Plan:
    """A plan that no solver would make, and that breaks no rule: each job to any truck and shop that may take it."""
    routes: dict[str, list[str]] = {}
    shops: dict[str, str] = {}
    used: Counter[str] = Counter()
    for row in rng.permutation(len(problem.jobs)).tolist():
        found = problem.jobs[row]
        ways = [each for each in found.shops if problem.durations_s[found.scene, each.place] != NO_WAY_S]
        ways = [each for each in ways if used[each.id] < problem.shop_places.get(each.id, len(problem.jobs))]
        if found.shops and not ways:
            continue
        if found.shops:
            shops[found.id] = ways[int(rng.integers(len(ways)))].id
        able = [each for each in problem.trucks if _may(problem, each, found, routes, shops)]
        if able and rng.random() < 0.8:
            routes.setdefault(able[int(rng.integers(len(able)))].id, []).append(found.id)
            used.update([shops[found.id]] if found.shops else [])
    served = {name for names in routes.values() for name in names}
    left = {each.id: Reason.COST for each in problem.jobs if each.id not in served}
    return plan_of(problem, routes, left, shops)


def _may(
    problem: Problem,
    at: ProblemTruck,
    found: ProblemJob,
    routes: Mapping[str, Sequence[str]],
    shops: Mapping[str, str],
) -> bool:
    """Whether a truck may serve a job after what it has."""
    before = routes.get(at.id, ())
    if not found.can <= at.can or at.id in found.refused_by or found.locked_to not in (None, at.id):
        return False
    if found.locked_to is not None and before:
        return False
    stop = _route(problem, at.id, [*before, found.id], shops).stops[-1]
    return stop.depart_s < at.shift_end_s and stop.arrive_s - stop.depart_s < NO_WAY_S


def _route(problem: Problem, name: str, names: Sequence[str], shops: Mapping[str, str]) -> TruckRoute:
    at = next(each for each in problem.trucks if each.id == name)
    place, free_s, stops = at.place, at.free_at_s, []
    for job_id in names:
        found = next(each for each in problem.jobs if each.id == job_id)
        goes = next((each for each in found.shops if each.id == shops.get(job_id, found.shops[0].id)), None)
        depart_s = max(free_s, found.release_s, 0)
        arrive_s = depart_s + int(problem.durations_s[place, found.scene])
        free_s, place = arrive_s + found.on_scene_s, found.scene
        if goes is not None:
            free_s += int(problem.durations_s[place, goes.place]) + goes.unload_s
            place = goes.place
        stops.append(Stop(job_id, None if goes is None else goes.id, depart_s, arrive_s, free_s))
    return TruckRoute(name, tuple(stops))
