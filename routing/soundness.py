"""Whether a graph of turns and a hierarchy that were read from somewhere can be trusted by the kernels.

Kernels look rows up without asking whether they exist: a hierarchy with a gap would give wrong times, or write where
nothing of its own is. Whether a turn is missing, only the source could tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.arrays import read_only
from routing.hierarchy import LOOP, Hierarchy

Columns = Mapping[str, NDArray[Any]]


def unsound_structure(columns: Columns, links: int) -> str | None:
    """What would lead a search of these columns astray or out of its arrays, None where all is well but gaps."""
    for check in (_rows, _divisions, _bounds, _turns, _order, _arcs, _turn_arcs):
        fault = check(columns, links)
        if fault is not None:
            return fault
    return None


def gap(hierarchy: Hierarchy) -> str | None:
    """An arc that is missing though ways over lower ranks have need of it, None where there is none."""
    up, down = hierarchy.up, hierarchy.down
    rank = _rank_with_gap(
        up.offset, up.top, up.low, up.by_top_offset, up.by_top, up.beside,
        down.offset, down.top, down.low, down.by_top_offset, down.by_top, down.beside,
    )  # fmt: skip
    return None if rank < 0 else f"an arc above rank {rank} is missing"


def _rows(columns: Columns, links: int) -> str | None:
    nodes, turns = columns["turn_node_link"].size, columns["turn_onward"].size
    rows = {
        "turn_node_link": nodes, "turn_offset": nodes + 1, "turn_onward": turns, "rank_order": nodes,
        "rank_parent": nodes, "up_offset": nodes + 1, "up_top": columns["up_top"].size, "down_offset": nodes + 1,
        "down_top": columns["down_top"].size, "turn_arc": turns,
    }  # fmt: skip
    for name, expected in rows.items():
        if columns[name].ndim != 1:
            return f"{name} is no plain column"
        if len(columns[name]) != expected:
            return f"{name} has {len(columns[name])} rows, not {expected}"
    return f"turn_node_link has {nodes} rows for {links} links" if nodes < links else None


def _divisions(columns: Columns, _links: int) -> str | None:
    for offset, name in (("turn_offset", "turn_onward"), ("up_offset", "up_top"), ("down_offset", "down_top")):
        edges, values = columns[offset], columns[name]
        if edges[0] != 0 or edges[-1] != len(values) or (np.diff(edges) < 0).any():
            return f"{offset} does not divide {name}"
        row = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        if ((np.diff(values) <= 0) & (np.diff(row) == 0)).any():
            return f"{name} does not ascend within its rows"
    return None


def _bounds(columns: Columns, links: int) -> str | None:
    nodes = len(columns["turn_node_link"])
    bounds = {
        "turn_node_link": (0, links), "turn_onward": (0, nodes), "rank_order": (0, nodes), "rank_parent": (-1, nodes),
        "up_top": (0, nodes), "down_top": (0, nodes),
    }  # fmt: skip
    for name, (least, end) in bounds.items():
        values = columns[name]
        if len(values) and not (values.min() >= least and values.max() < end):
            return f"{name} holds a row that does not exist"
    return None


def _turns(columns: Columns, links: int) -> str | None:
    link_of, onward = columns["turn_node_link"], columns["turn_onward"]
    if not np.array_equal(link_of[:links], np.arange(links)):
        return "turn_node_link does not begin with each link"
    left_at = np.repeat(columns["link_head"][link_of], np.diff(columns["turn_offset"]))
    meets = np.array_equal(left_at, columns["link_tail"][link_of[onward]])
    return None if meets else "turn_onward leads to a link that begins elsewhere"


def _order(columns: Columns, _links: int) -> str | None:
    nodes = len(columns["rank_order"])
    if not (np.bincount(columns["rank_order"], minlength=nodes) == 1).all():
        return "rank_order does not name each node once"
    parent = columns["rank_parent"]
    return "rank_parent leads down" if ((parent <= np.arange(nodes)) & (parent != -1)).any() else None


def _arcs(columns: Columns, _links: int) -> str | None:
    first, size = _intervals(read_only(columns["rank_parent"], np.int32))
    for offset, name in (("up_offset", "up_top"), ("down_offset", "down_top")):
        top = columns[name]
        low = np.repeat(np.arange(len(first)), np.diff(columns[offset]))
        if (top <= low).any():
            return f"{name} leads down"
        if ((first[top] > first[low]) | (first[low] >= first[top] + size[top])).any():
            return f"{name} leads to a rank that is no ancestor"
    return None


def _turn_arcs(columns: Columns, _links: int) -> str | None:
    order, arc = columns["rank_order"], columns["turn_arc"]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    tail = rank[np.repeat(np.arange(len(order)), np.diff(columns["turn_offset"]))]
    head = rank[columns["turn_onward"]]
    if ((arc == LOOP) != (tail == head)).any():
        return "turn_arc calls a turn a loop that is none, or the other way round"
    for offset, name, row, low, top in (
        ("up_offset", "up_top", arc, tail, head),
        ("down_offset", "down_top", ~arc, head, tail),
    ):
        here = (row >= 0) & (arc != LOOP)
        row, low, top = row[here], low[here], top[here]
        if len(row) and row.max() >= len(columns[name]):
            return "turn_arc holds an arc that does not exist"
        lows = np.repeat(np.arange(len(order)), np.diff(columns[offset]))
        if not (np.array_equal(lows[row], low) and np.array_equal(columns[name][row], top)):
            return "turn_arc holds an arc between other nodes"
    return None


@njit(cache=True, nogil=True)
def _intervals(parent: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the ranks by which y is x or above it exactly where first[y] <= first[x] < first[y] + size[y]."""
    n = len(parent)
    size = np.ones(n, np.int64)
    for x in range(n):
        if parent[x] >= 0:
            size[parent[x]] += size[x]
    first, free = np.zeros(n, np.int64), np.zeros(n, np.int64)
    at = 0
    for x in range(n - 1, -1, -1):
        if parent[x] >= 0:
            first[x] = free[parent[x]]
            free[parent[x]] += size[x]
        else:
            first[x] = at
            at += size[x]
        free[x] = first[x] + 1
    return first, size


@njit(cache=True, nogil=True)
def _rank_with_gap(
    up_offset: NDArray[np.int64],
    up_top: NDArray[np.int32],
    up_low: NDArray[np.int32],
    up_by_top_offset: NDArray[np.int64],
    up_by_top: NDArray[np.int32],
    up_beside: NDArray[np.int32],
    down_offset: NDArray[np.int64],
    down_top: NDArray[np.int32],
    down_low: NDArray[np.int32],
    down_by_top_offset: NDArray[np.int64],
    down_by_top: NDArray[np.int32],
    down_beside: NDArray[np.int32],
) -> int:
    """As `routing.customise` goes through the triangles, but only asking whether their third arc is there."""
    n = len(up_offset) - 1
    up_of, down_of = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    for y in range(n):
        for e in range(up_offset[y], up_offset[y + 1]):
            up_of[up_top[e]] = y
        for e in range(down_offset[y], down_offset[y + 1]):
            down_of[down_top[e]] = y
        for i in range(down_by_top_offset[y], down_by_top_offset[y + 1]):
            e = down_by_top[i]
            for f in range(down_beside[e], up_offset[down_low[e] + 1]):
                if up_of[up_top[f]] != y:
                    return y
        for i in range(up_by_top_offset[y], up_by_top_offset[y + 1]):
            e = up_by_top[i]
            for f in range(up_beside[e], down_offset[up_low[e] + 1]):
                if down_of[down_top[f]] != y:
                    return y
    return -1
