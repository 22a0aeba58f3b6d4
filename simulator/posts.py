"""Standby posts and shops where nobody has named any: weighted k-medians on the road graph, seeded.

Greedy start, then Teitz and Bart's interchange (Operations Research 16, 1968): a post is swapped for a candidate as
long as that lowers the summed travel time from the nearest post to the demand. Candidates are drawn from the demand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.roads import Roads
from routing.router import NO_WAY_MS, Positions, Router

CANDIDATES = 400
"""Drawn places: enough for posts a few hundred metres apart in a city, few enough for a table in a second or two."""

SWEEPS = 20


def demand_on_roads(
    roads: Roads, rng: np.random.Generator, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places spread over the city's streets by length, for a city of which nothing else is known."""
    weight = roads.link_length_mm * roads.link_strong
    links = rng.choice(roads.link_count, size=count, p=weight / weight.sum())
    middle = (roads.shape_offset[links] + roads.shape_offset[links + 1]) // 2
    return roads.shape_lon_e7[middle] / 1e7, roads.shape_lat_e7[middle] / 1e7


def k_medians(
    router: Router,
    lon_deg: NDArray[np.float64],
    lat_deg: NDArray[np.float64],
    k: int,
    rng: np.random.Generator,
) -> Positions:
    """k places on the roads with a short way to the demand; where there are fewer candidates, several share one.

    `lon_deg`, `lat_deg` float64[n] is the demand, one place a call, so places with many calls weigh more.
    """
    if k == 0:
        return router.snap(np.empty(0), np.empty(0))
    drawn = rng.permutation(len(lon_deg))[:CANDIDATES]
    places = router.snap(lon_deg[drawn], lat_deg[drawn])
    chosen = _interchange(_minutes(router, places), min(k, len(places)))
    rows = np.resize(chosen, k)
    return places.take(rows)


def _minutes(router: Router, places: Positions) -> NDArray[np.float64]:
    table = router.table(places, places)
    return np.where(table == NO_WAY_MS, 1e6, table / 60_000)


def _interchange(cost: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Rows of `cost` (float64[n, n], from row to column) with a small sum of column minima; sorted."""
    chosen: list[int] = []
    nearest = np.full(cost.shape[1], np.inf)
    for _ in range(k):
        gain = np.minimum(cost, nearest).sum(axis=1)
        gain[chosen] = np.inf
        chosen.append(int(gain.argmin()))
        nearest = np.minimum(nearest, cost[chosen[-1]])
    for _ in range(SWEEPS):
        if not _sweep(cost, chosen):
            break
    return np.sort(np.array(chosen, dtype=np.int64))


def _sweep(cost: NDArray[np.float64], chosen: list[int]) -> bool:
    improved = False
    for slot in range(len(chosen)):
        others = [row for row in chosen if row != chosen[slot]]
        kept = cost[others].min(axis=0) if others else np.full(cost.shape[1], np.inf)
        total = np.minimum(cost, kept).sum(axis=1)
        total[others] = np.inf
        best = int(total.argmin())
        if total[best] < total[chosen[slot]] - 1e-9:
            chosen[slot] = best
            improved = True
    return improved
