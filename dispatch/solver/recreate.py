"""Putting jobs back into a draft, each where it costs least, with a little chance to overlook a place.

Also the two moves that insertion alone cannot make: another shop for a stop, and another shop for the stop before.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.solver.append import AppendTable
from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.draft import Draft
from dispatch.solver.lots import draw
from dispatch.solver.progress import Progress, follow_up, weigh
from dispatch.solver.sequences import count_in, less, room
from dispatch.solver.undo import Undo, write_down

_BLINK = 127
"""One place in so many is overlooked (a power of two less one)."""


@njit(cache=True, nogil=True)
def put_back(
    c: Columns, draft: Draft, progress: Progress, singles: AppendTable, empty_order: NDArray[np.int32], job: int,
    state: NDArray[np.uint64], busy: NDArray[np.int64], busy_count: int, undo: Undo,
) -> tuple[int, int]:  # fmt: skip
    """Insert an open job at its cheapest place, or leave it where that is better; (its truck or -1, units of work).

    `singles` and `empty_order` int32[J, T] tell which empty truck would serve the job for least: it alone is asked.
    `busy[:busy_count]` are the trucks with stops.
    """
    must = c.jobs[job].must
    best = (0, 0, c.jobs[job].unserved_cost)
    best_truck, best_at, best_option = -1, -1, -1
    work = 1
    for k in range(c.trucks.size):
        truck = empty_order[job, k]
        change = singles.change[job, truck]
        if change >= NEVER:
            break
        if draft.stops[truck] > 0:
            continue
        option = singles.option[job, truck]
        if not room(c, draft, option, -1, -1, -1):
            option = -1
            for row in range(c.jobs[job].first_option, c.jobs[job].end_option):
                if room(c, draft, row, -1, -1, -1):
                    option = row
                    break
        if option >= 0:
            wait_s, cost = weigh(c, draft, progress, truck, 0, job, option, 0, NEVER)
            if cost < NEVER and less(-must, wait_s, cost - draft.cost[truck], best):
                best = (-must, wait_s, cost - draft.cost[truck])
                best_truck, best_at, best_option = truck, 0, option
        if not must:
            break
    for k in range(busy_count):
        truck = busy[k]
        if not c.fits[truck, job] or draft.stops[truck] + 1 >= progress.cost.shape[1]:
            continue
        for at in range(draft.stops[truck] + 1):
            if draw(state) & np.uint64(_BLINK) == np.uint64(0):
                continue
            most = NEVER if must else progress.cost[truck, at] + best[2] + c.trucks[truck].switch
            for option in range(c.jobs[job].first_option, c.jobs[job].end_option):
                if not room(c, draft, option, -1, -1, -1):
                    continue
                work += 1
                wait_s, cost = weigh(c, draft, progress, truck, at, job, option, 0, most)
                if cost >= NEVER:
                    continue
                wait_s, cost = wait_s - draft.wait_s[truck], cost - draft.cost[truck]
                if less(-must, wait_s, cost, best):
                    best = (-must, wait_s, cost)
                    best_truck, best_at, best_option = truck, at, option
    if best_truck < 0:
        return -1, work
    write_down(draft, undo, best_truck)
    for at in range(draft.stops[best_truck], best_at, -1):
        draft.jobs[best_truck, at] = draft.jobs[best_truck, at - 1]
        draft.options[best_truck, at] = draft.options[best_truck, at - 1]
    draft.jobs[best_truck, best_at], draft.options[best_truck, best_at] = job, best_option
    draft.stops[best_truck] += 1
    draft.truck[job] = best_truck
    count_in(c, draft, best_option, 1)
    follow_up(c, draft, progress, best_truck, best_at)
    work += choose_shops(c, draft, progress, best_truck)
    return best_truck, work


@njit(cache=True, nogil=True)
def choose_shops(c: Columns, draft: Draft, progress: Progress, truck: int) -> int:
    """Give each stop of a truck the shop that is best for the whole sequence, until no change helps; units of work."""
    work = 0
    changed = True
    while changed:
        changed = False
        for at in range(draft.stops[truck]):
            job, present = draft.jobs[truck, at], draft.options[truck, at]
            best = (0, draft.wait_s[truck], draft.cost[truck])
            best_option = present
            for option in range(c.jobs[job].first_option, c.jobs[job].end_option):
                if option == present or not room(c, draft, option, present, -1, -1):
                    continue
                work += 1
                wait_s, cost = weigh(c, draft, progress, truck, at, job, option, 1, NEVER)
                if cost < NEVER and less(0, wait_s, cost, best):
                    best, best_option = (0, wait_s, cost), option
            if best_option != present:
                count_in(c, draft, present, -1)
                count_in(c, draft, best_option, 1)
                draft.options[truck, at] = best_option
                follow_up(c, draft, progress, truck, at)
                changed = True
    return work
