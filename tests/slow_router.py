"""Travel times by the plainest means, to hold the router against: a heap of tuples, dictionaries, exact fractions."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from routing.positions import Positions
from routing.roads import NO_LINK, Roads

NO_WAY = 4294967295


def part_ms(whole_ms: int, share: Fraction) -> int:
    """That share of a link's milliseconds, half a millisecond rounded up."""
    return floor(whole_ms * share + Fraction(1, 2))


class SlowRouter:
    """The rules of `routing.router.Router`, each written out once more, forward only and without any shortcut."""

    def __init__(self, roads: Roads, closed: NDArray[np.bool_] | None = None) -> None:
        self.ms = [int(ms) for ms in roads.link_duration_ms]
        self.closed = [False] * roads.link_count if closed is None else [bool(shut) for shut in closed]
        self.bans = {(int(a), int(b)) for a, b in zip(roads.ban_in, roads.ban_out, strict=True)}
        leaving = defaultdict(list)
        for link in range(roads.link_count):
            leaving[int(roads.link_tail[link])].append(link)
        self.after = {
            a: [b for b in leaving[int(roads.link_head[a])] if (a, b) not in self.bans and not self.closed[b]]
            for a in range(roads.link_count)
        }
        self.before = defaultdict(list)
        for a, following in self.after.items():
            for b in following:
                self.before[b].append(a)

    def table(self, origins: Positions, destinations: Positions) -> NDArray[np.uint32]:
        times = [self._row(places_of(origins, o), destinations) for o in range(len(origins))]
        return np.array(times, dtype=np.uint32).reshape(len(origins), len(destinations))

    def _row(self, starts: Sequence[tuple[int, Fraction]], destinations: Positions) -> list[int]:
        driven = self._driven(starts)
        row = []
        for d in range(len(destinations)):
            times = [NO_WAY]
            for last, end in places_of(destinations, d):
                here = part_ms(self.ms[last], end)
                times += [driven[a] + here for a in self.before[last] if a in driven]
                times += [here - part_ms(self.ms[a], start) for a, start in starts if a == last and start <= end]
            row.append(min(times))
        return row

    def _driven(self, starts: Sequence[tuple[int, Fraction]]) -> dict[int, int]:
        """For each link that can be driven to its end, when that is done at the earliest."""
        heap = [(self.ms[link] - part_ms(self.ms[link], start), link) for link, start in starts]
        heapq.heapify(heap)
        done: dict[int, int] = {}
        while heap:
            ms, link = heapq.heappop(heap)
            if link in done:
                continue
            done[link] = ms
            for following in self.after[link]:
                heapq.heappush(heap, (ms + self.ms[following], following))
        return done


def places_of(places: Positions, row: int) -> list[tuple[int, Fraction]]:
    """The links of one place, each with the exact share of it that lies before the place, in billionths."""
    share = Fraction(round(float(places.along[row]) * 10**9), 10**9)
    pairs = [(int(places.link[row]), share), (int(places.reverse[row]), 1 - share)]
    return [(link, before) for link, before in pairs if link != NO_LINK]
