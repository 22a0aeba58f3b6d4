"""Valhalla through its Python bindings, with the costing `auto`.

Of its two table algorithms `timedistancematrix` is taken: on 500 x 200 places of Milan it needed a sixth of the
processor time of `costmatrix`, which is made for few and far places. It has no call that takes snapped places.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import valhalla  # type: ignore[import-not-found]
from numpy.typing import NDArray
from valhalla.config import get_config  # type: ignore[import-not-found]

from benchmarks.peers.engine import Many, Single
from benchmarks.peers.questions import Places, Questions

NOT_THERE = ("admin", "timezone", "landmarks", "traffic_extract", "transit_dir", "transit_feeds_dir")


def write_config(tiles: Path, to: Path) -> None:
    """The configuration for building and for asking: Valhalla's own, with the limits of a public server lifted."""
    config = get_config(tile_extract="", tile_dir=tiles)
    config["mjolnir"].update(dict.fromkeys(NOT_THERE, ""))
    config["service_limits"]["auto"]["max_matrix_location_pairs"] = 100_000_000
    config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    to.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def load(config: Path, questions: Questions) -> Valhalla:
    """The engine on prepared tiles."""
    return Valhalla(valhalla.Actor(str(config)), questions)


class Valhalla:
    """Valhalla in this process; an actor answers in one thread."""

    threads = 1

    def __init__(self, actor: Any, questions: Questions) -> None:
        self._actor = actor
        self._questions = questions

    def singles(self, pairs: int) -> list[Single]:
        actor = self._actor
        starts = _locations(self._questions.pair_from.first(pairs))
        ends = _locations(self._questions.pair_to.first(pairs))
        both = list(zip(starts, ends, strict=True))
        route = [json.dumps({"locations": [*pair], "costing": "auto", "directions_type": "none"}) for pair in both]
        table = [_table([a], [b]) for a, b in both]
        return [
            Single(
                "coordinates",
                "route, no directions",
                lambda k: actor.route(route[k]),
                lambda answer: float(json.loads(answer)["trip"]["summary"]["time"]),
            ),
            Single(
                "coordinates",
                "matrix 1x1",
                lambda k: actor.matrix(table[k]),
                lambda answer: float(_numbers(answer)[0, 0]),
            ),
        ]

    def batches(self, pairs: int) -> list[Many]:
        del pairs  # there is no such call
        return []

    def tables(self, rows: int, columns: int) -> list[Many]:
        actor = self._actor
        starts = _locations(self._questions.table_from.first(rows))
        ends = _locations(self._questions.table_to.first(columns))
        question = _table(starts, ends)
        return [Many("coordinates", "matrix, not verbose", lambda: actor.matrix(question), _numbers)]


def _locations(places: Places) -> list[dict[str, float]]:
    return [{"lon": lon, "lat": lat} for lon, lat in places.lonlat.tolist()]


def _table(starts: list[dict[str, float]], ends: list[dict[str, float]]) -> str:
    return json.dumps({"sources": starts, "targets": ends, "costing": "auto", "verbose": False})


def _numbers(answer: str) -> NDArray[np.float64]:
    rows = json.loads(answer)["sources_to_targets"]["durations"]
    return np.array([[np.inf if value is None else value for value in row] for row in rows], dtype=np.float64)


if __name__ == "__main__":
    write_config(Path(sys.argv[1]), Path(sys.argv[2]))
