"""Random pairs of places of a whole city, asked of the router in every way and of an independent Dijkstra."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.catalogue import SHIPPED_FOLDER
from routing.build import build_city
from routing.positions import Positions
from routing.roads import NO_LINK, City, Roads
from routing.router import NO_WAY_MS, Router
from tests.link_dijkstra import LinkDijkstra

CLOSURES = 50
SOURCES = (
    "coquimbo", "taipei", "sf", "osm/harbin_center_2024-04.osm.pbf", "osm/milan_2015.osm.pbf",
    "osm/baltimore_center_2015-02.osm.pbf",
)  # fmt: skip
"""The shipped city, and those of the real data."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many places, and how many of their pairs are driven link by link."""

    origins: int
    ends: int
    driven: int


@lru_cache(maxsize=1)
def city_at(source: Path) -> City:
    return build_city(source, name="city", progress=lambda _: None)


def source_at(shared_data: Path, source: str) -> Path:
    return SHIPPED_FOLDER if source == "coquimbo" else shared_data / source


def check_pairs(city: City, size: Size) -> None:
    """The times of all pairs are right: on the free roads, with links closed, and with all-new times of links."""
    roads = city.roads
    rng = np.random.default_rng(size.origins)
    free = Router.of(city, threads=2)
    slow = LinkDijkstra(roads, costs_by_turn(free))
    closed = np.zeros(roads.link_count, np.bool_)
    closed[rng.choice(roads.link_count, CLOSURES, replace=False)] = True
    new_ms = np.where(rng.random(roads.link_count) < 0.1, 0, rng.integers(0, 100_000, roads.link_count))
    versions = (free, free.with_closed(closed), free.version(link_ms=new_ms.astype(np.int32)))
    for router in versions:
        origins, ends = random_places(rng, roads, size.origins), random_places(rng, roads, size.ends)
        _check(router, slow, origins, ends, size.driven)


def _check(router: Router, slow: LinkDijkstra, origins: Positions, ends: Positions, driven: int) -> None:
    is_open = ~router.closed & passable(router)
    expected = slow.table(origins, ends, router.link_ms, is_open)
    assert (expected != NO_WAY_MS).mean() > 0.6, "most of the pairs prove nothing"
    np.testing.assert_array_equal(router.table(origins, ends), expected)
    rows, columns = np.divmod(np.arange(expected.size), len(ends))
    times = router.times(origins.take(rows), ends.take(columns))
    np.testing.assert_array_equal(times, expected.reshape(-1))
    for pair in np.linspace(0, expected.size - 1, driven).astype(int):
        o, d = divmod(int(pair), len(ends))
        way = router.route(origins.take(o), ends.take(d))
        if way is None:
            assert expected[o, d] == NO_WAY_MS
            continue
        links = way.links.tolist()
        assert links[0] in (origins.link[o], origins.reverse[o])
        assert links[-1] in (ends.link[d], ends.reverse[d])
        summed = slow.time_of(links, way.start_along, way.end_along, router.link_ms, is_open)
        assert way.duration_ms == summed == expected[o, d]


def random_places(rng: np.random.Generator, roads: Roads, n: int) -> Positions:
    """On any link, in one direction or both, some of them at its ends; a few together on one street."""
    link = rng.integers(0, roads.link_count, n)
    link[: n // 10] = rng.choice(link, n // 10)
    reverse = np.where(rng.random(n) < 0.6, roads.link_reverse[link], NO_LINK)
    along = np.select([rng.random(n) < 0.1, rng.random(n) < 0.1], [0.0, 1.0], rng.random(n))
    return Positions(link.astype(np.int32), reverse.astype(np.int32), along, np.zeros(n))


def costs_by_turn(router: Router) -> dict[tuple[int, int], int]:
    """What each turn costs, by its links."""
    turns, cost_ms = router.network.turns, router.network.turn_cost_ms
    pairs = zip(turns.node_link[turns.tail].tolist(), turns.node_link[turns.onward].tolist(), strict=True)
    return dict(zip(pairs, cost_ms.tolist(), strict=True))


def passable(router: Router) -> NDArray[np.bool_]:
    """The links whose posted limits hold the router's vehicle."""
    roads, vehicle = router.roads, router.profile
    too_heavy = (roads.link_max_weight_kg > 0) & (roads.link_max_weight_kg < vehicle.weight_kg)
    too_high = (roads.link_max_height_cm > 0) & (roads.link_max_height_cm < vehicle.height_cm)
    return np.asarray(~too_heavy & ~too_high & ~(roads.link_no_heavy & vehicle.heavy))
