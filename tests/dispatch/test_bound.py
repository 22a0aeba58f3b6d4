"""The lower bound: tight where the problem is an assignment, valid where chains are quicker than any direct way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, Weights
from dispatch.solver import bound as bound_module
from dispatch.solver.arrays import columns
from dispatch.solver.bound import lower_bound
from tests.brute_force import best_value
from tests.random_problems import random_problem


def _job(name: str, scene: int, must_serve: bool = False) -> ProblemJob:
    return ProblemJob(name, "O", scene, frozenset(), 0, 10**6, 1, 0, 0, (), 10_000, must_serve=must_serve)


def _truck(name: str, place: int) -> ProblemTruck:
    return ProblemTruck(name, place, 0, frozenset(), 10**6, "")


def test_with_a_far_truck_for_each_near_job_the_bound_is_the_optimum() -> None:
    # Two clusters 5000 s apart: a later stop elsewhere is dearer than the cluster's own truck.
    place = np.array([0, 5_000, 100, 5_200])
    durations_s = np.abs(place[:, None] - place[None, :])
    problem = Problem(durations_s, (_truck("A", 0), _truck("B", 1)), (_job("X", 2), _job("Y", 3)), Weights())
    assert lower_bound(columns(problem)).cost == 100 + 200 == best_value(problem)[2]


def test_a_detour_over_another_job_that_is_quicker_than_the_direct_way_is_allowed_for() -> None:
    durations_s = np.array([[0, 10, 900], [10, 0, 20], [900, 20, 0]])
    problem = Problem(durations_s, (_truck("A", 0),), (_job("X", 1), _job("Y", 2)), Weights())
    # A serves X at 10 and Y at 30; going to Y directly would take 900.
    assert best_value(problem)[2] == 40
    assert lower_bound(columns(problem)).cost == 40


def test_a_job_that_is_reached_only_over_others_is_not_taken_for_unreachable() -> None:
    no = NO_WAY_S
    durations_s = np.array([[0, 10, no, no], [no, 0, 10, no], [no, no, 0, 10], [no, no, no, 0]])
    jobs = tuple(_job(name, scene, must_serve=name == "Z") for name, scene in (("X", 1), ("Y", 2), ("Z", 3)))
    problem = Problem(durations_s, (_truck("A", 0),), jobs, Weights())
    found = lower_bound(columns(problem))
    assert (found.must_unserved, found.must_wait_s) == best_value(problem)[:2] == (0, 30)


@pytest.mark.parametrize("merged", [False, True])
def test_no_bound_crosses_the_optimum(merged: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if merged:
        monkeypatch.setattr(bound_module, "_MOST_RELAXATIONS", 0)
    rng = np.random.default_rng(12)
    tight = 0
    for _ in range(250):
        problem = random_problem(rng, int(rng.integers(1, 5)), int(rng.integers(1, 5)))
        found, best = lower_bound(columns(problem)), best_value(problem)
        assert found[:2] <= best[:2]
        if found[:2] == best[:2]:
            assert found.cost <= best[2]
            tight += found.cost == best[2]
    assert tight > 100


def test_bounds_whose_matrix_float64_cannot_hold_are_rounded_downwards() -> None:
    rng = np.random.default_rng(5)
    for _ in range(30):
        problem = random_problem(rng, 3, 4, {"weights", "busy"})
        heavy = replace(
            problem,
            weights=Weights(wait=9_999, late=9_999),
            jobs=tuple(replace(job, weight=997, reported_s=job.reported_s - 10**6) for job in problem.jobs),
        )
        served = replace(heavy, jobs=tuple(replace(job, unserved_cost=10**12) for job in heavy.jobs))
        for each in (heavy, served):
            assert lower_bound(columns(each)).cost <= best_value(each)[2]
        monkeyed = bound_module._cheapest(
            np.zeros(2, dtype=np.int64), np.array([[-(2**60) - 1, 0], [0, -(2**60) - 1]]), np.zeros(2, dtype=np.int64)
        )
        assert -(2**61) - 2 - 2**12 <= monkeyed <= -(2**61) - 2
