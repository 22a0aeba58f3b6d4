"""Many ways at once: tables by restricted sweeps from the top of the hierarchy down, thirty-two origins side by side.

After RPHAST (Delling, Goldberg and Werneck, "Faster Batched Shortest Paths in Road Networks", ATMOS 2011): the ranks
above any destination are gathered once; then for each batch of origins the labels climb from the origins and sweep down
over the gathered ranks. The labels of a batch stand side by side, so that one pass over the arcs serves all of them in
vector registers. Origins are taken in the order of their ranks: neighbours in the dissection share their ancestors.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.customise import NEVER

LANES = 32


@njit(cache=True, nogil=True)
def ancestors(rank: NDArray[np.int32], parent: NDArray[np.int32]) -> NDArray[np.int32]:
    """All given ranks and their ancestors, ascending."""
    seen = np.zeros(len(parent), np.bool_)
    found = np.empty(len(parent), np.int32)
    size = 0
    for k in range(len(rank)):
        x = rank[k]
        while x >= 0 and not seen[x]:
            seen[x] = True
            found[size] = x
            size += 1
            x = parent[x]
    found = found[:size]
    found.sort()
    return found.copy()


@njit(cache=True, nogil=True)
def restrict(
    swept: NDArray[np.int32],
    slot: NDArray[np.int32],
    offset: NDArray[np.int64],
    top: NDArray[np.int32],
    arc_ms: NDArray[np.uint32],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint32]]:
    """The arcs of `swept` (ranks, descending) as rows of slots, those that are closed left out; sets `slot` of each."""
    size = 0
    for k in range(len(swept)):
        slot[swept[k]] = k
        size += offset[swept[k] + 1] - offset[swept[k]]
    row = np.zeros(len(swept) + 1, np.int64)
    from_slot = np.empty(size, np.int32)
    ms = np.empty(size, np.uint32)
    size = 0
    for k in range(len(swept)):
        x = swept[k]
        for e in range(offset[x], offset[x + 1]):
            if arc_ms[e] < NEVER:
                from_slot[size] = slot[top[e]]
                ms[size] = arc_ms[e]
                size += 1
        row[k + 1] = size
    return row, from_slot[:size], ms[:size]


@njit(cache=True, nogil=True)
def sweep(
    first: int,
    last: int,
    levels: int,
    parent: NDArray[np.int32],
    up_offset: NDArray[np.int64],
    up_top: NDArray[np.int32],
    up_ms: NDArray[np.uint32],
    seed_offset: NDArray[np.int64],
    seed_rank: NDArray[np.int32],
    seed_ms: NDArray[np.int32],
    swept: NDArray[np.int32],
    row: NDArray[np.int64],
    from_slot: NDArray[np.int32],
    ms: NDArray[np.uint32],
    goal_offset: NDArray[np.int64],
    goal_slot: NDArray[np.int32],
    goal_ms: NDArray[np.int64],
    out_row: NDArray[np.int64],
    out: NDArray[np.uint32],
) -> None:
    """Rows first..last of the origins, a batch of LANES at a time, into out[out_row]; NEVER where there is no way.

    An entry is the least of seed_ms + way + goal_ms; goal_ms may be negative. Wrong where a destination lies behind on
    the origin's own link: those are found anew by `routing.climb`. Backwards (destinations as seeds, the other arcs) it
    is the same.
    """
    n = len(parent)
    place = np.full(n, -1, np.int32)
    seeds = 1
    for o in range(first, last, LANES):
        seeds = max(seeds, seed_offset[min(o + LANES, last)] - seed_offset[o])
    climbed = np.empty(min(n, seeds * levels), np.int32)
    label = np.empty(len(climbed) * LANES, np.uint32)
    down = np.empty(len(swept) * LANES, np.uint32)
    for o in range(first, last, LANES):
        end = min(o + LANES, last)
        size = 0
        for k in range(seed_offset[o], seed_offset[end]):
            x = seed_rank[k]
            while x >= 0 and place[x] < 0:
                place[x] = 0
                climbed[size] = x
                size += 1
                x = parent[x]
        climbed[:size].sort()
        label[: size * LANES] = NEVER
        for k in range(size):
            place[climbed[k]] = k
        for lane in range(end - o):
            for k in range(seed_offset[o + lane], seed_offset[o + lane + 1]):
                at = place[seed_rank[k]] * LANES + lane
                label[at] = min(label[at], np.uint32(seed_ms[k]))
        for k in range(size):
            x = climbed[k]
            here = label[k * LANES : (k + 1) * LANES]
            for e in range(up_offset[x], up_offset[x + 1]):
                arc = up_ms[e]
                if arc < NEVER:
                    p = place[up_top[e]]
                    there = label[p * LANES : (p + 1) * LANES]
                    for lane in range(LANES):
                        there[lane] = min(there[lane], np.uint32(here[lane] + arc))
        for k in range(len(swept)):
            here = down[k * LANES : (k + 1) * LANES]
            p = place[swept[k]]
            if p >= 0:
                here[:] = label[p * LANES : (p + 1) * LANES]
            else:
                here[:] = NEVER
            for i in range(row[k], row[k + 1]):
                arc = ms[i]
                p = from_slot[i]
                there = down[p * LANES : (p + 1) * LANES]
                for lane in range(LANES):
                    here[lane] = min(here[lane], np.uint32(there[lane] + arc))
        for g in range(len(goal_offset) - 1):
            for lane in range(end - o):
                best = np.int64(NEVER)
                for i in range(goal_offset[g], goal_offset[g + 1]):
                    reached = down[goal_slot[i] * LANES + lane]
                    if reached < NEVER:
                        best = min(best, np.int64(reached) + goal_ms[i])
                out[out_row[o + lane], g] = np.uint32(best)
        for k in range(size):
            place[climbed[k]] = -1


@njit(cache=True, nogil=True)
def reach(
    seed_rank: NDArray[np.int32],
    seed_ms: NDArray[np.int32],
    up_offset: NDArray[np.int64],
    up_top: NDArray[np.int32],
    up_ms: NDArray[np.uint32],
    down_offset: NDArray[np.int64],
    down_top: NDArray[np.int32],
    down_ms: NDArray[np.uint32],
    parent: NDArray[np.int32],
    label: NDArray[np.uint32],
) -> None:
    """label[V], all NEVER before: the least time from any seed to each rank (PHAST: Delling et al., IPDPS 2011)."""
    for k in range(len(seed_rank)):
        label[seed_rank[k]] = min(label[seed_rank[k]], np.uint32(seed_ms[k]))
    for x in ancestors(seed_rank, parent):
        for e in range(up_offset[x], up_offset[x + 1]):
            label[up_top[e]] = min(label[up_top[e]], np.uint32(label[x] + up_ms[e]))
    for x in range(len(parent) - 1, -1, -1):
        best = label[x]
        for e in range(down_offset[x], down_offset[x + 1]):
            best = min(best, np.uint32(label[down_top[e]] + down_ms[e]))
        label[x] = best
