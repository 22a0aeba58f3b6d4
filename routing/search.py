"""Searches on one version of the travel times: single ways, tables, and everything that can be reached."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing import climb, sweep
from routing.arrays import offsets, read_only
from routing.behind import pairs_behind, times_by_links
from routing.customise import LONGEST_MS, NEVER, NO_WAY_MS, customise
from routing.ends import Ends, Seeds
from routing.network import Network
from routing.positions import SHARE_ONE, parts
from routing.turns import is_banned
from routing.unpack import unpack

SINGLE_US = 10
LANES_MEANT = 32
BATCH_US = 150
ARCS_US = 100
"""Rough microseconds of a single way, and of a batch of lanes: fixed, and times the fourth root of the places swept."""

WORTH_A_THREAD_US = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """One version: `link_ms` int32[L] of each link, `is_open` bool[L]: a link that is not open is left, never
    entered.

    turn_ms   uint32[T]  from the end of a turn's first link to the end of its second, NEVER where that is closed
    up_ms, down_ms       the same of the hierarchy's arcs
    """

    network: Network
    link_ms: NDArray[np.int32]
    is_open: NDArray[np.bool_]
    turn_ms: NDArray[np.uint32]
    up_ms: NDArray[np.uint32]
    down_ms: NDArray[np.uint32]

    @staticmethod
    def on(network: Network, link_ms: NDArray[np.int32], is_open: NDArray[np.bool_], heavy: bool = False) -> Search:
        turns = network.turns
        entered = turns.node_link[turns.onward]
        turn_ms = link_ms[entered].astype(np.int64) + network.turn_cost_ms
        turn_ms[~is_open[entered]] = NEVER
        if heavy:
            turn_ms[_banned_to_heavy(network)] = NEVER
        closed_or_ms = read_only(np.minimum(turn_ms, NEVER), np.uint32)
        up_ms, down_ms = customise(network.hierarchy, closed_or_ms)
        return Search(
            network, read_only(link_ms, np.int32), read_only(is_open, np.bool_), closed_or_ms,
            read_only(up_ms, np.uint32), read_only(down_ms, np.uint32),
        )  # fmt: skip

    def origins(self, ends: Ends) -> Seeds:
        row, link, share = ends.entries()
        return self._seeds(len(ends), row, link, share, np.arange(len(row), dtype=np.int64))

    def destinations(self, ends: Ends) -> Seeds:
        """As `origins`, with the copies of each link: a destination is reached by whatever way one comes."""
        row, link, share = ends.entries()
        turns = self.network.turns
        copied = np.diff(turns.copy_offset)[link] + 1
        entry = np.repeat(np.arange(len(row)), copied)
        nth = np.arange(len(entry)) - np.repeat(np.cumsum(copied) - copied, copied)
        node = link[entry].copy()
        later = nth > 0
        node[later] = turns.copies[turns.copy_offset[node[later]] + nth[later] - 1]
        return self._seeds(len(ends), row[entry], node, share[entry], entry)

    def _seeds(
        self, n: int, row: NDArray[np.int64], node: NDArray[np.int32], share: NDArray[np.int64],
        entry: NDArray[np.int64],
    ) -> Seeds:  # fmt: skip
        offset = offsets(row, n)
        whole_ms = self.link_ms[self.network.turns.node_link[node]]
        ms = whole_ms - parts(whole_ms, share)
        rank = self.network.hierarchy.rank[node]
        return Seeds(
            offset, read_only(rank, np.int32), read_only(ms, np.int32), read_only(SHARE_ONE - share, np.int64),
            read_only(entry, np.int64),
        )  # fmt: skip

    def pairs(
        self, starts: Ends, goals: Ends, origin: NDArray[np.int64], destination: NDArray[np.int64]
    ) -> NDArray[np.uint32]:
        """uint32[k]: milliseconds from place origin[k] of `starts` to place destination[k] of `goals`."""
        turns = self.network.turns
        out = np.empty(len(origin), np.uint32)
        climb.pairs(
            self.network.hierarchy.levels, turns.most_copies, starts.link, starts.reverse, starts.share,
            goals.link, goals.reverse, goals.share, origin, destination, self.link_ms,
            turns.copy_offset, turns.copies, out, *self._climbing(),
        )  # fmt: skip
        return out

    def table(self, starts: Ends, goals: Ends, threads: int) -> NDArray[np.uint32]:
        """uint32[n, m]: milliseconds from each place of `starts` to each of `goals`, NO_WAY_MS for no way."""
        n, m = len(starts), len(goals)
        forward_us, backward_us = _sweep_us(n, m), _sweep_us(m, n)
        if min(forward_us, backward_us) >= n * m * SINGLE_US:
            rows, columns = np.divmod(np.arange(n * m, dtype=np.int64), max(m, 1))
            return self.pairs(starts, goals, rows, columns).reshape(n, m)
        sweep_all = self._forward if forward_us <= backward_us else self._backward
        return self._swept(sweep_all, starts, goals, threads)

    def _swept(
        self, sweep_all: Callable[[Seeds, Seeds, int], NDArray[np.uint32]], starts: Ends, goals: Ends, threads: int
    ) -> NDArray[np.uint32]:
        seeds, ends = self.origins(starts), self.destinations(goals)
        out = sweep_all(seeds, ends, threads)
        origin, destination = pairs_behind(seeds, ends)
        if len(origin):
            out[origin, destination] = times_by_links(
                starts, goals, origin, destination, self.link_ms, self._one_to_one
            )  # fmt: skip
        return out

    def _one_to_one(self, starts: Ends, goals: Ends) -> NDArray[np.uint32]:
        rows = np.arange(len(starts), dtype=np.int64)
        return self.pairs(starts, goals, rows, rows)

    def _forward(self, starts: Seeds, goals: Seeds, threads: int) -> NDArray[np.uint32]:
        hierarchy = self.network.hierarchy
        return _sweep(
            starts, starts.ms, goals, -goals.ms.astype(np.int64), hierarchy.parent, hierarchy.levels,
            (hierarchy.up.offset, hierarchy.up.top, self.up_ms),
            (hierarchy.down.offset, hierarchy.down.top, self.down_ms), threads,
        )  # fmt: skip

    def _backward(self, starts: Seeds, goals: Seeds, threads: int) -> NDArray[np.uint32]:
        """The same with the destinations side by side; their rests, which count against the time, are lifted to be
        positive."""
        hierarchy = self.network.hierarchy
        lift = int(goals.ms.max(initial=0))
        swept = _sweep(
            goals, read_only(lift - goals.ms, np.int32), starts, starts.ms.astype(np.int64) - lift,
            hierarchy.parent, hierarchy.levels,
            (hierarchy.down.offset, hierarchy.down.top, self.down_ms),
            (hierarchy.up.offset, hierarchy.up.top, self.up_ms), threads,
        )  # fmt: skip
        return np.ascontiguousarray(swept.T)

    def reach(self, starts: Seeds) -> NDArray[np.uint32]:
        """uint32[L]: milliseconds to the end of each link from the nearest of all places of `starts`, or NO_WAY_MS."""
        hierarchy, turns = self.network.hierarchy, self.network.turns
        label = np.full(turns.node_count, NEVER, np.uint32)
        sweep.reach(
            starts.rank, starts.ms, hierarchy.up.offset, hierarchy.up.top, self.up_ms,
            hierarchy.down.offset, hierarchy.down.top, self.down_ms, hierarchy.parent, label,
        )  # fmt: skip
        by_link = np.full(len(self.link_ms), NEVER, np.uint32)
        np.minimum.at(by_link, turns.node_link, label[hierarchy.rank])
        by_link[by_link > LONGEST_MS] = NO_WAY_MS
        return by_link

    def way(self, starts: Seeds, goals: Seeds) -> tuple[NDArray[np.int32], NDArray[np.int32], int, int] | None:
        """The links of a shortest way from the first place of `starts` to the first of `goals`, what the turn into
        each costs (0 for the first), and the entries of origin and destination used; None where there is no way."""
        hierarchy, turns = self.network.hierarchy, self.network.turns
        up, down = hierarchy.up, hierarchy.down
        seed, goal, begin, is_round, arcs, climbs = climb.one_way(
            hierarchy.levels, starts.rank, starts.ms, starts.left,
            goals.rank, goals.ms, goals.left, up.low, down.low, *self._climbing(),
        )  # fmt: skip
        if seed < 0:
            return None
        nodes, driven = unpack(
            arcs, climbs, begin,
            up.top, up.low, up.offset, up.by_top_offset, up.by_top, up.beside, self.up_ms,
            down.top, down.low, down.offset, down.by_top_offset, down.by_top, down.beside, self.down_ms,
            hierarchy.order, turns.onward_offset, turns.onward, self.turn_ms,
        )  # fmt: skip
        if is_round:
            first = hierarchy.order[starts.rank[seed]]
            driven = np.append(self._turn(int(first), int(nodes[0])), driven)
            nodes = np.append(first, nodes)
        links = turns.node_link[nodes]
        cost = np.append(0, self.network.turn_cost_ms[driven]).astype(np.int32)
        return links, cost, int(starts.entry[seed]), int(goals.entry[goal])

    def _turn(self, tail: int, head: int) -> int:
        turns = self.network.turns
        first, end = int(turns.onward_offset[tail]), int(turns.onward_offset[tail + 1])
        return first + int(np.searchsorted(turns.onward[first:end], head))

    def _climbing(self) -> tuple[Any, ...]:
        hierarchy, turns = self.network.hierarchy, self.network.turns
        return (
            hierarchy.parent, hierarchy.depth, hierarchy.up.offset, hierarchy.up.top_depth, self.up_ms,
            hierarchy.down.offset, hierarchy.down.top_depth, self.down_ms, hierarchy.order, hierarchy.rank,
            turns.onward_offset, turns.onward, self.turn_ms,
        )  # fmt: skip


Graph = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint32]]


def _sweep(
    side: Seeds, side_ms: NDArray[np.int32], ends: Seeds, end_ms: NDArray[np.int64], parent: NDArray[np.int32],
    levels: int, climbed: Graph, swept: Graph, threads: int,
) -> NDArray[np.uint32]:  # fmt: skip
    """uint32[side, ends] of least times: side_ms + way + end_ms, NO_WAY_MS for no way."""
    first = np.full(len(side), -1, np.int64)
    some = np.diff(side.offset) > 0
    first[some] = side.rank[side.offset[:-1][some]]
    order = np.argsort(first, kind="stable")
    seeds = replace(side, ms=read_only(side_ms, np.int32)).in_order(order)
    ranks = sweep.ancestors(ends.rank, parent)[::-1].copy()
    slot = np.full(len(parent), -1, np.int32)
    restricted = sweep.restrict(ranks, slot, *swept)
    lanes = sweep.lanes_for(len(seeds), len(ranks))
    out = np.empty((len(side), len(ends)), np.uint32)

    def work(begin: int, end: int) -> None:
        sweep.sweep(
            begin, end, lanes, levels, parent, *climbed, seeds.offset, seeds.rank, seeds.ms, ranks, *restricted,
            ends.offset, slot[ends.rank], end_ms, order, out,
        )  # fmt: skip

    worth = max(1, _sweep_us(len(side), len(ends)) // WORTH_A_THREAD_US)
    _in_threads(work, len(side), lanes, min(threads, worth))
    return out


def _in_threads(work: Callable[[int, int], None], rows: int, lanes: int, threads: int) -> None:
    """Share rows out in whole batches; the caller's thread does its part. The kernels hold no lock on Python."""
    batches = -(-rows // lanes)
    threads = max(1, min(threads, batches))
    edges = [min(rows, batches * k // threads * lanes) for k in range(threads + 1)]
    failed: list[Exception] = []

    def share(begin: int, end: int) -> None:
        try:
            work(begin, end)
        except Exception as fault:  # one that stayed in its thread would leave rows that nobody has filled in
            failed.append(fault)

    others = [threading.Thread(target=share, args=(edges[k], edges[k + 1])) for k in range(1, threads)]
    for other in others:
        other.start()
    share(edges[0], edges[1])
    for other in others:
        other.join()
    if failed:
        raise failed[0]


def _sweep_us(side: int, swept: int) -> int:
    """About how long a sweep takes, in microseconds of one processor."""
    return -(-side // LANES_MEANT) * int(BATCH_US + ARCS_US * swept**0.25)


def _banned_to_heavy(network: Network) -> NDArray[np.bool_]:
    turns, roads = network.turns, network.roads
    turn_in, turn_out = turns.node_link[turns.tail], turns.node_link[turns.onward]
    return is_banned(turn_in, turn_out, roads.heavy_ban_in, roads.heavy_ban_out, roads.link_count)
