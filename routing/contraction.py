"""Contraction: from a graph of turns and an order of its nodes to the hierarchy.

Between the higher neighbours of each contracted node an arc is put in (chordal completion, done here as symbolic
elimination: Liu, "The role of elimination trees in sparse factorization", SIAM J. Matrix Anal. Appl. 11 (1990)). Of
each arc a direction is kept only where some way along permitted turns could ever use it: in a city with one-way streets
less than half of them.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.arrays import offsets
from routing.customise import possible_arcs
from routing.hierarchy import LOOP, Hierarchy, arcs_of, hierarchy_of
from routing.turns import Turns


def contract(turns: Turns, order: NDArray[np.int32]) -> Hierarchy:
    """The hierarchy of a graph of turns for an order of contraction, which must name every node once (ValueError)."""
    n = turns.node_count
    if len(order) != n or not np.array_equal(np.sort(order), np.arange(n)):
        raise ValueError(f"the order of contraction must name each of {n} nodes once")
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    tail, head = rank[turns.tail], rank[turns.onward]
    offset, near = _neighbours(n, tail, head)
    full_offset, full_top, parent = _complete(offset, near)
    arc = _arc_rows(full_offset, full_top, np.minimum(tail, head), np.maximum(tail, head))
    climbs, falls = tail < head, tail > head
    full = arcs_of(full_offset, full_top, full_offset, full_top, np.zeros(n, np.int32))
    possible_up, possible_down = possible_arcs(full, arc[climbs], arc[falls])
    turn_arc = np.full(len(arc), LOOP, np.int32)
    turn_arc[climbs] = (np.cumsum(possible_up) - 1)[arc[climbs]]
    turn_arc[falls] = ~(np.cumsum(possible_down) - 1)[arc[falls]]
    up, down = (_kept(full_offset, full_top, possible) for possible in (possible_up, possible_down))
    return hierarchy_of(order, parent, *up, *down, turn_arc)


def _kept(
    offset: NDArray[np.int64], top: NDArray[np.int32], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    run = np.concatenate([[0], np.cumsum(kept)])
    return run[offset].astype(np.int64), top[kept]


def _neighbours(
    n: int, tail: NDArray[np.int64], head: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """For each rank the higher ranks that a turn joins it to, either way."""
    low, top = np.minimum(tail, head), np.maximum(tail, head)
    key = np.unique(low[low != top] * n + top[low != top])
    return offsets(key // max(n, 1), n), (key % max(n, 1)).astype(np.int32)


def _arc_rows(
    offset: NDArray[np.int64], top: NDArray[np.int32], low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.int64]:
    n = len(offset) - 1
    key = np.repeat(np.arange(n, dtype=np.int64), np.diff(offset)) * n + top
    return np.searchsorted(key, low * n + high).astype(np.int64)


@njit(cache=True, nogil=True)
def _complete(
    offset: NDArray[np.int64], near: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Symbolic elimination: above a rank stand its own higher neighbours and those of its children in the tree."""
    n = len(offset) - 1
    full_offset = np.zeros(n + 1, np.int64)
    parent = np.full(n, -1, np.int32)
    child = np.full(n, -1, np.int32)
    sibling = np.full(n, -1, np.int32)
    seen = np.full(n, -1, np.int32)
    top = np.empty(4 * len(near) + 16, np.int32)
    size = 0
    for x in range(n):
        first = size
        if size + n - x > len(top):
            longer = np.empty(2 * len(top) + n, np.int32)
            longer[:size] = top[:size]
            top = longer
        seen[x] = x
        for i in range(offset[x], offset[x + 1]):
            if seen[near[i]] != x:
                seen[near[i]] = x
                top[size] = near[i]
                size += 1
        c = child[x]
        while c >= 0:
            for i in range(full_offset[c], full_offset[c + 1]):
                if seen[top[i]] != x:
                    seen[top[i]] = x
                    top[size] = top[i]
                    size += 1
            c = sibling[c]
        top[first:size].sort()
        full_offset[x + 1] = size
        if size > first:
            parent[x] = top[first]
            sibling[x] = child[parent[x]]
            child[parent[x]] = x
    return full_offset, top[:size].copy(), parent
