"""Searches on one version of the roads: trees to and from places, the times read from them, and the links of a way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.arrays import read_only
from routing.dijkstra import descend, grow, read_backward, read_forward
from routing.positions import SHARE_ONE, Positions, part, shares
from routing.roads import NO_LINK, Roads
from routing.turns import Turns

NO_WAY_MS = np.uint32(4294967295)
"""No way, as an entry of a table. A way of 49.7 days or longer, too long for the type, counts as none."""


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """n origins or destinations in the integers that the kernels add up: each has one or two (link, share) pairs."""

    link: NDArray[np.int32]
    reverse: NDArray[np.int32]
    share: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.link)

    @staticmethod
    def of(places: Positions) -> Ends:
        return Ends(
            read_only(places.link, np.int32),
            read_only(places.reverse, np.int32),
            read_only(shares(places.along), np.int64),
        )

    def distinct(self) -> tuple[Ends, NDArray[np.int64]]:
        """The places without repeats, and for each place here its row among them."""
        columns = np.column_stack([self.link.astype(np.int64), self.reverse.astype(np.int64), self.share])
        rows, row_of = np.unique(columns, axis=0, return_inverse=True)
        ends = Ends(read_only(rows[:, 0], np.int32), read_only(rows[:, 1], np.int32), read_only(rows[:, 2], np.int64))
        return ends, row_of.reshape(-1).astype(np.int64)

    def take(self, rows: list[int]) -> Ends:
        return Ends(
            read_only(self.link[rows], np.int32),
            read_only(self.reverse[rows], np.int32),
            read_only(self.share[rows], np.int64),
        )

    def key(self, row: int) -> tuple[int, int, int]:
        return int(self.link[row]), int(self.reverse[row]), int(self.share[row])

    def pairs(self, row: int) -> list[tuple[int, int]]:
        """The one or two links of a place, none where it was not found, each with the share of it before the place."""
        link, reverse, share = self.key(row)
        return [(k, at) for k, at in ((link, share), (reverse, SHARE_ONE - share)) if k != NO_LINK]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """The graph as the kernels see it. `is_open` is bool[L]: a link that is not open is left, never entered."""

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    duration: NDArray[np.int32]
    is_open: NDArray[np.bool_]
    turns: Turns

    @staticmethod
    def on(roads: Roads, turns: Turns, is_open: NDArray[np.bool_]) -> Search:
        return Search(
            tail=read_only(roads.link_tail, np.int32),
            head=read_only(roads.link_head, np.int32),
            duration=read_only(roads.link_duration_ms, np.int32),
            is_open=read_only(is_open, np.bool_),
            turns=turns,
        )

    def tree_to(self, destination: Ends, row: int) -> NDArray[np.uint32]:
        """uint32[L]: milliseconds from the head of each link to one destination, the whole tree."""
        seeds = [
            (link, part(int(self.duration[link]), to)) for link, to in destination.pairs(row) if self.is_open[link]
        ]
        label = np.full(len(self.duration), NO_WAY_MS, dtype=np.uint32)
        grow(
            self.turns.inward_offset, self.turns.inward, self.tail, self.turns.node_free, self.duration,
            self.is_open, _seed_array(seeds), np.zeros(1, dtype=np.bool_), -1, label,
        )  # fmt: skip
        return read_only(label, np.uint32)

    def tree_from(self, origin: Ends, row: int, destinations: Ends) -> NDArray[np.uint32]:
        """uint32[L]: milliseconds from one origin to the tail of each link, as far as the destinations need it."""
        seeds = [
            (link, int(self.duration[link]) - part(int(self.duration[link]), at)) for link, at in origin.pairs(row)
        ]
        awaited = np.zeros(len(self.duration), dtype=np.bool_)
        for ends in (destinations.link, destinations.reverse):
            awaited[ends[ends != NO_LINK]] = True
        awaited &= self.is_open
        label = np.full(len(self.duration), NO_WAY_MS, dtype=np.uint32)
        grow(
            self.turns.onward_offset, self.turns.onward, self.head, self.turns.node_free, self.duration,
            self.is_open, _seed_array(seeds), awaited, int(np.count_nonzero(awaited)), label,
        )  # fmt: skip
        return read_only(label, np.uint32)

    def column(self, tree: NDArray[np.uint32], origins: Ends, destination: Ends, row: int) -> NDArray[np.uint32]:
        """uint32[n]: milliseconds from each origin to the destination that `tree` was grown to."""
        out = np.empty(len(origins), dtype=np.uint32)
        read_backward(
            tree, self.duration, origins.link, origins.reverse, origins.share,
            *destination.key(row), out,
        )  # fmt: skip
        return out

    def row(self, tree: NDArray[np.uint32], origin: Ends, row: int, destinations: Ends) -> NDArray[np.uint32]:
        """uint32[m]: milliseconds to each destination from the origin that `tree` was grown from."""
        out = np.empty(len(destinations), dtype=np.uint32)
        read_forward(
            tree, self.duration, self.is_open, *origin.key(row),
            destinations.link, destinations.reverse, destinations.share, out,
        )  # fmt: skip
        return out

    def way_down(
        self, tree: NDArray[np.uint32], origin: Ends, destination: Ends
    ) -> tuple[NDArray[np.int32], int, int] | None:
        """The links from the first origin to the first destination, which `tree` was grown to, or None if there is
        no way; with the share of the first link at which it starts and that of the last at which it ends.

        The way is read from the labels alone: they are integers, so a link is on a shortest way exactly where they
        add up, and a tree needs no array of predecessors.
        """
        whole_ms = int(self.column(tree, origin, destination, 0)[0])
        if whole_ms == NO_WAY_MS:
            return None
        arrivals = destination.pairs(0)
        for link, start in origin.pairs(0):
            whole = int(self.duration[link])
            for last, end in arrivals:
                if link == last and start <= end and part(whole, end) - part(whole, start) == whole_ms:
                    return np.array([link], dtype=np.int32), start, end
            if tree[link] != NO_WAY_MS and whole - part(whole, start) + int(tree[link]) == whole_ms:
                after = descend(
                    self.turns.onward_offset, self.turns.onward, self.duration, self.is_open, tree,
                    link, *destination.key(0),
                )  # fmt: skip
                return np.append(np.int32(link), after), start, dict(arrivals)[int(after[-1])]
        raise ValueError("the tree was not grown to this destination")


def _seed_array(seeds: list[tuple[int, int]]) -> NDArray[np.int64]:
    """int64[s, 2]: rows of link and time, also where there are none."""
    return np.array(seeds, dtype=np.int64).reshape(-1, 2)
