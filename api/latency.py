"""How long decisions take: from the event that asked for one until what came of it is durable."""

from __future__ import annotations

from bisect import bisect_left

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The promised 50 ms and 1 s are among them, so that their shares can be read off exactly."""


class Latency:
    """Counts by bounds, as a histogram of Prometheus is made of. In seconds of the wall, never of the service clock."""

    def __init__(self) -> None:
        self.sum_s = 0.0
        self._counts = [0] * (len(BOUNDS_S) + 1)

    def take(self, seconds: float) -> None:
        self._counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    @property
    def count(self) -> int:
        return sum(self._counts)

    def buckets(self) -> list[tuple[str, float]]:
        """(bound, how many took no longer), the last one +Inf."""
        rows, reached = [], 0
        for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), self._counts, strict=True):
            reached += count
            rows.append((bound, float(reached)))
        return rows
