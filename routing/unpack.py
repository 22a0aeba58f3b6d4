"""From the arcs of a hierarchy back to the links that are driven.

An arc that is no turn stands for two arcs below it, by way of a lower rank; which, is read from the times alone: they
are integers, so an arc is on a shortest way exactly where they add up, and none need be stored.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def unpack(
    arcs: NDArray[np.int32],
    climbs: NDArray[np.bool_],
    begin: int,
    up_top: NDArray[np.int32],
    up_low: NDArray[np.int32],
    up_offset: NDArray[np.int64],
    up_by_top_offset: NDArray[np.int64],
    up_by_top: NDArray[np.int32],
    up_beside: NDArray[np.int32],
    up_ms: NDArray[np.uint32],
    down_top: NDArray[np.int32],
    down_low: NDArray[np.int32],
    down_offset: NDArray[np.int64],
    down_by_top_offset: NDArray[np.int64],
    down_by_top: NDArray[np.int32],
    down_beside: NDArray[np.int32],
    down_ms: NDArray[np.uint32],
    order: NDArray[np.int32],
    onward_offset: NDArray[np.int64],
    onward: NDArray[np.int32],
    turn_ms: NDArray[np.uint32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The nodes of the graph of turns from rank `begin` along `arcs` (of `up` where `climbs`), in order, and the turns
    between them."""
    nodes, turns = np.empty(256, np.int32), np.empty(256, np.int32)
    nodes[0] = order[begin]
    size = 1
    waiting = [(arcs[k], climbs[k]) for k in range(len(arcs) - 1, -1, -1)]
    while len(waiting) > 0:
        e, climbs_here = waiting.pop()
        if climbs_here:
            tail, head, ms = order[up_low[e]], order[up_top[e]], up_ms[e]
        else:
            tail, head, ms = order[down_top[e]], order[down_low[e]], down_ms[e]
        turn = -1
        for t in range(onward_offset[tail], onward_offset[tail + 1]):
            if onward[t] == head and turn_ms[t] == ms:
                turn = t
                break
        if turn >= 0:
            if size == len(nodes):
                nodes, turns = _twice_as_long(nodes), _twice_as_long(turns)
            nodes[size], turns[size] = head, turn
            size += 1
            continue
        if climbs_here:
            f, g = _below(
                e, up_top, up_low, ms, up_offset, up_top, up_ms, down_by_top_offset, down_by_top, down_low,
                down_beside, down_ms,
            )  # fmt: skip
            waiting.append((g, True))
            waiting.append((f, False))
        else:
            g, f = _below(
                e, down_top, down_low, ms, down_offset, down_top, down_ms, up_by_top_offset, up_by_top,
                up_low, up_beside, up_ms,
            )  # fmt: skip
            waiting.append((g, True))
            waiting.append((f, False))
    return nodes[:size].copy(), turns[1:size].copy()


@njit(cache=True, nogil=True)
def _twice_as_long(values: NDArray[np.int32]) -> NDArray[np.int32]:
    longer = np.empty(2 * len(values), np.int32)
    longer[: len(values)] = values
    return longer


@njit(cache=True, nogil=True)
def _below(
    e: int,
    top: NDArray[np.int32],
    low: NDArray[np.int32],
    ms: int,
    far_offset: NDArray[np.int64],
    far_top: NDArray[np.int32],
    far_ms: NDArray[np.uint32],
    near_by_top_offset: NDArray[np.int64],
    near_by_top: NDArray[np.int32],
    near_low: NDArray[np.int32],
    near_beside: NDArray[np.int32],
    near_ms: NDArray[np.uint32],
) -> tuple[int, int]:
    """The lower triangle of arc e whose times add up: its arc at e's lower end, and that at its upper end."""
    x, y = low[e], top[e]
    for i in range(near_by_top_offset[x], near_by_top_offset[x + 1]):
        near = near_by_top[i]
        for far in range(near_beside[near], far_offset[near_low[near] + 1]):
            if far_top[far] >= y:
                if far_top[far] == y and np.int64(near_ms[near]) + np.int64(far_ms[far]) == np.int64(ms):
                    return near, far
                break
    raise ValueError("no lower triangle adds up to this arc")
