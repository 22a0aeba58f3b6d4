"""An order of the links for contraction: nested dissection of the street graph by small cuts.

Separators of the graph of turns are cuts through streets: if every link between two sets of junctions is taken out, no
turn leads from a link of one set to one of the other (Buchhold, Wagner, Zeitz and Zündorf, "Customizable Contraction
Hierarchies with Turn Costs", ATMOS 2020). Cuts come from inertial flow (Schild and Sommer, "On Balanced Separators in
Road Networks", SEA 2015): junctions are sorted along a direction, the first and the last quarter become source and
sink, and a maximum flow (Dinic 1970) over streets that hold as much as they have links finds the least cut between.

Measured against the inertial order of RoutingKit on the same graph of turns (Milan): a tenth fewer arcs and a quarter
fewer triangles after completion; a search space a fifth smaller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.arrays import offsets, read_only
from routing.roads import NO_LINK, Roads
from routing.turns import Turns

DIRECTIONS = read_only([(1, 0), (2, 1), (1, 1), (1, 2), (0, 1), (-1, 2), (-1, 1), (-2, 1)], np.int64)
"""East and north parts of the eight directions along which junctions are sorted."""

ENDS_SHARE = 4
"""One part in four of a cell's junctions at either end are source and sink. Two in five gave 20 % more triangles, and
trying more than one share changed nothing but the time."""

_FAR = 1 << 40


@dataclass(frozen=True, slots=True, eq=False)
class _Streets:
    """The junctions and, both ways, the streets between them (loops left out), by the junction that they leave.

    twin   int64[A]     the same street seen from its other end
    room   int32[A]     links that a street has, 1 or 2: what a cut through it costs
    link   int32[A, 2]  these links, NO_LINK for none
    """

    offset: NDArray[np.int64]
    other: NDArray[np.int32]
    twin: NDArray[np.int64]
    room: NDArray[np.int32]
    link: NDArray[np.int32]


def nested_dissection(roads: Roads, turns: Turns) -> NDArray[np.int32]:
    """int32[V]: the nodes of the graph of turns in the order of contraction.

    The links of each cell of the dissection, at every level, are neighbours in the order, those that cut it last.
    Copies of a link stand just before it. The order rests on integers alone, so that it is the same on each machine.
    """
    streets = _streets(roads)
    narrowing = math.cos(math.radians(float(np.mean(roads.node_lat_e7)) * 1e-7)) if roads.node_count else 1.0
    east = np.rint(roads.node_lon_e7 * narrowing).astype(np.int64)
    order = np.full(roads.link_count, NO_LINK, np.int32)
    first = _dissect(
        east, roads.node_lat_e7.astype(np.int64), streets.offset, streets.other, streets.twin, streets.room,
        streets.link, order,
    )  # fmt: skip
    order[:first] = np.flatnonzero(roads.link_tail == roads.link_head)
    return _with_copies(order, turns)


def _with_copies(order: NDArray[np.int32], turns: Turns) -> NDArray[np.int32]:
    if turns.node_count == len(order):
        return order
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    copied = turns.node_link[len(order) :]
    return np.insert(order, place[copied], np.arange(len(order), turns.node_count, dtype=np.int32))


def _streets(roads: Roads) -> _Streets:
    links = np.arange(roads.link_count)
    once = (roads.link_reverse == NO_LINK) | (links < roads.link_reverse)
    first = links[once & (roads.link_tail != roads.link_head)]
    pair = np.column_stack([first, roads.link_reverse[first]]).astype(np.int32)
    here = np.concatenate([roads.link_tail[first], roads.link_head[first]]).astype(np.int64)
    there = np.concatenate([roads.link_head[first], roads.link_tail[first]])
    by_end = np.lexsort((there, here))
    place = np.empty(len(by_end), np.int64)
    place[by_end] = np.arange(len(by_end))
    street = np.concatenate([np.arange(len(first)), np.arange(len(first))])[by_end]
    twin = np.concatenate([place[len(first) :], place[: len(first)]])[by_end]
    return _Streets(
        offset=offsets(here, roads.node_count),
        other=read_only(there[by_end], np.int32),
        twin=read_only(twin, np.int64),
        room=read_only(1 + (pair[street, 1] != NO_LINK), np.int32),
        link=read_only(pair[street], np.int32),
    )


@njit(cache=True, nogil=True)
def _dissect(
    east: NDArray[np.int64],
    north: NDArray[np.int64],
    offset: NDArray[np.int64],
    other: NDArray[np.int32],
    twin: NDArray[np.int64],
    room: NDArray[np.int32],
    link: NDArray[np.int32],
    order: NDArray[np.int32],
) -> int:
    """Fills `order` from its end; returns how many places at its beginning are left (as many as there are loops)."""
    n = len(east)
    junctions = np.arange(n).astype(np.int32)
    cell = np.zeros(n, np.int32)
    flow = np.zeros(len(other), np.int32)
    level = np.zeros(n, np.int32)
    turn_at = np.zeros(n, np.int64)
    queue = np.empty(n + 1, np.int32)
    end = np.zeros(n, np.int8)
    inside = np.zeros(n, np.bool_)
    kept = np.empty(n, np.int32)
    left = len(order)
    cells = 1
    waiting = [(0, n, 0)]
    while len(waiting) > 0:
        lo, hi, me = waiting.pop()
        if hi - lo < 2:
            continue
        members = junctions[lo:hi]
        _cut(members, east, north, me, cell, offset, other, twin, room, flow, level, turn_at, queue, end, inside)
        for here in members:
            if not inside[here]:
                continue
            for a in range(offset[here], offset[here + 1]):
                if cell[other[a]] == me and not inside[other[a]]:
                    for side in range(1, -1, -1):
                        if link[a, side] != NO_LINK:
                            left -= 1
                            order[left] = link[a, side]
        split = lo
        outside = 0
        for k in range(lo, hi):
            here = junctions[k]
            if inside[here]:
                junctions[split] = here
                split += 1
            else:
                kept[outside] = here
                outside += 1
        junctions[split:hi] = kept[:outside]
        cell[junctions[lo:split]] = cells
        cell[junctions[split:hi]] = cells + 1
        waiting.append((lo, split, cells))
        waiting.append((split, hi, cells + 1))
        cells += 2
    return left


@njit(cache=True, nogil=True)
def _cut(
    members: NDArray[np.int32],
    east: NDArray[np.int64],
    north: NDArray[np.int64],
    me: int,
    cell: NDArray[np.int32],
    offset: NDArray[np.int64],
    other: NDArray[np.int32],
    twin: NDArray[np.int64],
    room: NDArray[np.int32],
    flow: NDArray[np.int32],
    level: NDArray[np.int32],
    turn_at: NDArray[np.int64],
    queue: NDArray[np.int32],
    end: NDArray[np.int8],
    inside: NDArray[np.bool_],
) -> None:
    """Marks in `inside` the one side of the cut with the fewest links for each junction of its smaller side."""
    m = len(members)
    best_cut, best_small = _FAR, 1
    fixed = max(1, m // ENDS_SHARE)
    for d in range(len(DIRECTIONS)):
        sorted_along = np.argsort(
            east[members] * DIRECTIONS[d, 0] + north[members] * DIRECTIONS[d, 1], kind="mergesort"
        )
        end[members] = 0
        end[members[sorted_along[:fixed]]] = 1
        end[members[sorted_along[m - fixed :]]] = -1
        # No cut at or above this can win, as no side can be larger than half of the cell.
        limit = _FAR if best_cut == _FAR else best_cut * (m // 2) // best_small + 1
        cut = _flow(members, me, cell, offset, other, twin, room, flow, level, turn_at, queue, end, limit)
        if cut >= limit:
            continue
        near = 0
        for here in members:
            near += level[here] >= 0
        far = _reach_back(members, me, cell, offset, other, twin, room, flow, turn_at, queue, end)
        by_far = min(far, m - far) > min(near, m - near)
        small = min(far, m - far) if by_far else min(near, m - near)
        if cut * best_small < best_cut * small or (cut * best_small == best_cut * small and cut < best_cut):
            best_cut, best_small = cut, small
            for here in members:
                inside[here] = turn_at[here] == 0 if by_far else level[here] >= 0


@njit(cache=True, nogil=True)
def _flow(
    members: NDArray[np.int32],
    me: int,
    cell: NDArray[np.int32],
    offset: NDArray[np.int64],
    other: NDArray[np.int32],
    twin: NDArray[np.int64],
    room: NDArray[np.int32],
    flow: NDArray[np.int32],
    level: NDArray[np.int32],
    turn_at: NDArray[np.int64],
    queue: NDArray[np.int32],
    end: NDArray[np.int8],
    limit: int,
) -> int:
    """The maximum flow between the ends, or `limit` where it is at least that. `level` >= 0 marks the near side."""
    for here in members:
        flow[offset[here] : offset[here + 1]] = 0
    total = 0
    while True:
        if not _levels(members, me, cell, offset, other, room, flow, level, turn_at, queue, end):
            return total
        for start in members:
            if end[start] != 1:
                continue
            while True:
                depth = 0
                queue[0] = start
                while depth >= 0 and end[queue[depth]] != -1:
                    here = queue[depth]
                    onward = -1
                    while turn_at[here] < offset[here + 1]:
                        a = turn_at[here]
                        there = other[a]
                        if cell[there] == me and level[there] == level[here] + 1 and flow[a] < room[a]:
                            onward = there
                            break
                        turn_at[here] += 1
                    if onward >= 0:
                        depth += 1
                        queue[depth] = onward
                        continue
                    level[here] = -2
                    depth -= 1
                    if depth >= 0:
                        turn_at[queue[depth]] += 1
                if depth < 0:
                    break
                for step in range(depth):
                    a = turn_at[queue[step]]
                    flow[a] += 1
                    flow[twin[a]] -= 1
                total += 1
                if total >= limit:
                    return limit


@njit(cache=True, nogil=True)
def _levels(
    members: NDArray[np.int32],
    me: int,
    cell: NDArray[np.int32],
    offset: NDArray[np.int64],
    other: NDArray[np.int32],
    room: NDArray[np.int32],
    flow: NDArray[np.int32],
    level: NDArray[np.int32],
    turn_at: NDArray[np.int64],
    queue: NDArray[np.int32],
    end: NDArray[np.int8],
) -> bool:
    """Steps from the near end over streets with room left; whether the far end is reached."""
    size = 0
    for here in members:
        turn_at[here] = offset[here]
        level[here] = -1
        if end[here] == 1:
            level[here] = 0
            queue[size] = here
            size += 1
    reached = False
    taken = 0
    while taken < size:
        here = queue[taken]
        taken += 1
        if end[here] == -1:
            reached = True
            continue
        for a in range(offset[here], offset[here + 1]):
            there = other[a]
            if cell[there] == me and level[there] < 0 and flow[a] < room[a]:
                level[there] = level[here] + 1
                queue[size] = there
                size += 1
    return reached


@njit(cache=True, nogil=True)
def _reach_back(
    members: NDArray[np.int32],
    me: int,
    cell: NDArray[np.int32],
    offset: NDArray[np.int64],
    other: NDArray[np.int32],
    twin: NDArray[np.int64],
    room: NDArray[np.int32],
    flow: NDArray[np.int32],
    seen: NDArray[np.int64],
    queue: NDArray[np.int32],
    end: NDArray[np.int8],
) -> int:
    """How many junctions could still send flow to the far end; `seen` is 1 for these and 0 for the others."""
    size = 0
    for here in members:
        seen[here] = 0
        if end[here] == -1:
            seen[here] = 1
            queue[size] = here
            size += 1
    taken = 0
    while taken < size:
        here = queue[taken]
        taken += 1
        for a in range(offset[here], offset[here + 1]):
            there = other[a]
            if cell[there] == me and seen[there] == 0 and flow[twin[a]] < room[twin[a]]:
                seen[there] = 1
                queue[size] = there
                size += 1
    return size
