"""The rungs against the optimum by trying everything, on problems of at most five jobs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.plan import Method
from dispatch.problem import Problem
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.ladder import solve
from tests.brute_force import Value, best_value
from tests.random_problems import random_problem


def _small(seed: int, count: int) -> list[Problem]:
    rng = np.random.default_rng(seed)
    return [random_problem(rng, int(rng.integers(1, 5)), int(rng.integers(2, 6))) for _ in range(count)]


def _solved(problem: Problem) -> tuple[Value, int | None, bool]:
    plan = solve(problem, Budget(DEFAULT_WORK))
    return (plan.tier.unserved, plan.tier.wait_s, plan.cost), plan.lower_bound, plan.tier.proven


def test_one_job_is_solved_exactly() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        problem = random_problem(rng, int(rng.integers(0, 7)), 1)
        plan = solve(problem, Budget(1))
        assert (plan.tier.unserved, plan.tier.wait_s, plan.cost) == best_value(problem)
        assert plan.lower_bound == plan.cost
        assert plan.method is Method.SINGLE
        assert plan.tier.proven


def test_assignment_is_never_better_than_the_optimum_and_rarely_worse() -> None:
    missed_unserved = missed_wait = must = 0
    gaps = []
    for problem in _small(2, 400):
        best, (found, bound, proven) = best_value(problem), _solved(problem)
        assert found >= best
        if proven:
            assert found[:2] == best[:2]
            assert bound is not None
            assert bound <= best[2]
        else:
            assert bound is None
        must += any(job.must_serve for job in problem.jobs)
        missed_unserved += found[0] > best[0]
        missed_wait += found[0] == best[0] and found[1] > best[1]
        if found[:2] == best[:2]:
            gaps.append((found[2] - best[2]) / max(1, best[2]))
    optimal = sum(gap == 0 for gap in gaps)
    # Measured: 0 and 0 to 3 of 156 by seed; 99.5 % optimal, median gap 0.
    assert missed_unserved + missed_wait <= 0.03 * must
    assert optimal >= 0.97 * len(gaps)
    assert float(np.median(gaps)) == 0.0


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), row=st.integers(0, 2))
def test_one_more_eligible_truck_never_worsens_the_optimum(seed: int, row: int) -> None:
    problem = random_problem(np.random.default_rng(seed), 3, 3)
    twin = replace(problem.trucks[row], id="twin", driving_to=None)
    # A twin that nobody has refused and nothing is locked to can do at least nothing.
    more = replace(problem, trucks=(*problem.trucks, twin))
    assert best_value(more) <= best_value(problem)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), jobs=st.integers(1, 4))
def test_neither_bound_nor_plan_crosses_the_optimum_without_the_triangle_inequality(seed: int, jobs: int) -> None:
    features = {"no_triangle", "no_way", "shops", "busy", "shift", "must", "driving", "weights"}
    problem = random_problem(np.random.default_rng(seed), 2, jobs, features)
    best, (found, bound, _) = best_value(problem), _solved(problem)
    assert best <= found
    if bound is not None:
        assert bound <= best[2]
