"""Random problems of every feature: each is solved, explained, written, read back and found sound by the checker."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dispatch.explain import explain
from dispatch.formats import read_plan, read_problem, write_plan, write_problem
from dispatch.plan import Plan, Reason, Verdict
from dispatch.problem import Problem
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.check import check
from dispatch.solver.ladder import solve
from tests.random_problems import FEATURES, random_problem


def _problems(seed: int, count: int) -> list[Problem]:
    rng = np.random.default_rng(seed)
    return [random_problem(rng, int(rng.integers(0, 15)), int(rng.integers(0, 13))) for _ in range(count)]


def test_five_hundred_random_problems_are_solved_and_pass_the_checker() -> None:
    verdicts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for at, problem in enumerate(_problems(2, 500)):
        plan = solve(problem, Budget(DEFAULT_WORK), seed=at)
        why = explain(problem, plan, absent={"lost": Verdict.NO_FIX})
        written = json.dumps(write_plan(plan, why, {"seconds": 0.0}))
        report = check(problem, read_plan(written, "plan"))
        assert report.faults == (), f"problem {at}"
        verdicts.update(row.verdict for explained in why for row in explained.considered)
        reasons.update(left.reason for left in plan.unserved)
    # A battery that never meets a reason or a verdict says nothing about it.
    assert set(reasons) == set(Reason)
    assert set(verdicts) == set(Verdict)


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_each_feature_alone_is_solved(feature: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(5):
        problem = random_problem(rng, 6, 8, {feature, "shops"})
        plan = solve(problem, Budget(DEFAULT_WORK))
        assert check(problem, read_plan(json.dumps(write_plan(plan, (), {})), "plan")).ok


def test_written_problems_are_read_back_equal() -> None:
    for problem in _problems(3, 60):
        read = read_problem(json.dumps(write_problem(problem)), "problem")
        assert (read.trucks, read.jobs, read.weights) == (problem.trucks, problem.jobs, problem.weights)
        assert dict(read.shop_places) == dict(problem.shop_places)
        assert np.array_equal(read.durations_s, problem.durations_s)


def test_the_same_seed_gives_the_same_plan() -> None:
    for problem in _problems(4, 40):
        first, second = (solve(problem, Budget(5_000), seed=11) for _ in range(2))
        assert first == second


def test_a_budget_of_one_unit_still_gives_a_sound_plan_and_more_work_no_worse_one() -> None:
    for problem in _problems(5, 60):
        plans = [solve(problem, Budget(units)) for units in (1, 200, DEFAULT_WORK)]
        for plan in plans:
            assert check(problem, read_plan(json.dumps(write_plan(plan, (), {})), "plan")).ok
        values = [_value(plan) for plan in plans]
        assert values[2] <= values[0]


def test_a_deadline_that_has_passed_stops_the_search_after_the_first_plan() -> None:
    problem = random_problem(np.random.default_rng(6), 6, 12, {"shops", "busy"})
    at_once = solve(problem, Budget(DEFAULT_WORK, deadline=lambda: True))
    assert at_once.work < solve(problem, Budget(DEFAULT_WORK)).work
    assert _value(at_once) == _value(solve(problem, Budget(1)))


def test_renaming_everything_changes_no_figure() -> None:
    for problem in _problems(8, 25):
        jobs = tuple(replace(job, id=f"~/{job.id}", order="") for job in problem.jobs)
        trucks = tuple(
            replace(truck, company="", driving_to=None if truck.driving_to is None else f"~/{truck.driving_to}")
            for truck in problem.trucks
        )
        renamed = replace(problem, jobs=jobs, trucks=trucks)
        assert solve(renamed, Budget(3_000)).terms == solve(problem, Budget(3_000)).terms


def _value(plan: Plan) -> tuple[int, int, int]:
    return plan.tier.unserved, plan.tier.wait_s, plan.cost
