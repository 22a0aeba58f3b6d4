"""Travel times by the plainest means, to hold the router against: a heap of tuples, dictionaries, exact fractions."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np
from numpy.typing import NDArray

from routing.positions import Positions
from routing.roads import NO_LINK, Roads

NO_WAY = 4294967295
LONGEST_MS = 2**30 - 1
"""A longer way counts as none."""

Driven = tuple[int, ...]
"""The last links driven, newest last: as many as the longest banned path needs to be remembered."""


def part_ms(whole_ms: int, share: Fraction) -> int:
    """That share of a link's milliseconds, half a millisecond rounded up."""
    return floor(whole_ms * share + Fraction(1, 2))


class SlowRouter:
    """The rules of `routing.router.Router`, each written out once more, forward only and without any shortcut."""

    def __init__(
        self,
        roads: Roads,
        closed: NDArray[np.bool_] | None = None,
        *,
        link_ms: NDArray[np.int32] | None = None,
        turn_ms: Mapping[tuple[int, int], int] | None = None,
    ) -> None:
        """`turn_ms` is what the turn from one link into another costs; a pair that it lacks costs nothing."""
        self.ms = [int(ms) for ms in (roads.link_duration_ms if link_ms is None else link_ms)]
        self.turn_ms = turn_ms or {}
        self.closed = [False] * roads.link_count if closed is None else [bool(shut) for shut in closed]
        bans = {(int(a), int(b)) for a, b in zip(roads.ban_in, roads.ban_out, strict=True)}
        edges, path = roads.path_ban_offset.tolist(), roads.path_ban_link.tolist()
        self.banned = bans | {tuple(path[a:b]) for a, b in pairwise(edges)}
        self.memory = max((len(links) - 1 for links in self.banned), default=1)
        leaving = defaultdict(list)
        for link in range(roads.link_count):
            leaving[int(roads.link_tail[link])].append(link)
        self.leaving = {a: leaving[int(roads.link_head[a])] for a in range(roads.link_count)}

    def table(self, origins: Positions, destinations: Positions) -> NDArray[np.uint32]:
        times = [self._row(places_of(origins, o), destinations) for o in range(len(origins))]
        return np.array(times, dtype=np.uint32).reshape(len(origins), len(destinations))

    def after(self, driven: Driven) -> list[int]:
        """The open links that may follow."""
        return [link for link in self.leaving[driven[-1]] if not self.closed[link] and not self._bans(driven, link)]

    def _bans(self, driven: Driven, link: int) -> bool:
        whole = (*driven, link)
        return any(whole[k:] in self.banned for k in range(len(whole)))

    def _row(self, starts: Sequence[tuple[int, Fraction]], destinations: Positions) -> list[int]:
        entered: dict[int, int] = {}
        for driven, ms in self._driven(starts).items():
            for link in self.after(driven):
                at = ms + self.turn_ms.get((driven[-1], link), 0)
                entered[link] = min(at, entered.get(link, at))
        row = []
        for d in range(len(destinations)):
            times = [NO_WAY]
            for last, end in places_of(destinations, d):
                here = part_ms(self.ms[last], end)
                times += [entered[last] + here] if last in entered else []
                times += [here - part_ms(self.ms[a], start) for a, start in starts if a == last and start <= end]
            row.append(min(times) if min(times) <= LONGEST_MS else NO_WAY)
        return row

    def _driven(self, starts: Sequence[tuple[int, Fraction]]) -> dict[Driven, int]:
        """For each last links that can be driven to their end, when that is done at the earliest."""
        heap: list[tuple[int, Driven]] = [
            (self.ms[link] - part_ms(self.ms[link], start), (link,)) for link, start in starts
        ]
        heapq.heapify(heap)
        done: dict[Driven, int] = {}
        while heap:
            ms, driven = heapq.heappop(heap)
            if driven in done:
                continue
            done[driven] = ms
            for link in self.after(driven):
                at = ms + self.turn_ms.get((driven[-1], link), 0) + self.ms[link]
                heapq.heappush(heap, (at, (*driven, link)[-self.memory :]))
        return done


def places_of(places: Positions, row: int) -> list[tuple[int, Fraction]]:
    """The links of one place, each with the exact share of it that lies before the place, in billionths."""
    share = Fraction(round(float(places.along[row]) * 10**9), 10**9)
    pairs = [(int(places.link[row]), share), (int(places.reverse[row]), 1 - share)]
    return [(link, before) for link, before in pairs if link != NO_LINK]
