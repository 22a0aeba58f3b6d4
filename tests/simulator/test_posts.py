"""k-medians against brute force on small streets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.router import Router
from simulator.posts import demand_on_roads, k_medians
from tests.worlds import degrees, grid_world

ROADS = grid_world(20, 3)
ROUTER = Router(ROADS)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 2)), min_size=3, max_size=9), st.integers(1, 3))
def test_near_the_best_choice_and_never_better(crossings: list[tuple[int, int]], k: int) -> None:
    places = np.array([degrees(100 * x, 100 * y) for x, y in crossings])
    found = k_medians(ROUTER, places[:, 0], places[:, 1], k, np.random.default_rng(1))
    demand = ROUTER.snap(places[:, 0], places[:, 1])
    table = ROUTER.table(demand, demand).astype(np.int64)
    best = min(table[list(rows)].min(axis=0).sum() for rows in combinations(range(len(places)), min(k, len(places))))
    cost = ROUTER.table(found, demand).astype(np.int64).min(axis=0).sum()
    assert best <= cost <= 1.25 * best + 1


def test_more_posts_than_places_share_them_and_none_is_none() -> None:
    lon, lat = np.array([degrees(100, 0), degrees(900, 0)]).T
    assert len(k_medians(ROUTER, lon, lat, 5, np.random.default_rng(1))) == 5
    assert len(k_medians(ROUTER, lon, lat, 0, np.random.default_rng(1))) == 0


def test_streets_stand_in_for_demand() -> None:
    lon, lat = demand_on_roads(ROADS, np.random.default_rng(2), 500)
    assert float(ROUTER.snap(lon, lat).off_m.max()) < 0.1
