"""Rung 2: rounds, tiers, chains and limits on problems small enough to see the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dispatch.plan import Method, Plan, Reason
from dispatch.problem import Problem, ProblemJob, ProblemTruck, ShopOption, Weights
from dispatch.solver import append, bound, polish, sequences
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.ladder import solve
from dispatch.solver.warm import warm_up
from tests.random_problems import random_problem

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


def _solved(trucks: list[ProblemTruck], jobs: list[ProblemJob], **more: Any) -> Plan:
    problem = Problem(_LINE, tuple(trucks), tuple(jobs), more.pop("weights", Weights()), **more)
    return solve(problem, Budget(DEFAULT_WORK))


def _routes(plan: Plan) -> dict[str, list[str]]:
    return {route.truck: [stop.job for stop in route.stops] for route in plan.routes}


def test_the_sum_counts_and_not_the_nearest_to_each() -> None:
    # A is 100 s from X and 200 s from Y; B is 500 s from X and 900 s from Y: 200 + 500 beats 100 + 900.
    plan = _solved([_truck("A", 1), _truck("B", 7)], [_job("X", 2), _job("Y", 3, weight=2)])
    assert plan.cost == min(100 + 2 * 400, 500 + 2 * 200, 100 + 2 * 200 + 100 * 0)
    assert plan.method is Method.ASSIGNMENT


def test_a_truck_takes_what_lies_on_its_way_one_after_the_other() -> None:
    plan = _solved([_truck("A", 0)], [_job("third", 9), _job("first", 2), _job("second", 5)])
    assert _routes(plan) == {"A": ["first", "second", "third"]}
    assert [stop.arrive_s for stop in plan.routes[0].stops] == [200, 500, 900]


def test_a_busy_truck_nearby_is_preferred_to_an_idle_one_far_away() -> None:
    plan = _solved([_truck("idle", 11), _truck("busy", 1, free_at_s=100)], [_job("X", 0), _job("Y", 1)])
    assert _routes(plan) == {"busy": ["Y", "X"]}


def test_must_serve_jobs_come_first_and_wait_least_whatever_it_costs() -> None:
    jobs = [
        _job("ordinary", 1, weight=1000, on_scene_s=1, unserved_cost=10**8),
        _job("must", 11, must_serve=True, unserved_cost=0),
    ]
    plan = _solved([_truck("A", 0)], jobs)
    assert _routes(plan) == {"A": ["must", "ordinary"]}
    assert (plan.tier.unserved, plan.tier.wait_s, plan.tier.proven) == (0, 1_100, True)


def test_of_two_must_serve_jobs_both_are_served_before_either_is_soon() -> None:
    # Only A may serve far, and near too; B is slow to near: serving both beats A serving near at once.
    jobs = [
        _job("near", 1, must_serve=True),
        _job("far", 9, must_serve=True, refused_by=frozenset({"B"})),
    ]
    plan = _solved([_truck("A", 0, shift_end_s=1), _truck("B", 11)], jobs)
    assert _routes(plan) == {"A": ["far"], "B": ["near"]}
    assert plan.tier.proven


def test_a_locked_job_is_its_trucks_first_stop() -> None:
    jobs = [_job("locked", 9, locked_to="A"), _job("close", 1, refused_by=frozenset({"B"}))]
    plan = _solved([_truck("A", 0), _truck("B", 9)], jobs)
    assert _routes(plan) == {"A": ["locked", "close"]}


def test_what_cannot_be_served_any_more_this_shift_is_left_for_that_reason() -> None:
    plan = _solved([_truck("A", 0, shift_end_s=10)], [_job("X", 1), _job("Y", 5)])
    assert _routes(plan) == {"A": ["X"]}
    assert [(left.job, left.reason) for left in plan.unserved] == [("Y", Reason.SHIFT)]


def test_shops_take_as_many_as_they_have_places() -> None:
    shops = (ShopOption("small", 1, 0), ShopOption("large", 10, 0))
    jobs = [_job(name, 1, shops=shops) for name in "abcd"]
    plan = _solved(
        [_truck(f"T{at}", 0) for at in range(4)], jobs, shop_places={"small": 2}, weights=Weights(tow_detour=1)
    )
    taken = sorted(str(stop.shop) for route in plan.routes for stop in route.stops)
    assert taken == ["large", "large", "small", "small"]
    full = _solved([_truck("T", 0)], jobs, shop_places={"small": 2, "large": 1})
    assert [left.reason for left in full.unserved] == [Reason.PLACES]


def test_a_driver_is_not_exchanged_for_a_gain_below_the_charge() -> None:
    jobs = [_job("X", 0), _job("Y", 2)]
    trucks = [_truck("A", 2, driving_to="X", driven_s=0), _truck("B", 1, driving_to="Y", driven_s=0)]
    # A could serve Y at once and B X in 100 s: 100 in all; as they drive it is 200 and 100.
    assert _routes(_solved(trucks, jobs, weights=Weights(theta=99))) == {"A": ["Y"], "B": ["X"]}
    assert _routes(_solved(trucks, jobs, weights=Weights(theta=101))) == {"A": ["X"], "B": ["Y"]}


def test_more_trucks_or_more_work_never_make_the_plan_of_a_large_problem_worse() -> None:
    problem = random_problem(np.random.default_rng(3), 12, 40, {"shops", "busy", "weights", "capabilities"})
    costs = [solve(problem, Budget(units)).cost for units in (1, 3_000, 10**7)]
    assert costs == sorted(costs, reverse=True)


def test_without_trucks_or_jobs_there_is_a_plan_that_says_so() -> None:
    plan = _solved([], [_job("X", 1), _job("Y", 2, must_serve=True)])
    assert [left.reason for left in plan.unserved] == [Reason.NO_CAPABILITY] * 2
    assert (plan.cost, plan.lower_bound, plan.tier.unserved, plan.tier.proven) == (200_000, 200_000, 1, True)
    nothing = _solved([_truck("A", 0)], [])
    assert (nothing.cost, nothing.lower_bound, nothing.routes, nothing.gap) == (0, 0, (), 0.0)


def test_unserved_costs_that_float64_cannot_hold_do_not_upset_the_rounds() -> None:
    jobs = [_job(name, 1, unserved_cost=10**12, weight=1000) for name in "abc"]
    weights = Weights(wait=10_000, late=10_000)
    plan = _solved([_truck("A", 0), _truck("B", 3)], jobs, weights=weights)
    assert plan.unserved == ()
    assert plan.lower_bound is not None
    assert plan.lower_bound <= plan.cost


def test_after_the_warm_up_no_problem_compiles_anything() -> None:
    kernels: list[Any] = [append._fill, bound._relax_chains, polish._improve, sequences.store]
    warm_up()
    known = [list(kernel.signatures) for kernel in kernels]
    assert all(known)
    rng = np.random.default_rng(9)
    for jobs in (0, 1, 2, 9):
        problem = random_problem(rng, 5, jobs, {"shops", "places", "must", "busy", "driving"})
        problem.durations_s.flags.writeable = False
        solve(problem, Budget(500))
        turned = replace(problem, durations_s=np.asfortranarray(problem.durations_s.astype(np.int32)))
        solve(turned, Budget(500))
    assert [list(kernel.signatures) for kernel in kernels] == known
