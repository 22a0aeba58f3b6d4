"""The hierarchy over the graph of turns: which shortcuts may be needed, whatever the travel times are.

Customizable contraction hierarchies: Dibbelt, Strasser and Wagner, ACM Journal of Experimental Algorithmics 21 (2016).
It is made by `routing.contraction`, gets its travel times in `routing.customise` and is asked in `routing.climb` (one
way at a time) and `routing.sweep` (many at once).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.arrays import read_only

LOOP = np.int32(-(1 << 31))
"""The arc of a turn from a node into itself, which no shortest way needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """E arcs of one direction between ranks, sorted by their lower end and then by their upper end.

    offset         int64[V+1]  arcs offset[x]:offset[x+1] have rank x as their lower end
    top            int32[E]    the upper end
    top_depth      int32[E]    its depth in the elimination tree
    low            int32[E]    the lower end
    by_top_offset  int64[V+1]  by_top[by_top_offset[y]:by_top_offset[y+1]] have rank y as their upper end,
    by_top         int32[E]    sorted by their lower end
    beside         int32[E]    the first arc of the other direction with the same lower end and a higher upper end
    """

    offset: NDArray[np.int64]
    top: NDArray[np.int32]
    top_depth: NDArray[np.int32]
    low: NDArray[np.int32]
    by_top_offset: NDArray[np.int64]
    by_top: NDArray[np.int32]
    beside: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.top)


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """V ranks. An arc of `up` is driven from its lower end to its upper one, an arc of `down` the other way.

    order     int32[V]  the node of the graph of turns at each rank
    rank      int32[V]  the rank of each node
    parent    int32[V]  of each rank in the elimination tree, -1 for a root: every arc of rank x leads to an ancestor
    depth     int32[V]  of each rank: 0 for a root
    levels              the number of ranks on the longest way to a root, at least 1
    turn_arc  int32[T]  of each turn its arc of `up`, or the complement ~e of its arc e of `down`, or LOOP
    """

    order: NDArray[np.int32]
    rank: NDArray[np.int32]
    parent: NDArray[np.int32]
    depth: NDArray[np.int32]
    up: Arcs
    down: Arcs
    levels: int
    turn_arc: NDArray[np.int32]


def hierarchy_of(
    order: NDArray[np.int32],
    parent: NDArray[np.int32],
    up_offset: NDArray[np.int64],
    up_top: NDArray[np.int32],
    down_offset: NDArray[np.int64],
    down_top: NDArray[np.int32],
    turn_arc: NDArray[np.int64] | NDArray[np.int32],
) -> Hierarchy:
    """The hierarchy with all that follows from its independent columns."""
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    depth = _depths(read_only(parent, np.int32))
    return Hierarchy(
        order=read_only(order, np.int32),
        rank=read_only(rank, np.int32),
        parent=read_only(parent, np.int32),
        depth=read_only(depth, np.int32),
        up=arcs_of(up_offset, up_top, down_offset, down_top, depth),
        down=arcs_of(down_offset, down_top, up_offset, up_top, depth),
        levels=int(depth.max(initial=0)) + 1,
        turn_arc=read_only(turn_arc, np.int32),
    )


def arcs_of(
    offset: NDArray[np.int64],
    top: NDArray[np.int32],
    other_offset: NDArray[np.int64],
    other_top: NDArray[np.int32],
    depth: NDArray[np.int32],
) -> Arcs:
    offset, top = read_only(offset, np.int64), read_only(top, np.int32)
    low, by_top_offset, by_top, beside = _turned(
        offset, top, read_only(other_offset, np.int64), read_only(other_top, np.int32)
    )
    return Arcs(
        offset, top, read_only(depth[top], np.int32), read_only(low, np.int32), read_only(by_top_offset, np.int64),
        read_only(by_top, np.int32), read_only(beside, np.int32),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _depths(parent: NDArray[np.int32]) -> NDArray[np.int32]:
    depth = np.zeros(len(parent), np.int32)
    for x in range(len(parent) - 1, -1, -1):
        if parent[x] >= 0:
            depth[x] = depth[parent[x]] + 1
    return depth


@njit(cache=True, nogil=True)
def _turned(
    offset: NDArray[np.int64], top: NDArray[np.int32], other_offset: NDArray[np.int64], other_top: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """The columns `low`, `by_top_offset`, `by_top` and `beside` of arcs."""
    n = len(offset) - 1
    low = np.empty(len(top), np.int32)
    beside = np.empty(len(top), np.int32)
    by_top_offset = np.zeros(n + 1, np.int64)
    for e in range(len(top)):
        by_top_offset[top[e] + 1] += 1
    for x in range(n):
        by_top_offset[x + 1] += by_top_offset[x]
    place = by_top_offset[:-1].copy()
    by_top = np.empty(len(top), np.int32)
    for x in range(n):
        other = other_offset[x]
        for e in range(offset[x], offset[x + 1]):
            low[e] = x
            by_top[place[top[e]]] = e
            place[top[e]] += 1
            while other < other_offset[x + 1] and other_top[other] <= top[e]:
                other += 1
            beside[e] = other
    return low, by_top_offset, by_top, beside
