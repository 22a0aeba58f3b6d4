"""Long batteries at full counts: `make verify`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dispatch.explain import explain
from dispatch.formats import read_plan, write_plan
from dispatch.policy import SHIPPED
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.check import check
from dispatch.solver.ladder import solve
from routing.build import build_city
from routing.roads import Roads
from routing.router import NO_WAY_MS, Router
from tests.random_problems import random_problem
from tests.slow_router import SlowRouter
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
@pytest.mark.parametrize(
    "source", ["taipei", "sf", "osm/harbin_center_2024-04.osm.pbf", "osm/baltimore_center_2015-02.osm.pbf"]
)
def test_ten_thousand_pairs_against_an_independent_dijkstra(source: str, shared_data: Path) -> None:
    roads = build_city(shared_data / source, name="city", progress=lambda _line: None).roads
    rng = np.random.default_rng(5)
    router, slow = Router(roads), SlowRouter(roads)
    origins, destinations = (router.snap(*_places(roads, rng, n)) for n in (20, 500))
    table = router.table(origins, destinations)
    assert (table != NO_WAY_MS).all()
    np.testing.assert_array_equal(table, slow.table(origins, destinations))


def _places(roads: Roads, rng: np.random.Generator, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    links = rng.choice(np.flatnonzero(roads.link_strong), n)
    return roads.node_lon_e7[roads.link_head[links]] / 1e7, roads.node_lat_e7[roads.link_head[links]] / 1e7


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
