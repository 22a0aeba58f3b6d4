"""Long batteries at full counts: `make verify`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dispatch.explain import explain
from dispatch.formats import read_plan, write_plan
from dispatch.policy import SHIPPED
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.check import check
from dispatch.solver.ladder import solve
from tests.pair_battery import SOURCES, Size, check_pairs, city_at, source_at
from tests.random_problems import random_problem
from tests.test_command_line import answer

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("batch", range(10))
def test_a_thousand_random_problems_each_pass_the_checker(batch: int) -> None:
    for k in range(1000):
        rng = np.random.default_rng([batch, k])
        problem = random_problem(rng, int(rng.integers(0, 30)), int(rng.integers(0, 30)))
        plan = solve(problem, Budget(DEFAULT_WORK // 10), seed=k)
        document = read_plan(json.dumps(write_plan(plan, explain(problem, plan), {})), "plan")
        assert check(problem, document).faults == ()


@pytest.mark.shared
@pytest.mark.parametrize("source", SOURCES)
def test_ten_thousand_pairs_against_an_independent_dijkstra(source: str, shared_data: Path) -> None:
    check_pairs(city_at(source_at(shared_data, source)), Size(origins=500, ends=20, driven=500))


@pytest.mark.shared
@pytest.mark.parametrize("policy", sorted(SHIPPED))
@pytest.mark.parametrize("trucks", [2, 6, 15])
def test_the_busiest_day_under_every_rule(policy: str, trucks: int, shared_data: Path, tmp_path: Path) -> None:
    answer(tmp_path, "city", "build", shared_data / "taipei", "--name", "taipei")
    load = shared_data / "incidents" / "taipei_accidents_2019_2020.csv.gz"
    report = answer(
        tmp_path, "simulate", "taipei", "--load", load, "--map", "severity=class", "--from", "2020-12-16",
        "--to", "2020-12-16", "--trucks", str(trucks), "--policy", policy, "--seed", "7",
    )  # fmt: skip
    counts = report["orders"]
    assert counts["reported"] == 205 == counts["served"] + counts["unserved"]
