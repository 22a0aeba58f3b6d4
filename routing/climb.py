"""One way at a time: the elimination-tree search, which climbs from both ends to the root and needs no queue.

Dibbelt, Strasser and Wagner (2016), section 6. All arcs of a rank lead to its ancestors, and a rank has one ancestor at
each depth, so labels are kept by depth: a few hundred numbers that stay in the first cache. A place has one or two
links, and each is climbed from by itself; two climbs meet where they share their ancestors.

Seeds: an origin's seed (rank, ms) says how long the rest of that link takes; a destination's (rank, ms) how long the
rest of that link would take from there on, which is subtracted from the time at the link's end. `left` is the same
as a share of the link: where both are of one link and the origin has less of it left than the destination, the
destination lies behind, and the link must be left at its end first.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.customise import LONGEST_MS, NEVER, NO_WAY_MS
from routing.positions import SHARE_ONE, part
from routing.roads import NO_LINK

NO_ARC = -1
_NEVER = int(NEVER)
_TOO_LONG = LONGEST_MS + 1


@njit(cache=True, nogil=True)
def climb(
    rank: int,
    start_ms: int,
    parent: NDArray[np.int32],
    depth: NDArray[np.int32],
    offset: NDArray[np.int64],
    top_depth: NDArray[np.int32],
    arc_ms: NDArray[np.uint32],
    label: NDArray[np.uint32],
    path: NDArray[np.int32],
) -> None:
    """Fills `label` and `path` from depth 0 to that of `rank`: the least time to (or from) each ancestor, and its
    rank."""
    here = depth[rank]
    label[:here] = NEVER
    label[here] = np.uint32(start_ms)
    _rise(rank, parent, depth, offset, top_depth, arc_ms, label, path)


@njit(cache=True, nogil=True)
def _rise(
    low: int,
    parent: NDArray[np.int32],
    depth: NDArray[np.int32],
    offset: NDArray[np.int64],
    top_depth: NDArray[np.int32],
    arc_ms: NDArray[np.uint32],
    label: NDArray[np.uint32],
    path: NDArray[np.int32],
) -> None:
    """From a rank to the root, with the labels that stand on the way already."""
    x, here = low, depth[low]
    while x >= 0:
        path[here] = x
        so_far = label[here]
        if so_far < NEVER:
            for e in range(offset[x], offset[x + 1]):
                above = top_depth[e]
                ms = np.uint32(so_far + arc_ms[e])
                if ms < label[above]:
                    label[above] = ms
        x = parent[x]
        here -= 1


@njit(cache=True, nogil=True)
def meet(
    label: NDArray[np.uint32],
    path: NDArray[np.int32],
    high: int,
    to_label: NDArray[np.uint32],
    to_path: NDArray[np.int32],
    to_high: int,
) -> tuple[int, int]:
    """The least sum over common ancestors and the depth of the first that has it."""
    best, best_depth = _NEVER, -1
    for d in range(min(high, to_high) + 1):
        if path[d] != to_path[d]:
            break
        ms = int(label[d]) + int(to_label[d])
        if ms < best:
            best, best_depth = ms, d
    return best, best_depth


@njit(cache=True, nogil=True)
def pair(
    seed_rank: NDArray[np.int32],
    seed_ms: NDArray[np.int32],
    seed_left: NDArray[np.int64],
    goal_rank: NDArray[np.int32],
    goal_ms: NDArray[np.int32],
    goal_left: NDArray[np.int64],
    parent: NDArray[np.int32],
    depth: NDArray[np.int32],
    up_offset: NDArray[np.int64],
    up_top_depth: NDArray[np.int32],
    up_ms: NDArray[np.uint32],
    down_offset: NDArray[np.int64],
    down_top_depth: NDArray[np.int32],
    down_ms: NDArray[np.uint32],
    order: NDArray[np.int32],
    rank: NDArray[np.int32],
    onward_offset: NDArray[np.int64],
    onward: NDArray[np.int32],
    turn_ms: NDArray[np.uint32],
    label: NDArray[np.uint32],
    path: NDArray[np.int32],
    to_label: NDArray[np.uint32],
    to_path: NDArray[np.int32],
) -> tuple[int, int, int, int, int, bool]:
    """The least time from any seed to any goal: (ms, seed row, goal row, rank climbed from, depth of the meeting,
    whether round).

    The rank climbed from is the seed's, or, where the way leads round to a goal behind on the seed's own link, that of
    the link entered next. `to_label`, `to_path` are [goals, levels]; `label`, `path` [levels]: room to work in.
    """
    best, best_seed, best_goal, best_from, best_depth = _TOO_LONG, -1, -1, -1, -1
    is_round = False
    for g in range(len(goal_rank)):
        climb(goal_rank[g], 0, parent, depth, down_offset, down_top_depth, down_ms, to_label[g], to_path[g])
    for s in range(len(seed_rank)):
        climb(seed_rank[s], seed_ms[s], parent, depth, up_offset, up_top_depth, up_ms, label, path)
        for g in range(len(goal_rank)):
            if goal_rank[g] == seed_rank[s] and seed_left[s] < goal_left[g]:
                continue
            ms, d = meet(label, path, depth[seed_rank[s]], to_label[g], to_path[g], depth[goal_rank[g]])
            if ms - int(goal_ms[g]) < best:
                best, best_seed, best_goal, best_from, best_depth = ms - int(goal_ms[g]), s, g, seed_rank[s], d
    for s in range(len(seed_rank)):
        for g in range(len(goal_rank)):
            if goal_rank[g] != seed_rank[s] or seed_left[s] >= goal_left[g]:
                continue
            node = order[seed_rank[s]]
            for t in range(onward_offset[node], onward_offset[node + 1]):
                if turn_ms[t] >= NEVER:
                    continue
                next_rank = rank[onward[t]]
                start_ms = int(seed_ms[s]) + int(turn_ms[t])
                climb(next_rank, start_ms, parent, depth, up_offset, up_top_depth, up_ms, label, path)
                ms, d = meet(label, path, depth[next_rank], to_label[g], to_path[g], depth[goal_rank[g]])
                if ms - int(goal_ms[g]) < best:
                    best, best_seed, best_goal, best_from, best_depth = ms - int(goal_ms[g]), s, g, next_rank, d
                    is_round = True
    return best, best_seed, best_goal, best_from, best_depth, is_round


@njit(cache=True, nogil=True)
def _one_above_other(rank: NDArray[np.int32], parent: NDArray[np.int32], depth: NDArray[np.int32]) -> bool:
    """Whether all ranks (one, or two) lie on one way to the root, so that one climb serves them all."""
    if len(rank) != 2:
        return len(rank) == 1
    low, high = min(rank[0], rank[1]), max(rank[0], rank[1])
    while depth[low] > depth[high]:
        low = parent[low]
    return bool(low == high)


@njit(cache=True, nogil=True)
def _shared_link(seed_rank: NDArray[np.int32], goal_rank: NDArray[np.int32]) -> bool:
    for a in seed_rank:
        for b in goal_rank:
            if a == b:
                return True
    return False


@njit(cache=True, nogil=True)
def _climb_all(
    rank: NDArray[np.int32],
    ms: NDArray[np.int32],
    lift: int,
    sign: int,
    parent: NDArray[np.int32],
    depth: NDArray[np.int32],
    offset: NDArray[np.int64],
    top_depth: NDArray[np.int32],
    arc_ms: NDArray[np.uint32],
    label: NDArray[np.uint32],
    path: NDArray[np.int32],
) -> int:
    """As `climb`, from ranks that lie on one way to the root, each with lift + sign * ms. Returns the lowest rank."""
    low = rank.min()
    label[: depth[low] + 1] = NEVER
    for k in range(len(rank)):
        at = depth[rank[k]]
        label[at] = min(label[at], np.uint32(lift + sign * ms[k]))
    _rise(low, parent, depth, offset, top_depth, arc_ms, label, path)
    return int(low)


@njit(cache=True, nogil=True)
def _seeds(
    k: int,
    link: NDArray[np.int32],
    reverse: NDArray[np.int32],
    share: NDArray[np.int64],
    link_ms: NDArray[np.int32],
    rank: NDArray[np.int32],
    copy_offset: NDArray[np.int64],
    copies: NDArray[np.int32],
    with_copies: bool,
    out_rank: NDArray[np.int32],
    out_ms: NDArray[np.int32],
    out_left: NDArray[np.int64],
) -> int:
    """The seeds of place k; how many there are. As `routing.search.Search.origins` and `destinations` have them."""
    size = 0
    for direction in range(2):
        a = link[k] if direction == 0 else reverse[k]
        if a == NO_LINK:
            continue
        driven = share[k] if direction == 0 else SHARE_ONE - share[k]
        ms = link_ms[a] - part(link_ms[a], driven)
        last = copy_offset[a + 1] if with_copies else copy_offset[a]
        for c in range(copy_offset[a] - 1, last):
            out_rank[size] = rank[a if c < copy_offset[a] else copies[c]]
            out_ms[size] = ms
            out_left[size] = SHARE_ONE - driven
            size += 1
    return size


@njit(cache=True, nogil=True)
def pairs(
    levels: int,
    most_copies: int,
    link: NDArray[np.int32],
    reverse: NDArray[np.int32],
    share: NDArray[np.int64],
    to_link: NDArray[np.int32],
    to_reverse: NDArray[np.int32],
    to_share: NDArray[np.int64],
    origin: NDArray[np.int64],
    destination: NDArray[np.int64],
    link_ms: NDArray[np.int32],
    copy_offset: NDArray[np.int64],
    copies: NDArray[np.int32],
    out: NDArray[np.uint32],
    parent: NDArray[np.int32],
    depth: NDArray[np.int32],
    up_offset: NDArray[np.int64],
    up_top_depth: NDArray[np.int32],
    up_ms: NDArray[np.uint32],
    down_offset: NDArray[np.int64],
    down_top_depth: NDArray[np.int32],
    down_ms: NDArray[np.uint32],
    order: NDArray[np.int32],
    rank: NDArray[np.int32],
    onward_offset: NDArray[np.int64],
    onward: NDArray[np.int32],
    turn_ms: NDArray[np.uint32],
) -> None:
    """out[k]: milliseconds from place origin[k] to place destination[k], NO_WAY_MS for no way."""
    most = 2 * (1 + most_copies)
    label, path = np.empty(levels, np.uint32), np.empty(levels, np.int32)
    to_label, to_path = np.empty((most, levels), np.uint32), np.empty((most, levels), np.int32)
    seed_rank, seed_ms, seed_left = np.empty(2, np.int32), np.empty(2, np.int32), np.empty(2, np.int64)
    goal_rank, goal_ms, goal_left = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int64)
    for k in range(len(out)):
        seeds = _seeds(
            origin[k], link, reverse, share, link_ms, rank, copy_offset, copies, False, seed_rank, seed_ms, seed_left
        )
        goals = _seeds(
            destination[k], to_link, to_reverse, to_share, link_ms, rank, copy_offset, copies, True, goal_rank,
            goal_ms, goal_left,
        )  # fmt: skip
        if (
            not _shared_link(seed_rank[:seeds], goal_rank[:goals])
            and _one_above_other(seed_rank[:seeds], parent, depth)
            and _one_above_other(goal_rank[:goals], parent, depth)
        ):
            lift = int(goal_ms[:goals].max())
            low = _climb_all(
                seed_rank[:seeds], seed_ms[:seeds], 0, 1, parent, depth, up_offset, up_top_depth, up_ms, label, path
            )
            to_low = _climb_all(
                goal_rank[:goals], goal_ms[:goals], lift, -1, parent, depth, down_offset, down_top_depth, down_ms,
                to_label[0], to_path[0],
            )  # fmt: skip
            ms, _ = meet(label, path, depth[low], to_label[0], to_path[0], depth[to_low])
            out[k] = ms - lift if ms - lift <= LONGEST_MS else NO_WAY_MS
            continue
        found = pair(
            seed_rank[:seeds], seed_ms[:seeds], seed_left[:seeds], goal_rank[:goals], goal_ms[:goals],
            goal_left[:goals], parent, depth, up_offset, up_top_depth, up_ms, down_offset, down_top_depth, down_ms,
            order, rank, onward_offset, onward, turn_ms, label, path, to_label, to_path,
        )  # fmt: skip
        out[k] = found[0] if found[1] >= 0 else NO_WAY_MS


@njit(cache=True, nogil=True)
def one_way(
    levels: int,
    seed_rank: NDArray[np.int32],
    seed_ms: NDArray[np.int32],
    seed_left: NDArray[np.int64],
    goal_rank: NDArray[np.int32],
    goal_ms: NDArray[np.int32],
    goal_left: NDArray[np.int64],
    up_low: NDArray[np.int32],
    down_low: NDArray[np.int32],
    parent: NDArray[np.int32],
    depth: NDArray[np.int32],
    up_offset: NDArray[np.int64],
    up_top_depth: NDArray[np.int32],
    up_ms: NDArray[np.uint32],
    down_offset: NDArray[np.int64],
    down_top_depth: NDArray[np.int32],
    down_ms: NDArray[np.uint32],
    order: NDArray[np.int32],
    rank: NDArray[np.int32],
    onward_offset: NDArray[np.int64],
    onward: NDArray[np.int32],
    turn_ms: NDArray[np.uint32],
) -> tuple[int, int, int, bool, NDArray[np.int32], NDArray[np.bool_]]:
    """A shortest way from any seed to any goal: (seed row, goal row, rank climbed from, whether round, its arcs in
    order, whether each is one of `up`); a seed row of -1 where there is no way."""
    label, path = np.empty(levels, np.uint32), np.empty(levels, np.int32)
    to_label, to_path = np.empty((len(goal_rank), levels), np.uint32), np.empty((len(goal_rank), levels), np.int32)
    _, seed, goal, begin, top, is_round = pair(
        seed_rank, seed_ms, seed_left, goal_rank, goal_ms, goal_left, parent, depth, up_offset, up_top_depth, up_ms,
        down_offset, down_top_depth, down_ms, order, rank, onward_offset, onward, turn_ms,
        label, path, to_label, to_path,
    )  # fmt: skip
    if seed < 0:
        return seed, goal, begin, is_round, np.empty(0, np.int32), np.empty(0, np.bool_)
    via, to_via = np.empty(levels, np.int32), np.empty(levels, np.int32)
    _climb_by(begin, parent, depth, up_offset, up_top_depth, up_ms, label, via)
    _climb_by(goal_rank[goal], parent, depth, down_offset, down_top_depth, down_ms, to_label[goal], to_via)
    arcs, climbs = np.empty(2 * levels, np.int32), np.zeros(2 * levels, np.bool_)
    size = 0
    at = top
    while via[at] != NO_ARC:
        arcs[size] = via[at]
        climbs[size] = True
        size += 1
        at = depth[up_low[via[at]]]
    arcs[:size] = arcs[:size][::-1].copy()
    at = top
    while to_via[at] != NO_ARC:
        arcs[size] = to_via[at]
        size += 1
        at = depth[down_low[to_via[at]]]
    return seed, goal, begin, is_round, arcs[:size], climbs[:size]


@njit(cache=True, nogil=True)
def _climb_by(
    rank: int,
    parent: NDArray[np.int32],
    depth: NDArray[np.int32],
    offset: NDArray[np.int64],
    top_depth: NDArray[np.int32],
    arc_ms: NDArray[np.uint32],
    label: NDArray[np.uint32],
    via: NDArray[np.int32],
) -> None:
    """As `climb` from 0, with the arc by which each ancestor is reached, NO_ARC at the start."""
    here = depth[rank]
    label[:here] = NEVER
    label[here] = 0
    via[: here + 1] = NO_ARC
    x = rank
    while x >= 0:
        so_far = label[here]
        if so_far < NEVER:
            for e in range(offset[x], offset[x + 1]):
                above = top_depth[e]
                ms = np.uint32(so_far + arc_ms[e])
                if ms < label[above]:
                    label[above] = ms
                    via[above] = e
        x = parent[x]
        here -= 1
