"""Chooses the places of a run, once and for everybody: random points on roads that lead anywhere and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.questions import Places, Questions, graph_of
from routing.roads import City, Roads
from routing.router import Router

PAIRS = 10_000
LARGE = 2_000


def questions_of(city: City, router: Router, seed: int) -> Questions:
    """10,000 pairs, 2,000 origins and 2,000 destinations, and the graph of turns that the router searches.

    Places are spread evenly over the length of the roads. Those on a link that the graph has twice, for a banned path,
    are left out: the peers that get the graph could not say which of the two is meant.
    """
    network = router.network
    turns = network.turns
    rng = np.random.default_rng(seed)
    once = np.diff(turns.copy_offset) == 0
    a, b, c, d = (_draw(city.roads, router, once, rng, count) for count in (PAIRS, PAIRS, LARGE, LARGE))
    graph = graph_of(turns.onward_offset, turns.onward, turns.node_link, router.link_ms, network.turn_cost_ms)
    return Questions(a, b, c, d, graph)


def _draw(roads: Roads, router: Router, once: NDArray[np.bool_], rng: np.random.Generator, count: int) -> Places:
    length = np.where(roads.link_strong, roads.link_length_mm, 0).astype(np.float64)
    # Some are lost to `once`, so a few more are drawn than are needed.
    links = rng.choice(roads.link_count, count + count // 10, p=length / length.sum())
    lonlat = np.round(
        [_point(roads, link, along) for link, along in zip(links, rng.random(len(links)), strict=True)], 6
    )
    # What counts is where the router finds them: everybody starts from the same degrees.
    found = router.snap(lonlat[:, 0], lonlat[:, 1])
    good = np.flatnonzero(found.found & once[found.link])[:count]
    if len(good) < count:
        raise ValueError(f"only {len(good)} of {count} places could be used")
    return Places(lonlat[good], found.link[good].astype(np.int64))


def _point(roads: Roads, link: int, along: float) -> tuple[float, float]:
    """Degrees of a point at a share of a link, measured along its geometry."""
    shape = slice(roads.shape_offset[link], roads.shape_offset[link + 1])
    lon, lat = roads.shape_lon_e7[shape] / 1e7, roads.shape_lat_e7[shape] / 1e7
    pieces = np.hypot(np.diff(lon) * np.cos(np.radians(lat[0])), np.diff(lat))
    at = np.concatenate([[0.0], np.cumsum(pieces)])
    return float(np.interp(along * at[-1], at, lon)), float(np.interp(along * at[-1], at, lat))
