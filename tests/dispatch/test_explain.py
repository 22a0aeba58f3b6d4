"""The explanation: every verdict has a world in which it is the true one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dispatch.explain import MOST_OTHERS, explain
from dispatch.plan import Verdict, Why
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption, Weights
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.ladder import solve

_LINE = np.abs(np.arange(12)[:, None] - np.arange(12)[None, :]) * 100


def _job(name: str, scene: int, **more: Any) -> ProblemJob:
    fields: dict[str, Any] = {
        "id": name, "order": "O", "scene": scene, "can": frozenset(), "reported_s": 0, "promise_s": 100_000,
        "weight": 1, "lanes_blocked": 0, "on_scene_s": 0, "shops": (), "unserved_cost": 100_000,
    }  # fmt: skip
    return ProblemJob(**{**fields, **more})


def _truck(name: str, place: int, **more: Any) -> ProblemTruck:
    return ProblemTruck(
        **{"id": name, "place": place, "free_at_s": 0, "can": frozenset(), "shift_end_s": 50_000, "company": "", **more}
    )


def _why(trucks: list[ProblemTruck], jobs: list[ProblemJob], **more: Any) -> dict[str, Why]:
    absent = more.pop("absent", {})
    durations_s = more.pop("durations_s", _LINE)
    problem = Problem(durations_s, tuple(trucks), tuple(jobs), more.pop("weights", Weights()), **more)
    return {row.job: row for row in explain(problem, solve(problem, Budget(DEFAULT_WORK)), absent=absent)}


def _verdicts(why: Why) -> dict[str, Verdict]:
    return {row.truck: row.verdict for row in why.considered}


def test_each_hard_verdict_has_no_arrival_and_no_cost() -> None:
    cut = _LINE.copy()
    cut[7, 0] = NO_WAY_S
    crane = frozenset({"crane"})
    trucks = [
        _truck("goes", 1, can=crane),
        _truck("cannot", 1),
        _truck("refused", 1, can=crane),
        _truck("cut off", 7, can=crane),
        _truck("going home", 1, can=crane, shift_end_s=0),
    ]
    job = _job("J", 0, can=crane, refused_by=frozenset({"refused"}))
    why = _why(trucks, [job], durations_s=cut, absent={"lost": Verdict.NO_FIX})["J"]
    assert _verdicts(why) == {
        "goes": Verdict.CHOSEN, "lost": Verdict.NO_FIX, "cannot": Verdict.NO_CAPABILITY, "refused": Verdict.REFUSED,
        "cut off": Verdict.NO_WAY, "going home": Verdict.SHIFT,
    }  # fmt: skip
    assert [(row.arrive_s, row.cost) for row in why.considered[1:]] == [(None, None)] * 5
    assert why.rest == ()


def test_locked_and_places() -> None:
    trucks = [_truck("A", 1), _truck("B", 1)]
    locked = _why(trucks, [_job("J", 0, locked_to="B")])["J"]
    assert _verdicts(locked) == {"B": Verdict.CHOSEN, "A": Verdict.LOCKED}
    shops = (ShopOption("S", 2, 0),)
    jobs = [_job("first", 0, shops=shops, unserved_cost=200_000), _job("second", 0, shops=shops)]
    full = _why(trucks, jobs, shop_places={"S": 1})["second"]
    assert set(_verdicts(full).values()) == {Verdict.PLACES}
    assert {row.arrive_s for row in full.considered} == {100}
    closed = _why(trucks, [_job("J", 0, shops=shops)], shop_places={"S": 0})["J"]
    assert {(row.verdict, row.cost) for row in closed.considered} == {(Verdict.PLACES, None)}


def test_later_dearer_and_busy() -> None:
    trucks = [_truck("goes", 2), _truck("far", 9), _truck("rich", 1, price=5_000), _truck("taken", 0)]
    jobs = [_job("J", 1), _job("other", 0, weight=1000, refused_by=frozenset({"goes", "rich"}))]
    # "taken" is as near as "goes" and serves the other first, which alone it stands beside.
    found = _verdicts(_why(trucks, jobs)["J"])
    assert found["far"] is Verdict.LATER
    assert found["rich"] is Verdict.DEARER
    assert {found["goes"], found["taken"]} <= {Verdict.CHOSEN, Verdict.BUSY}


def test_a_truck_that_would_be_sooner_by_less_than_the_charge_loses_by_the_switch() -> None:
    trucks = [_truck("driver", 3, driving_to="J", driven_s=50), _truck("nearer", 2)]
    why = _why(trucks, [_job("J", 0)], weights=Weights(theta=60, kappa=1))["J"]
    assert _verdicts(why) == {"driver": Verdict.CHOSEN, "nearer": Verdict.SWITCH}
    # Its own first stop is what a truck is on its way to, and it would be nearer here.
    trucks = [_truck("A", 3), _truck("B", 2, driving_to="X")]
    both = _why(trucks, [_job("J", 0), _job("X", 4)], weights=Weights(theta=5_000))["J"]
    assert _verdicts(both)["B"] in (Verdict.SWITCH, Verdict.CHOSEN)


def test_ten_others_at_most_and_the_rest_counted() -> None:
    trucks = [_truck(f"T{at:02}", 1 + at % 9) for at in range(30)] + [
        _truck(f"old{at}", 0, shift_end_s=0) for at in range(4)
    ]
    why = _why(trucks, [_job("J", 0)], absent={"lost": Verdict.NO_FIX})["J"]
    assert len(why.considered) == 1 + MOST_OTHERS
    assert why.considered[0].verdict is Verdict.CHOSEN
    costs = [row.cost for row in why.considered]
    assert costs == sorted(cost for cost in costs if cost is not None)
    assert sum(count for _, count in why.rest) + len(why.considered) == 35
    assert dict(why.rest)[Verdict.SHIFT] == 4
    assert dict(why.rest)[Verdict.NO_FIX] == 1


def test_only_the_jobs_named_are_explained() -> None:
    problem = Problem(_LINE, (_truck("A", 0),), (_job("X", 1), _job("Y", 2)), Weights())
    plan = solve(problem, Budget(DEFAULT_WORK))
    assert [row.job for row in explain(problem, plan, jobs={"Y"})] == ["Y"]
    assert explain(replace(problem, jobs=problem.jobs), plan, jobs=()) == ()
