"""OSRM's table service: seconds, and metres, between many places."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from api.osrm_places import Json, snapped, waypoints
from api.osrm_query import OsrmFault, TableAsked
from routing.positions import Positions
from routing.roads import CityFacts
from routing.router import NO_WAY_MS, Router


def table_answer(router: Router, facts: CityFacts, asked: TableAsked) -> Json:
    """The answer but for its matrices, which are arrays (NaN for no way). Raises OsrmFault."""
    places = snapped(router, facts.name, asked.places)
    origins, destinations = places.take(asked.sources), places.take(asked.destinations)
    times_ms = router.table(origins, destinations)
    no_way = times_ms == NO_WAY_MS
    if no_way.all():
        raise OsrmFault("NoTable", "there is no way between any two of these places")
    answer: Json = {"code": "Ok"}
    if asked.durations:
        answer["durations"] = np.where(no_way, np.nan, times_ms * (asked.scale / 1000))
    if asked.distances:
        answer["distances"] = _distances_m(router, origins, destinations, no_way)
    if asked.places.waypoints:
        hints = asked.places.hints
        answer["sources"] = waypoints(router, origins, hints=hints)
        answer["destinations"] = waypoints(router, destinations, hints=hints)
    return answer


def _distances_m(
    router: Router, origins: Positions, destinations: Positions, no_way: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """float64[n, m]: metres of the way that takes the least time, as `route` drives it; not the shortest way."""
    metres = np.full(no_way.shape, np.nan)
    for row, column in zip(*np.nonzero(~no_way), strict=True):
        way = router.route(origins.take(row), destinations.take(column))
        if way is not None:
            metres[row, column] = way.length_mm / 1000
    return metres


def rows_as_json(matrix: NDArray[np.float64]) -> Iterator[str]:
    """A matrix as JSON row by row, a decimal each, null for NaN.

    Row by row because text of a million numbers made at once would keep every other thread waiting meanwhile.
    """
    for index, row in enumerate(np.floor(matrix * 10 + 0.5) / 10):
        words = ",".join("null" if math.isnan(value) else repr(value) for value in row.tolist())
        yield f"{',' if index else ''}[{words}]"
