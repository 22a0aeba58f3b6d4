"""Small problems on a line and plans made by hand, so that a choice is the test's and its reason is plain.

Places lie 60 s apart. A plan's times follow the rules of PROBLEM.json; its bound is its cost unless a test says else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dispatch.plan import Method, Plan, Reason, Stop, Terms, Tier, TruckRoute, Unserved
from dispatch.problem import Problem, ProblemJob, ProblemTruck, ShopOption, Weights

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
