"""Travel times on whole cities by scipy's Dijkstra, on a graph of links that is built here from the roads alone.

Nothing of `routing.turns` and the hierarchy is used. Dijkstra runs in float64, which is exact here; as scipy takes an
arc of length 0 for none where a matrix is made, each arc is lengthened by one part in 2^20 of a millisecond, and the
sum of these parts, less than a millisecond, is cut off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.positions import Positions
from routing.roads import NO_LINK, Roads

NO_WAY = 4294967295
ONE = 10**9
PARTS = 1 << 20
ROWS_AT_ONCE = 64

Driven = tuple[int, ...]


class LinkDijkstra:
    """Roads as a graph whose nodes are the last links driven: one, or as many as a banned path begins with."""

    def __init__(self, roads: Roads, turn_ms: Mapping[tuple[int, int], int]) -> None:
        """`turn_ms` is what each permitted turn costs; one that is not in it is a KeyError."""
        self.roads = roads
        links, edges = roads.path_ban_link.tolist(), roads.path_ban_offset.tolist()
        turns = {*zip(roads.ban_in.tolist(), roads.ban_out.tolist(), strict=True)}
        self.banned: set[Driven] = {tuple(links[a:b]) for a, b in pairwise(edges)} | turns
        self.turn_ms = turn_ms
        self._begun = {path[:k] for path in self.banned for k in range(2, len(path))}
        leaving = defaultdict(list)
        for link, node in enumerate(roads.link_tail.tolist()):
            leaving[node].append(link)
        heads = roads.link_head.tolist()
        row_of: dict[Driven, int] = {(link,): link for link in range(roads.link_count)}
        waiting = list(row_of)
        arcs: list[tuple[int, int, int, int]] = []
        while waiting:
            driven = waiting.pop()
            for link in leaving[heads[driven[-1]]]:
                if self._bans(whole := (*driven, link)):
                    continue
                kept = self._kept(whole)
                if kept not in row_of:
                    row_of[kept] = len(row_of)
                    waiting.append(kept)
                arcs.append((row_of[driven], row_of[kept], link, turn_ms[driven[-1], link]))
        self.states = len(row_of)
        self.tail, self.head, self.entered, self.cost_ms = np.array(arcs, np.int64).reshape(-1, 4).T

    def _bans(self, driven: Driven) -> bool:
        return any(driven[k:] in self.banned for k in range(len(driven) - 1))

    def _kept(self, driven: Driven) -> Driven:
        return next((driven[k:] for k in range(len(driven) - 1) if driven[k:] in self._begun), driven[-1:])

    def table(
        self, origins: Positions, ends: Positions, link_ms: NDArray[np.int32], is_open: NDArray[np.bool_]
    ) -> NDArray[np.uint32]:
        """Milliseconds from each origin to each end. Both are nodes of the graph; an end has no arcs onward."""
        first_end = self.states + len(origins)
        usable = is_open[self.entered]
        arcs = [(self.tail[usable], self.head[usable], (self.cost_ms + link_ms[self.entered])[usable])]
        for o in range(len(origins)):
            for link, share in places_of(origins, o):
                arcs.append(one_arc(self.states + o, link, int(link_ms[link]) - part(int(link_ms[link]), share)))
        by_link = np.argsort(self.entered[usable], kind="stable")
        into = np.flatnonzero(usable)[by_link]
        bounds = np.searchsorted(self.entered[into], np.arange(self.roads.link_count + 1))
        for d in range(len(ends)):
            for link, share in places_of(ends, d):
                rows = into[bounds[link] : bounds[link + 1]]
                here = np.full(len(rows), first_end + d)
                arcs.append((self.tail[rows], here, self.cost_ms[rows] + part(int(link_ms[link]), share)))
        tail, head, ms = (np.concatenate(column) for column in zip(*arcs, strict=True))
        graph = graph_of(tail, head, ms, first_end + len(ends))
        found = []
        for o in range(0, len(origins), ROWS_AT_ONCE):
            rows = np.arange(o, min(o + ROWS_AT_ONCE, len(origins)))
            found.append(dijkstra(graph, indices=self.states + rows)[:, first_end:])
        lengths = np.concatenate(found)
        times = np.full(lengths.shape, NO_WAY, np.int64)
        times[np.isfinite(lengths)] = lengths[np.isfinite(lengths)] // PARTS
        for o in range(len(origins)):
            for d in range(len(ends)):
                times[o, d] = min(times[o, d], *self._straight_on(origins, o, ends, d, link_ms))
        return times.astype(np.uint32)

    def _straight_on(
        self, origins: Positions, o: int, ends: Positions, d: int, link_ms: NDArray[np.int32]
    ) -> list[int]:
        """Along one link from one place to another that lies ahead."""
        return [NO_WAY] + [
            part(int(link_ms[a]), end) - part(int(link_ms[a]), start)
            for a, start in places_of(origins, o)
            for b, end in places_of(ends, d)
            if a == b and start <= end
        ]

    def time_of(
        self, links: list[int], start: float, end: float, link_ms: NDArray[np.int32], is_open: NDArray[np.bool_]
    ) -> int:
        """Milliseconds along these links, which must follow one another, be open but the first, and break no ban."""
        for k, (a, b) in enumerate(pairwise(links)):
            assert self.roads.link_head[a] == self.roads.link_tail[b]
            assert is_open[b]
            assert not any(self._bans(tuple(links[j : k + 2])) for j in range(max(0, k - 8), k + 1))
        whole = [int(link_ms[link]) for link in links]
        left = whole[-1] - part(whole[-1], round(end * ONE))
        return (
            sum(whole) - part(whole[0], round(start * ONE)) - left + sum(self.turn_ms[pair] for pair in pairwise(links))
        )


def graph_of(tail: NDArray[np.int64], head: NDArray[np.int64], ms: NDArray[np.int64], rows: int) -> csr_array:
    """The arcs as a matrix, of several between the same nodes the shortest: scipy would add them up."""
    in_order = np.lexsort((ms, head, tail))
    tail, head, ms = tail[in_order], head[in_order], ms[in_order]
    first = np.append(True, (np.diff(tail) != 0) | (np.diff(head) != 0))
    offset = np.searchsorted(tail[first], np.arange(rows + 1))
    weight = ms[first].astype(np.float64) * PARTS + 1
    return csr_array((weight, head[first].astype(np.int32), offset.astype(np.int32)), shape=(rows, rows))


def one_arc(tail: int, head: int, ms: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    return np.array([tail]), np.array([head]), np.array([ms])


def part(whole_ms: int, share: int) -> int:
    """So many billionths of a link's milliseconds, half a millisecond rounded up."""
    return (2 * whole_ms * share + ONE) // (2 * ONE)


def places_of(places: Positions, row: int) -> list[tuple[int, int]]:
    """The links of one place, with the billionths of each that lie before it."""
    share = round(float(places.along[row]) * ONE)
    pairs = [(int(places.link[row]), share), (int(places.reverse[row]), ONE - share)]
    return [(link, before) for link, before in pairs if link != NO_LINK]
