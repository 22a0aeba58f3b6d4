"""OSRM through its Python bindings, with contraction hierarchies (CH) or multi-level Dijkstra (MLD).

The library answers one request in one thread. Its answer is a tree of JSON values, which a table of 4 million takes a
tenth of its time to build: the kind `search` asks for a table without annotations and so leaves that out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import osrm  # type: ignore[import-not-found]
from numpy.typing import NDArray

from benchmarks.peers.engine import Many, Single
from benchmarks.peers.questions import Places, Questions

HINTED_AT_ONCE = 2_000


def load(base: Path, questions: Questions, algorithm: str) -> Osrm:
    """The engine on prepared data; the limits that a public server would set are lifted."""
    engine = osrm.OSRM(
        algorithm=algorithm,
        storage_config=str(base),
        use_shared_memory=False,
        max_locations_distance_table=1_000_000,
        max_locations_viaroute=10,
    )
    return Osrm(engine, questions)


class Osrm:
    """OSRM in this process."""

    threads = 1

    def __init__(self, engine: Any, questions: Questions) -> None:
        self._engine = engine
        self._questions = questions

    def singles(self, pairs: int) -> list[Single]:
        starts, ends = self._questions.pair_from.first(pairs), self._questions.pair_to.first(pairs)
        hints = list(zip(self._hints(starts), self._hints(ends), strict=True))
        points = list(zip(_points(starts), _points(ends), strict=True))
        engine = self._engine
        route = [_route(list(pair), None) for pair in points]
        table = [_table([a], [b], None, ["duration"]) for a, b in points]
        route_hinted = [_route(list(pair), list(hint)) for pair, hint in zip(points, hints, strict=True)]
        table_hinted = [_table([a], [b], list(hint), ["duration"]) for (a, b), hint in zip(points, hints, strict=True)]

        def of_route(answer: Any) -> float:
            return float(answer["routes"][0]["duration"])

        def of_table(answer: Any) -> float:
            return float(_numbers(answer)[0, 0])

        return [
            Single("coordinates", "Table 1x1", lambda k: engine.Table(table[k]), of_table),
            Single("coordinates", "Route, no overview, no steps", lambda k: engine.Route(route[k]), of_route),
            Single("snapped", "Table 1x1, hints", lambda k: engine.Table(table_hinted[k]), of_table),
            Single("snapped", "Route, hints", lambda k: engine.Route(route_hinted[k]), of_route),
        ]

    def batches(self, pairs: int) -> list[Many]:
        del pairs  # there is no such call
        return []

    def tables(self, rows: int, columns: int) -> list[Many]:
        starts, ends = self._questions.table_from.first(rows), self._questions.table_to.first(columns)
        a, b = _points(starts), _points(ends)
        hints = self._hints(starts) + self._hints(ends)
        engine = self._engine
        plain = _table(a, b, None, ["duration"])
        hinted = _table(a, b, hints, ["duration"])
        mute = _table(a, b, hints, ["none"])
        return [
            Many("coordinates", "Table", lambda: engine.Table(plain), _numbers),
            Many("snapped", "Table, hints", lambda: engine.Table(hinted), _numbers),
            Many("search", "Table, hints, no annotations", lambda: engine.Table(mute), None),
        ]

    def _hints(self, places: Places) -> list[str]:
        """What OSRM remembers of where places lie on its roads."""
        hints: list[str] = []
        points = _points(places)
        for begin in range(0, len(points), HINTED_AT_ONCE):
            some = points[begin : begin + HINTED_AT_ONCE]
            # The answer is wanted for its waypoints alone; a table has to have a destination besides.
            parameters = osrm.TableParameters(
                coordinates=[*some, some[0]],
                sources=list(range(len(some))),
                destinations=[len(some)],
                generate_hints=True,
            )
            hints += [waypoint["hint"] for waypoint in self._engine.Table(parameters)["sources"]]
        return hints


def _points(places: Places) -> list[tuple[float, float]]:
    return [(lon, lat) for lon, lat in places.lonlat.tolist()]


def _route(points: list[tuple[float, float]], hints: list[str] | None) -> Any:
    parameters = osrm.RouteParameters(
        coordinates=points, overview="false", steps=False, generate_hints=False, hints=hints or []
    )
    parameters.skip_waypoints = True
    return parameters


def _table(
    starts: list[tuple[float, float]], ends: list[tuple[float, float]], hints: list[str] | None, annotations: list[str]
) -> Any:
    parameters = osrm.TableParameters(
        coordinates=starts + ends,
        sources=list(range(len(starts))),
        destinations=list(range(len(starts), len(starts) + len(ends))),
        annotations=annotations,
        generate_hints=False,
        hints=hints or [],
    )
    parameters.skip_waypoints = True
    return parameters


def _numbers(answer: Any) -> NDArray[np.float64]:
    rows = [[np.inf if value is None else float(value) for value in row] for row in answer["durations"]]
    return np.array(rows, dtype=np.float64)
