"""Travel times put onto a hierarchy: after this each arc says how long the quickest way below its ends takes.

For every rank, from the lowest up, each of its arcs is compared with the way down to a lower rank and up again (the
lower triangles of Dibbelt, Strasser and Wagner 2016, section 5). Triangles are listed by their middle rank, whose arcs
are looked up by their upper end in an array, so that nothing is merged or searched.

Measured and rejected: perfect customisation (section 5.3 there), which takes 2.5 times as long as this and leaves
away just one arc in eight of those that `routing.hierarchy` keeps.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.hierarchy import LOOP, Arcs, Hierarchy

NEVER = np.uint32(0x7FFF_FFFF)
"""Milliseconds (24.9 days) that stand for no way within the kernels: the sum of two fits into uint32."""

NO_WAY_MS = np.uint32(0xFFFF_FFFF)
"""No way, as an entry of a table."""

LONGEST_MS = 0x3FFF_FFFF
"""12.4 days: longer ways count as none. With the whole of the last link, which searches add to a way and take off
again, they stay below NEVER, so that all searches draw the line at the same way."""


def customise(hierarchy: Hierarchy, turn_ms: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """uint32 milliseconds of each arc of `up` and of `down`, at most NEVER.

    `turn_ms` is uint32[T]: from the end of a turn's first link to the end of its second; NEVER where it is closed.
    """
    up_ms = np.full(len(hierarchy.up), NEVER, np.uint32)
    down_ms = np.full(len(hierarchy.down), NEVER, np.uint32)
    _put_turns(hierarchy.turn_arc, turn_ms, up_ms, down_ms)
    _run(hierarchy.up, hierarchy.down, up_ms, down_ms)
    return up_ms, down_ms


def possible_arcs(
    full: Arcs, turns_up: NDArray[np.int64], turns_down: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool[E] twice: which arcs of a completed graph some way could ever use, up and down."""
    up_ms = np.full(len(full), NEVER, np.uint32)
    down_ms = np.full(len(full), NEVER, np.uint32)
    up_ms[turns_up] = 0
    down_ms[turns_down] = 0
    _run(full, full, up_ms, down_ms)
    return up_ms < NEVER, down_ms < NEVER


def _run(up: Arcs, down: Arcs, up_ms: NDArray[np.uint32], down_ms: NDArray[np.uint32]) -> None:
    _customise(
        up.offset, up.top, up.low, up.by_top_offset, up.by_top, up.beside, up_ms,
        down.offset, down.top, down.low, down.by_top_offset, down.by_top, down.beside, down_ms,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _put_turns(
    turn_arc: NDArray[np.int32], turn_ms: NDArray[np.uint32], up_ms: NDArray[np.uint32], down_ms: NDArray[np.uint32]
) -> None:
    for t in range(len(turn_arc)):
        arc = turn_arc[t]
        if arc >= 0:
            up_ms[arc] = min(up_ms[arc], turn_ms[t])
        elif arc != LOOP:
            down_ms[~arc] = min(down_ms[~arc], turn_ms[t])


@njit(cache=True, nogil=True)
def _customise(
    up_offset: NDArray[np.int64],
    up_top: NDArray[np.int32],
    up_low: NDArray[np.int32],
    up_by_top_offset: NDArray[np.int64],
    up_by_top: NDArray[np.int32],
    up_beside: NDArray[np.int32],
    up_ms: NDArray[np.uint32],
    down_offset: NDArray[np.int64],
    down_top: NDArray[np.int32],
    down_low: NDArray[np.int32],
    down_by_top_offset: NDArray[np.int64],
    down_by_top: NDArray[np.int32],
    down_beside: NDArray[np.int32],
    down_ms: NDArray[np.uint32],
) -> None:
    n = len(up_offset) - 1
    arc_to = np.zeros(n, np.int32)
    for y in range(n):
        for e in range(up_offset[y], up_offset[y + 1]):
            arc_to[up_top[e]] = e
        for i in range(down_by_top_offset[y], down_by_top_offset[y + 1]):
            e = down_by_top[i]
            first = down_ms[e]
            if first < NEVER:
                for f in range(down_beside[e], up_offset[down_low[e] + 1]):
                    g = arc_to[up_top[f]]
                    ms = np.uint32(first + up_ms[f])
                    if ms < up_ms[g]:
                        up_ms[g] = ms
        for e in range(down_offset[y], down_offset[y + 1]):
            arc_to[down_top[e]] = e
        for i in range(up_by_top_offset[y], up_by_top_offset[y + 1]):
            e = up_by_top[i]
            last = up_ms[e]
            if last < NEVER:
                for f in range(up_beside[e], down_offset[up_low[e] + 1]):
                    g = arc_to[down_top[f]]
                    ms = np.uint32(down_ms[f] + last)
                    if ms < down_ms[g]:
                        down_ms[g] = ms
