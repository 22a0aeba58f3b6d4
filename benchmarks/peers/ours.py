"""Our side: the one place to change when the router's interface does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.engine import Many, Single
from benchmarks.peers.questions import Places, Questions
from routing.bundle import open_city
from routing.profiles import ANY
from routing.roads import NO_LINK, City
from routing.router import NO_WAY_MS, Positions, Router


def router_of(city: City, threads: int) -> Router:
    """Our router as the peers are to be compared with: for a vehicle that no posted limit stops, as a car is."""
    return Router.of(city, profile=ANY, threads=threads)


def load(city: Path, questions: Questions, threads: int) -> Towline:
    """The router of the city in a bundle."""
    return Towline(router_of(open_city(city), threads), questions, threads)


def link_ends(places: Places) -> Positions:
    """The far ends of the links that places lie on: what the peers that are given the graph are asked about."""
    n = len(places)
    return Positions(places.node.astype(np.int32), np.full(n, NO_LINK, np.int32), np.ones(n), np.zeros(n))


def seconds(times_ms: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Seconds, infinity where there is no way."""
    return np.where(times_ms == NO_WAY_MS, np.inf, times_ms / 1000.0)


class Towline:
    """Our router. A place that is snapped may be left and reached in both directions of its street."""

    def __init__(self, router: Router, questions: Questions, threads: int) -> None:
        self.threads = threads
        self._router = router
        self._questions = questions

    def _snap(self, lonlat: NDArray[np.float64]) -> Positions:
        return self._router.snap(lonlat[:, 0], lonlat[:, 1])

    def singles(self, pairs: int) -> list[Single]:
        starts, ends = self._questions.pair_from.first(pairs), self._questions.pair_to.first(pairs)
        router = self._router
        degrees = [(starts.lonlat[k : k + 1], ends.lonlat[k : k + 1]) for k in range(pairs)]
        asked = {}
        for kind, a, b in (
            ("snapped", self._snap(starts.lonlat), self._snap(ends.lonlat)),
            ("links", link_ends(starts), link_ends(ends)),
        ):
            asked[kind] = [(a.take(k), b.take(k)) for k in range(pairs)]

        def from_degrees(k: int) -> NDArray[np.uint32]:
            start, end = degrees[k]
            return router.times(self._snap(start), self._snap(end))

        def one(times_ms: NDArray[np.uint32]) -> float:
            return float(seconds(times_ms)[0])

        return [
            Single("coordinates", "snap, times", from_degrees, one),
            Single("snapped", "times", lambda k: router.times(*asked["snapped"][k]), one),
            Single("links", "times", lambda k: router.times(*asked["links"][k]), one),
        ]

    def batches(self, pairs: int) -> list[Many]:
        starts, ends = self._questions.pair_from.first(pairs), self._questions.pair_to.first(pairs)
        a, b, c, d = self._snap(starts.lonlat), self._snap(ends.lonlat), link_ends(starts), link_ends(ends)
        router = self._router
        return [
            Many(
                "coordinates",
                "snap, times",
                lambda: router.times(self._snap(starts.lonlat), self._snap(ends.lonlat)),
                seconds,
            ),
            Many("snapped", "times", lambda: router.times(a, b), seconds),
            Many("links", "times", lambda: router.times(c, d), seconds),
        ]

    def tables(self, rows: int, columns: int) -> list[Many]:
        starts, ends = self._questions.table_from.first(rows), self._questions.table_to.first(columns)
        a, b, c, d = self._snap(starts.lonlat), self._snap(ends.lonlat), link_ends(starts), link_ends(ends)
        router = self._router
        return [
            Many(
                "coordinates",
                "snap, table",
                lambda: router.table(self._snap(starts.lonlat), self._snap(ends.lonlat)),
                seconds,
            ),
            Many("snapped", "table", lambda: router.table(a, b), seconds),
            Many("links", "table", lambda: router.table(c, d), seconds),
        ]
