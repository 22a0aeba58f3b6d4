"""Many ways at once: tables by restricted sweeps from the top of the hierarchy down, dozens of origins side by side.

After RPHAST (Delling, Goldberg and Werneck, "Faster Batched Shortest Paths in Road Networks", ATMOS 2011): the ranks
above any destination are gathered once; then for each batch of origins the labels climb from the origins and sweep down
over the gathered ranks. The labels of a batch stand side by side, so that one pass over the arcs serves all of them in
vector registers. Origins are taken in the order of their ranks: neighbours in the dissection share their ancestors.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.customise import LONGEST_MS, NEVER, NO_WAY_MS

LANES = (16, 32, 64)
"""Numbers of origins side by side: wider is less work for each, as long as the labels stay in the second cache."""

CACHE_BYTES = 1 << 21


def lanes_for(origins: int, swept: int) -> int:
    """How many origins to take side by side where `swept` ranks are swept."""
    for lanes in LANES:
        if origins <= lanes:
            return lanes
    return LANES[-1] if swept * LANES[-1] * 4 <= CACHE_BYTES else LANES[-2]


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
    lanes: int,
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
    """Rows first..last of the origins, a batch of `lanes` at a time, into out[out_row]; NO_WAY_MS for no way.

    An entry is the least of seed_ms + way + goal_ms; goal_ms may be negative. Wrong where a destination lies behind on
    the origin's own link: those are found anew by `routing.climb`. Backwards (destinations as seeds, the other arcs) it
    is the same.

    The number of lanes is an argument although it is one of few: loops of a fixed small length are unrolled before
    they could be turned into vector instructions, which made this three times slower.
    """
    place = np.full(len(parent), -1, np.int32)
    seeds = 1
    for o in range(first, last, lanes):
        seeds = max(seeds, seed_offset[min(o + lanes, last)] - seed_offset[o])
    climbed = np.empty(min(len(parent), seeds * levels), np.int32)
    label = np.empty(len(climbed) * lanes, np.uint32)
    down = np.empty(len(swept) * lanes, np.uint32)
    best = np.empty(lanes, np.uint32)
    for o in range(first, last, lanes):
        end = min(o + lanes, last)
        size = 0
        for k in range(seed_offset[o], seed_offset[end]):
            x = seed_rank[k]
            while x >= 0 and place[x] < 0:
                place[x] = 0
                climbed[size] = x
                size += 1
                x = parent[x]
        climbed[:size].sort()
        label[: size * lanes] = NEVER
        for k in range(size):
            place[climbed[k]] = k
        for lane in range(end - o):
            for k in range(seed_offset[o + lane], seed_offset[o + lane + 1]):
                at = place[seed_rank[k]] * lanes + lane
                label[at] = min(label[at], np.uint32(seed_ms[k]))
        _climb(climbed[:size], place, up_offset, up_top, up_ms, lanes, label)
        _descend(swept, place, row, from_slot, ms, lanes, label, down)
        _arrive(o, end, goal_offset, goal_slot, goal_ms, lanes, down, best, out_row, out)
        for k in range(size):
            place[climbed[k]] = -1


@njit(cache=True, nogil=True)
def _climb(
    climbed: NDArray[np.int32],
    place: NDArray[np.int32],
    offset: NDArray[np.int64],
    top: NDArray[np.int32],
    arc_ms: NDArray[np.uint32],
    lanes: int,
    label: NDArray[np.uint32],
) -> None:
    for k in range(len(climbed)):
        here = label[k * lanes : (k + 1) * lanes]
        for e in range(offset[climbed[k]], offset[climbed[k] + 1]):
            ms = arc_ms[e]
            if ms < NEVER:
                p = place[top[e]]
                above = label[p * lanes : (p + 1) * lanes]
                for lane in range(lanes):
                    above[lane] = min(above[lane], np.uint32(here[lane] + ms))


@njit(cache=True, nogil=True)
def _descend(
    swept: NDArray[np.int32],
    place: NDArray[np.int32],
    row: NDArray[np.int64],
    from_slot: NDArray[np.int32],
    arc_ms: NDArray[np.uint32],
    lanes: int,
    label: NDArray[np.uint32],
    down: NDArray[np.uint32],
) -> None:
    """Two arcs at a time, so that the labels of a rank are read and written half as often."""
    for k in range(len(swept)):
        here = down[k * lanes : (k + 1) * lanes]
        p = place[swept[k]]
        if p >= 0:
            climbed = label[p * lanes : (p + 1) * lanes]
            for lane in range(lanes):
                here[lane] = climbed[lane]
        else:
            for lane in range(lanes):
                here[lane] = NEVER
        i, stop = row[k], row[k + 1]
        while i + 1 < stop:
            p, q = from_slot[i], from_slot[i + 1]
            p_ms, q_ms = arc_ms[i], arc_ms[i + 1]
            one, two = down[p * lanes : (p + 1) * lanes], down[q * lanes : (q + 1) * lanes]
            for lane in range(lanes):
                through = min(np.uint32(one[lane] + p_ms), np.uint32(two[lane] + q_ms))
                here[lane] = min(here[lane], through)
            i += 2
        if i < stop:
            p, p_ms = from_slot[i], arc_ms[i]
            one = down[p * lanes : (p + 1) * lanes]
            for lane in range(lanes):
                here[lane] = min(here[lane], np.uint32(one[lane] + p_ms))


@njit(cache=True, nogil=True)
def _arrive(
    first: int,
    last: int,
    goal_offset: NDArray[np.int64],
    goal_slot: NDArray[np.int32],
    goal_ms: NDArray[np.int64],
    lanes: int,
    down: NDArray[np.uint32],
    best: NDArray[np.uint32],
    out_row: NDArray[np.int64],
    out: NDArray[np.uint32],
) -> None:
    """Read the entries of the batch; of a negative goal_ms the sum wraps round to what is meant."""
    for g in range(len(goal_offset) - 1):
        best[:] = NEVER
        for i in range(goal_offset[g], goal_offset[g + 1]):
            p, ms = goal_slot[i], np.uint32(goal_ms[i])
            reached = down[p * lanes : (p + 1) * lanes]
            for lane in range(lanes):
                arrival = np.uint32(reached[lane] + ms) if reached[lane] < NEVER else NEVER
                best[lane] = min(best[lane], arrival)
        for lane in range(last - first):
            out[out_row[first + lane], g] = best[lane] if best[lane] <= LONGEST_MS else NO_WAY_MS


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
