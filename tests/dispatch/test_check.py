"""The checker catches a plan that is broken in any one place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dispatch.explain import explain
from dispatch.formats import read_plan, write_plan
from dispatch.problem import Problem, ProblemJob, ProblemTruck, ShopOption, Weights
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.check import CheckReport, check
from dispatch.solver.ladder import solve
from geo.faults import BadInput

Document = dict[str, Any]


def _problem() -> Problem:
    """Places: trucks at 0 and 1, scenes 2, 3, 4, shops 5 (one place) and 6; every drive 100 s, from 0 to 2 only 50."""
    durations_s = 100 - 100 * np.eye(7, dtype=np.int64)
    durations_s[0, 2] = 50
    shops = (ShopOption("S", 5, 10, price=3), ShopOption("R", 6, 20))
    trucks = (
        ProblemTruck("T1", 0, 0, frozenset({"wheel_lift"}), 2_000, "A", driving_to="J1", driven_s=40, price=1),
        ProblemTruck("T2", 1, 30, frozenset({"wheel_lift", "crane"}), 2_000, "B"),
    )

    def job(name: str, scene: int, can: str, unserved_cost: int, must_serve: bool = False) -> ProblemJob:
        needs = frozenset({can})
        return ProblemJob(name, "O", scene, needs, -60, 100, 2, 1, 200, shops, unserved_cost, must_serve=must_serve)

    jobs = (
        job("J1", 2, "wheel_lift", 100_000, must_serve=True),
        job("J2", 3, "crane", 100_000),
        job("J3", 4, "heavy", 500),
    )
    weights = Weights(empty_drive=1, tow_detour=1, theta=5, kappa=1)
    return Problem(durations_s, trucks, jobs, weights, {"S": 1})


def _document() -> Document:
    problem = _problem()
    plan = solve(problem, Budget(DEFAULT_WORK))
    document: Document = json.loads(json.dumps(write_plan(plan, explain(problem, plan), {"seconds": 0.1})))
    return document


def _report(document: Document) -> CheckReport:
    return check(_problem(), read_plan(json.dumps(document), "plan"))


def test_the_plan_that_is_broken_below_is_sound_and_as_derived_by_hand() -> None:
    document = _document()
    assert _report(document).faults == ()
    # T1 drives 50 s to J1; T2, free at 30, drives 100 s to J2; one shop has one place, the other costs no price.
    stops = {route["truck"]: route["stops"][0] for route in document["routes"]}
    assert (stops["T1"]["job"], stops["T1"]["arrive_s"]) == ("J1", 50)
    assert (stops["T2"]["job"], stops["T2"]["arrive_s"]) == ("J2", 130)
    assert {stop["shop"] for stop in stops.values()} == {"R"}
    assert stops["T1"]["free_at_s"] == 50 + 200 + 100 + 20
    wait = 2 * (110 + 190)
    late = 3 * 2 * (0 + 30)
    blocked = 310 + 390
    assert document["terms"] == {
        "wait": wait, "late": late, "blocked": blocked, "empty_drive": 150, "overtime": 0, "tow_detour": 0,
        "price": 1, "switch": 0, "unserved": 500,
    }  # fmt: skip
    assert document["unserved"] == [{"job": "J3", "reason": "no_capability"}]
    assert document["tier"] == {"unserved": 0, "wait_s": 110, "proven": True}


def _set(*path: str | int, to: object) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        assert target[path[-1]] != to
        target[path[-1]] = to

    return change


def _add(*path: str | int, by: int) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] += by

    return change


def _do(change: Callable[[Document], object]) -> Callable[[Document], None]:
    def apply(document: Document) -> None:
        change(document)

    return apply


def _more(part: str, row: object) -> Callable[[Document], None]:
    return _do(lambda document: document[part].append(row))


_STOP = ("routes", 0, "stops", 0)
_TERMS = ("wait", "late", "blocked", "empty_drive", "overtime", "tow_detour", "price", "switch", "unserved")

BREAKS: dict[str, tuple[Callable[[Document], None], str]] = {
    "route to an unknown truck": (_set("routes", 0, "truck", to="T9"), "/routes/0/truck"),
    "two routes of one truck": (_do(lambda d: d["routes"].append(d["routes"][0])), "/routes/2/truck"),
    "a truck's job with another": (_set("routes", 0, "truck", to="T2"), "/routes/1/truck"),
    "an empty route": (_do(lambda d: d["routes"].append({"truck": "T1", "stops": []})), "/routes/2"),
    "an empty route of an idle truck": (_set("routes", 0, "stops", to=[]), "/routes/0/stops"),
    "a route left out": (_do(lambda d: d["routes"].pop()), "/unserved"),
    "an unknown job": (_set(*_STOP, "job", to="J9"), "/routes/0/stops/0/job"),
    "a job that the truck cannot do": (_set(*_STOP, "job", to="J3"), "/routes/0/stops/0/job"),
    "one job twice": (_do(lambda d: d["routes"][0]["stops"].extend(d["routes"][0]["stops"])), "/routes/0/stops/1/job"),
    "no shop": (_set(*_STOP, "shop", to=None), "/routes/0/stops/0/shop"),
    "an unknown shop": (_set(*_STOP, "shop", to="X"), "/routes/0/stops/0/shop"),
    "another shop": (_set(*_STOP, "shop", to="S"), "/routes/0/stops/0/free_at_s"),
    "a departure": (_add(*_STOP, "depart_s", by=1), "/routes/0/stops/0/depart_s"),
    "an arrival": (_add(*_STOP, "arrive_s", by=-1), "/routes/0/stops/0/arrive_s"),
    "a time of freedom": (_add(*_STOP, "free_at_s", by=1), "/routes/0/stops/0/free_at_s"),
    "an unserved job left out": (_set("unserved", to=[]), "/unserved"),
    "a served job called unserved": (_more("unserved", {"job": "J1", "reason": "cost"}), "/unserved/1"),
    "an unserved job twice": (_more("unserved", {"job": "J3", "reason": "no_capability"}), "/unserved/1/job"),
    "an unserved job unknown": (_more("unserved", {"job": "J9", "reason": "cost"}), "/unserved/1/job"),
    "an untrue reason": (_set("unserved", 0, "reason", to="shift"), "/unserved/0/reason"),
    "no such reason": (_set("unserved", 0, "reason", to="weather"), "/unserved/0/reason"),
    "the cost": (_add("cost", by=1), "/cost"),
    **{f"term {term}": (_add("terms", term, by=1), f"/terms/{term}") for term in _TERMS},
    "the tier's unserved": (_add("tier", "unserved", by=1), "/tier/unserved"),
    "the tier's wait": (_add("tier", "wait_s", by=1), "/tier/wait_s"),
    "a bound of an unproven tier": (_set("tier", "proven", to=False), "/lower_bound"),
    "a bound above the cost": (_add("lower_bound", by=10**6), "/lower_bound"),
    "a bound with another gap": (_add("lower_bound", by=-1), "/gap"),
    "a gap": (_set("gap", to=0.5), "/gap"),
    "a gap left out": (_set("gap", to=None), "/gap"),
    "a bound left out": (_set("lower_bound", to=None), "/gap"),
    "no such method": (_set("method", to="magic"), "/method"),
    "work below nothing": (_set("work", to=-1), "/work"),
    "why an unknown job": (_set("why", 0, "job", to="J9"), "/why/0/job"),
    "why one job twice": (_set("why", 0, "job", to="J2"), "/why/1/job"),
    "a candidate's arrival": (_add("why", 0, "considered", 0, "arrive_s", by=1), "/why/0/considered/0/arrive_s"),
    "a candidate's cost": (_add("why", 0, "considered", 0, "cost", by=1), "/why/0/considered/0/cost"),
    "a candidate's verdict": (_set("why", 0, "considered", 0, "verdict", to="later"), "/why/0/considered"),
    "a second chosen": (_set("why", 0, "considered", 1, "verdict", to="chosen"), "/why/0/considered"),
    "no such verdict": (_set("why", 0, "considered", 1, "verdict", to="ugly"), "/why/0/considered/1/verdict"),
    "a hurdle that is none": (_set("why", 0, "considered", 1, "verdict", to="refused"), "/why/0/considered/1/verdict"),
    "a candidate unknown": (_set("why", 0, "considered", 1, "truck", to="T9"), "/why/0/considered/1/truck"),
    "a candidate twice": (_set("why", 0, "considered", 1, "truck", to="T1"), "/why/0/considered/1"),
    "a count of nobody": (_set("why", 0, "rest", to={"later": 1}), "/why/0/rest"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_a_plan_broken_in_one_place_is_caught_there(name: str) -> None:
    document = copy.deepcopy(_document())
    change, where = BREAKS[name]
    change(document)
    faults = _report(document).faults
    assert any(fault.startswith(where) for fault in faults), faults


def test_every_number_of_a_plan_is_covered_by_a_break() -> None:
    """Add one to each integer of the document in turn: only the work done is nobody's to check."""
    missed = []
    for path in _integers(_document(), ()):
        document = _document()
        _add(*path, by=1)(document)
        if _report(document).ok:
            missed.append(path)
    assert missed == [("work",)]


def _integers(value: object, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    if isinstance(value, bool) or path[:1] == ("timing",):
        return []
    if isinstance(value, int):
        return [path]
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for step, member in members for found in _integers(member, (*path, step))]


_PARTS = ("routes", "unserved", "cost", "terms", "tier", "lower_bound", "gap", "method", "work")


@pytest.mark.parametrize("missing", _PARTS)
def test_a_plan_without_a_part_is_bad_input(missing: str) -> None:
    document = _document()
    del document[missing]
    with pytest.raises(BadInput) as caught:
        read_plan(json.dumps(document), "plan.json")
    assert caught.value.faults == (f"/{missing}: is missing",)


def _one(problem: Problem, route: list[tuple[str, str | None]]) -> tuple[str, ...]:
    """The faults of a plan whose one truck drives `route`, all its figures 0."""
    document = {
        "routes": [
            {
                "truck": problem.trucks[0].id,
                "stops": [{"job": j, "shop": s, "depart_s": 0, "arrive_s": 0, "free_at_s": 0} for j, s in route],
            }
        ],
        "unserved": [], "cost": 0, "terms": dict.fromkeys(_TERMS, 0),
        "tier": {"unserved": 0, "wait_s": 0, "proven": True},
        "lower_bound": None, "gap": None, "method": "search", "work": 0,
    }  # fmt: skip
    return check(problem, read_plan(json.dumps(document), "plan")).faults


def _line(**job: Any) -> Problem:
    """One truck at 0, two scenes 1 and 2, a shop at 3; no way from 2 to 3, everything else 10 s."""
    durations_s = 10 - 10 * np.eye(4, dtype=np.int64)
    durations_s[2, 3] = 4294967295
    near = ProblemJob("N", "O", 1, frozenset(), 0, 0, 1, 0, 5, (), 9)
    fields: dict[str, Any] = {
        "id": "F", "order": "O", "scene": 2, "can": frozenset(), "reported_s": 0, "promise_s": 0, "weight": 1,
        "lanes_blocked": 0, "on_scene_s": 5, "shops": (), "unserved_cost": 9,
    }  # fmt: skip
    far = ProblemJob(**{**fields, **job})
    return Problem(durations_s, (ProblemTruck("T", 0, 0, frozenset(), 20, "A"),), (near, far), Weights())


def test_hard_rules_are_checked() -> None:
    shop = (ShopOption("S", 3, 0),)
    assert any(
        "is locked and must be the first stop" in f for f in _one(_line(locked_to="T"), [("N", None), ("F", None)])
    )
    assert any("is locked to" in fault for fault in _one(_line(locked_to="U"), [("F", None)]))
    assert any("has refused" in fault for fault in _one(_line(refused_by=frozenset({"T"})), [("F", None)]))
    assert any("lacks crane" in fault for fault in _one(_line(can=frozenset({"crane"})), [("F", None)]))
    assert any("no way from the scene" in fault for fault in _one(_line(shops=shop), [("F", "S")]))
    assert any("the shift ends" in fault for fault in _one(_line(release_s=20), [("F", None)]))
    assert not any("the shift ends" in fault for fault in _one(_line(release_s=19), [("F", None)]))
    assert any("one must be chosen" in fault for fault in _one(_line(shops=shop), [("F", None)]))
