"""k-medians against brute force on small streets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from routing.router import Router
from simulator.posts import demand_on_roads, k_medians
from tests.worlds import degrees, grid_world

ROADS = grid_world(20, 3)
ROUTER = Router(ROADS)


def costs(crossings: list[tuple[int, int]], k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Times from each place to each, and from the posts found for them."""
    places = np.array([degrees(100 * x, 100 * y) for x, y in crossings])
    found = k_medians(ROUTER, places[:, 0], places[:, 1], k, np.random.default_rng(1))
    demand = ROUTER.snap(places[:, 0], places[:, 1])
    return ROUTER.table(demand, demand).astype(np.int64), ROUTER.table(found, demand).astype(np.int64)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 2)), min_size=3, max_size=9), st.integers(1, 3))
def test_no_exchange_of_one_post_helps_and_one_post_is_the_best(crossings: list[tuple[int, int]], k: int) -> None:
    table, found = costs(crossings, k)
    cost = found.min(axis=0).sum()
    best = min(table[list(rows)].min(axis=0).sum() for rows in combinations(range(len(table)), k))
    assert cost == best if k == 1 else cost >= best
    for slot in range(k):
        others = np.delete(found, slot, axis=0)
        for row in table:
            assert np.vstack([others, row]).min(axis=0).sum() >= cost


def test_on_average_it_is_near_the_best() -> None:
    rng = np.random.default_rng(4)
    ratios = []
    for _ in range(40):
        crossings = [(int(x), int(y)) for x, y in zip(rng.integers(0, 20, 9), rng.integers(0, 3, 9), strict=True)]
        table, found = costs(crossings, 3)
        best = min(table[list(rows)].min(axis=0).sum() for rows in combinations(range(9), 3))
        ratios.append(found.min(axis=0).sum() / max(1, best))
    assert np.mean(ratios) < 1.05


def test_more_posts_than_places_share_them_and_none_is_none() -> None:
    lon, lat = np.array([degrees(100, 0), degrees(900, 0)]).T
    assert len(k_medians(ROUTER, lon, lat, 5, np.random.default_rng(1))) == 5
    assert len(k_medians(ROUTER, lon, lat, 0, np.random.default_rng(1))) == 0


def test_streets_stand_in_for_demand() -> None:
    lon, lat = demand_on_roads(ROADS, np.random.default_rng(2), 500)
    assert float(ROUTER.snap(lon, lat).off_m.max()) < 0.1
