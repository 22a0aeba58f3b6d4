"""The problems that the solver is measured on are valid, are always the same, and hold what they are said to hold."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.decisions.calls import priced
from benchmarks.decisions.instances import GROUNDS, SIZES, files, instance, of_size, size_named
from dispatch.formats import read_problem, write_problem
from dispatch.problem import NO_WAY_S, Problem

SMALL = [size for size in SIZES if size.trucks * size.jobs <= 49 * 100]
FLAVOURS = ("plane", "plane+storm", "plane+features", "plane+storm+features")


def text_of(problem: Problem) -> str:
    return json.dumps(write_problem(problem))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 12), st.integers(0, 15), st.integers(0, 2**31), st.sampled_from(FLAVOURS))
def test_every_size_down_to_nothing_is_a_valid_problem(trucks: int, jobs: int, seed: int, flavour: str) -> None:
    problem = instance("any", trucks, jobs, seed, flavour)
    assert (len(problem.trucks), len(problem.jobs)) == (trucks, jobs)
    read_problem(text_of(problem), "generated")


@pytest.mark.parametrize("size", SMALL, ids=lambda size: size.name)
def test_a_problem_is_always_the_same_one(size: object) -> None:
    of = next(each for each in SMALL if each is size)
    assert text_of(of_size(of, "plane", 3)) == text_of(of_size(of, "plane", 3))
    assert text_of(of_size(of, "plane", 3)) != text_of(of_size(of, "plane", 4))


def test_another_name_is_another_problem() -> None:
    assert text_of(instance("a", 4, 5, 0, "plane")) != text_of(instance("b", 4, 5, 0, "plane"))


@pytest.mark.parametrize("seed", range(5))
def test_every_price_is_on_and_most_jobs_fit_most_trucks(seed: int) -> None:
    problem = of_size(size_named("49x60"), "plane", seed)
    weights = write_problem(problem)["weights"]
    assert weights == {
        "wait": 1, "late": 3, "blocked": 1, "empty_drive": 1, "overtime": 1, "tow_detour": 1, "theta": 120, "kappa": 1,
    }  # fmt: skip
    trucks, jobs = problem.trucks, problem.jobs
    assert {job.weight for job in jobs} <= set(range(1, 6))
    assert len({job.weight for job in jobs}) >= 3
    assert any(job.lanes_blocked for job in jobs)
    assert {len(job.shops) for job in jobs} >= {1, 2, 3, 4}
    assert any(shop.price for job in jobs for shop in job.shops)
    assert any(truck.price for truck in trucks)
    assert any(truck.driving_to for truck in trucks)
    assert all(truck.driven_s for truck in trucks if truck.driving_to)
    assert any(truck.free_at_s > 0 for truck in trucks)
    assert all(0 <= truck.free_at_s <= 2700 for truck in trucks)
    assert any(truck.shift_end_s < 7200 for truck in trucks)
    assert all(1200 <= job.promise_s - job.reported_s <= 2400 for job in jobs)
    assert all(job == priced(job) and job.unserved_cost > 4 * 3600 for job in jobs)
    fits = np.array([sum(job.can <= truck.can for truck in trucks) for job in jobs])
    assert np.median(fits) > 49 / 2
    assert fits.min() < 49 / 4


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["30x40-features", "15x30-features"])
def test_every_feature_occurs(name: str, seed: int) -> None:
    problem = of_size(size_named(name), "plane", seed)
    jobs = problem.jobs
    assert any(job.must_serve for job in jobs)
    assert any(job.locked_to for job in jobs)
    assert any(job.refused_by for job in jobs)
    assert any(job.release_s > 0 for job in jobs)
    assert all(job.reported_s <= job.release_s for job in jobs)
    asked = {shop.id for job in jobs for shop in job.shops}
    assert problem.shop_places
    assert set(problem.shop_places) <= asked
    assert (problem.durations_s == NO_WAY_S).any()


def test_a_table_has_neither_symmetry_nor_the_triangle_inequality() -> None:
    table = of_size(size_named("49x60"), "plane", 0).durations_s
    assert (table != table.T).mean() > 0.9
    through = (table[:, :, None] + table[None, :, :]).min(axis=1)
    assert 0.001 < (through < table).mean() < 0.5


def test_a_storm_comes_faster_and_is_slower_to_drive_in() -> None:
    calm, storm = (of_size(size_named(name), "plane", 0) for name in ("49x60", "49x60-storm"))
    ages = [[-job.reported_s for job in problem.jobs] for problem in (calm, storm)]
    assert max(ages[1]) <= 2400 < max(ages[0])
    assert all(before >= after for before, after in pairwise(ages[1]))


def test_files_are_problems(tmp_path: Path) -> None:
    written = list(files([size_named("5x6"), size_named("6x5-storm-features")], ["plane"], 2, tmp_path))
    assert [path.name for path in written] == [
        "5x6-plane-0.json", "5x6-plane-1.json", "6x5-storm-features-plane-0.json", "6x5-storm-features-plane-1.json",
    ]  # fmt: skip
    for path in written:
        read_problem(path.read_bytes(), path.name)


@pytest.mark.parametrize("name", ["49", "49x", "x60", "49x60-snow", ""])
def test_a_size_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        size_named(name)


@pytest.mark.parametrize("flavour", ["", "roads", "roads:atlantis", "plane+snow"])
def test_a_flavour_that_is_none_is_refused(flavour: str) -> None:
    with pytest.raises(ValueError, match="is no flavour"):
        instance("any", 1, 1, 0, flavour)


@pytest.mark.shared
@pytest.mark.parametrize("ground", GROUNDS[1:])
@pytest.mark.parametrize("name", ["49x20", "49x60-storm", "15x30-features"])
def test_problems_on_real_streets_are_valid_and_the_same(shared_data: Path, ground: str, name: str) -> None:  # noqa: ARG001
    problem = of_size(size_named(name), ground, 0)
    read_problem(text_of(problem), name)
    assert text_of(problem) == text_of(of_size(size_named(name), ground, 0))
    driven = problem.durations_s[problem.durations_s != NO_WAY_S]
    assert 300 < np.median(driven) < 3600
