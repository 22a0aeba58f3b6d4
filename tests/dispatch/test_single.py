"""Rung 1 on problems whose answers follow from a few sums."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dispatch.plan import Plan, Reason
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption, Weights
from dispatch.solver.budget import Budget
from dispatch.solver.ladder import solve


def _problem(trucks: list[dict[str, Any]], job: dict[str, Any], **more: Any) -> Problem:
    """Places 0, 100, 200 .. 900 s along a line; the scene is the first, trucks stand where they say."""
    line = np.arange(10) * 100
    fields: dict[str, Any] = {
        "id": "J", "order": "O", "scene": 0, "can": frozenset(), "reported_s": 0, "promise_s": 10_000, "weight": 1,
        "lanes_blocked": 0, "on_scene_s": 0, "shops": (), "unserved_cost": 10_000,
    }  # fmt: skip
    base: dict[str, Any] = {"free_at_s": 0, "can": frozenset(), "shift_end_s": 50_000, "company": ""}
    rows = tuple(ProblemTruck(**{**base, "id": f"T{at}", **truck}) for at, truck in enumerate(trucks))
    made = Problem(np.abs(line[:, None] - line[None, :]), rows, (ProblemJob(**{**fields, **job}),), Weights())
    return replace(made, **more)


def _solved(problem: Problem) -> Plan:
    return solve(problem, Budget(1))


def _sent(plan: Plan) -> str | None:
    return plan.routes[0].truck if plan.routes else None


def test_the_nearest_goes_and_a_price_or_a_busy_time_can_outweigh_that() -> None:
    assert _sent(_solved(_problem([{"place": 3}, {"place": 2}], {}))) == "T1"
    assert _sent(_solved(_problem([{"place": 3}, {"place": 2, "price": 101}], {}))) == "T0"
    assert _sent(_solved(_problem([{"place": 3}, {"place": 2, "free_at_s": 101}], {}))) == "T0"


def test_of_equal_trucks_the_first_listed_goes() -> None:
    assert _sent(_solved(_problem([{"place": 2}, {"place": 2}], {}))) == "T0"


def test_leaving_the_job_is_a_choice_and_the_price_of_it_decides() -> None:
    assert _solved(_problem([{"place": 3}], {"unserved_cost": 300})).unserved == ()
    left = _solved(_problem([{"place": 3}], {"unserved_cost": 299}))
    assert (left.unserved[0].reason, left.cost) == (Reason.COST, 299)


def test_a_must_serve_job_takes_the_soonest_at_any_cost() -> None:
    trucks: list[dict[str, Any]] = [{"place": 3}, {"place": 2, "price": 5_000}]
    plan = _solved(_problem(trucks, {"must_serve": True, "unserved_cost": 0}))
    assert (_sent(plan), plan.tier.wait_s, plan.cost) == ("T1", 200, 5_200)


def test_the_driver_is_kept_until_the_gain_pays_for_the_switch() -> None:
    weights = Weights(theta=30, kappa=1)
    for driven_s, expected in ((69, "T1"), (71, "T0")):
        trucks: list[dict[str, Any]] = [{"place": 3, "driving_to": "J", "driven_s": driven_s}, {"place": 2}]
        plan = _solved(_problem(trucks, {}, weights=weights))
        assert _sent(plan) == expected
        assert plan.terms.switch == (30 + driven_s if expected == "T1" else 0)


def test_leaving_a_job_that_is_driven_to_costs_the_switch_too() -> None:
    trucks = [{"place": 3, "driving_to": "J", "driven_s": 7}]
    plan = _solved(_problem(trucks, {"unserved_cost": 10}, weights=Weights(theta=30, kappa=2)))
    assert (plan.terms.switch, plan.terms.unserved) == (44, 10)


def test_the_shop_that_saves_overtime_or_detour_or_price_is_chosen() -> None:
    shops = (ShopOption("near", 1, 0, price=50), ShopOption("far", 2, 0))
    chosen = [
        _solved(_problem([{"place": 0, "shift_end_s": end_s}], {"shops": shops})).routes[0].stops[0].shop
        for end_s in (1_000, 120, 160)
    ]
    # far saves 50 in price and comes 100 s later: all of it beyond the shift costs 80 more against none, then 40.
    assert chosen == ["far", "near", "far"]
    detour = Weights(tow_detour=1)
    plan = _solved(_problem([{"place": 0}], {"shops": shops}, weights=detour))
    assert plan.routes[0].stops[0].shop == "near"


def test_reasons_name_the_last_hurdle() -> None:
    crane = frozenset({"crane"})
    line = np.abs(np.arange(10)[:, None] - np.arange(10)[None, :]) * 100
    cut = line.copy()
    cut[3, 0] = NO_WAY_S
    shop = (ShopOption("S", 1, 0),)
    alone = [{"place": 3}]
    cases: list[tuple[Problem, Reason]] = [
        (_problem([], {}), Reason.NO_CAPABILITY),
        (_problem(alone, {"can": crane}), Reason.NO_CAPABILITY),
        (_problem(alone, {"refused_by": frozenset({"T0"})}), Reason.REFUSED),
        (_problem([*alone, {"place": 2, "can": crane}], {"can": crane, "locked_to": "T0"}), Reason.LOCKED),
        (_problem(alone, {}, durations_s=cut), Reason.NO_WAY),
        (_problem([{"place": 3, "shift_end_s": 40, "free_at_s": 40}], {}), Reason.SHIFT),
        (_problem(alone, {"shops": shop}, shop_places={"S": 0}), Reason.PLACES),
        (_problem(alone, {"unserved_cost": 1}), Reason.COST),
    ]
    for problem, reason in cases:
        plan = _solved(problem)
        assert [left.reason for left in plan.unserved] == [reason]
        assert plan.lower_bound == plan.cost == problem.jobs[0].unserved_cost


def test_a_truck_departs_just_before_its_shift_ends_and_not_at_its_end() -> None:
    assert _solved(_problem([{"place": 1, "shift_end_s": 51, "free_at_s": 50}], {})).routes
    assert not _solved(_problem([{"place": 1, "shift_end_s": 50, "free_at_s": 50}], {})).routes
    # The release decides too, and a time of freedom in the past is now.
    assert not _solved(_problem([{"place": 1, "shift_end_s": 50}], {"release_s": 50})).routes
    assert _solved(_problem([{"place": 1, "free_at_s": -500}], {})).routes[0].stops[0].depart_s == 0
