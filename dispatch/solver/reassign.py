"""The move that reorders all trucks at once: each gives up one piece of its sequence, and all pieces are assigned anew.

With every truck getting at most one piece, which piece goes where is a linear assignment, so the best of exponentially
many cyclic exchanges is found in one step (Sarvanov, Doroshko 1981; Thompson, Psaraftis, "Cyclic transfer algorithms
for multivehicle routing and scheduling problems", Operations Research 41, 1993).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dispatch.problem import NO_WAY_S
from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.draft import Draft
from dispatch.solver.lots import below, share
from dispatch.solver.progress import Progress, follow_up, weigh
from dispatch.solver.recreate import choose_shops
from dispatch.solver.route import own_cost
from dispatch.solver.ruin import take_out
from dispatch.solver.sequences import count_in, room
from dispatch.solver.undo import Undo, write_down

_HOUR_COSTS = 1e7
"""A second of the tier's wait outweighs any change of cost in the assignment; the step itself is judged exactly."""


def reassign(c: Columns, draft: Draft, progress: Progress, undo: Undo, state: NDArray[np.uint64]) -> int:
    """One such step on a draft, good or bad; the units of work. `undo` is written, so that it can be taken back."""
    n, trucks = c.jobs.size, c.trucks.size
    jobs, options = np.full((n, n), -1, dtype=np.int32), np.full((n, n), -1, dtype=np.int32)
    length = np.zeros(n, dtype=np.int64)
    count = _give_up(c, draft, progress, undo, state, jobs, options, length)
    if count == 0:
        return trucks
    change = np.empty((count, trucks))
    at = np.empty((count, trucks), dtype=np.int32)
    option = np.empty((count, trucks), dtype=np.int32)
    work = _weigh_all(c, draft, progress, jobs[:count], options[:count], length[:count], change, at, option)
    rows, columns = linear_sum_assignment(np.minimum(change, 0.0))
    helps = change[rows, columns] < 0.0
    _give(c, draft, progress, undo, jobs, options, length, rows[helps], columns[helps], at, option)
    return work + trucks + count * 4


@njit(cache=True, nogil=True)
def _give_up(
    c: Columns, draft: Draft, progress: Progress, undo: Undo, state: NDArray[np.uint64], jobs: NDArray[np.int32],
    options: NDArray[np.int32], length: NDArray[np.int64],
) -> int:  # fmt: skip
    """Choose a piece of most trucks and take it out; the number of pieces, those of jobs that were open with them."""
    n = c.jobs.size
    count = 0
    for job in range(n):
        if draft.truck[job] < 0:
            jobs[count, 0], options[count, 0], length[count] = job, -1, 1
            count += 1
    touched = np.zeros(c.trucks.size, dtype=np.bool_)
    out = np.empty(n, dtype=np.int32)
    found = 0
    tails = share(state) < 0.4
    for truck in range(c.trucks.size):
        stops = draft.stops[truck]
        if stops == 0 or share(state) < 0.15:
            continue
        first = below(state, stops)
        end = stops if tails else first + 1
        touched[truck] = True
        for k in range(first, end):
            out[found] = draft.jobs[truck, k]
            jobs[count, k - first], options[count, k - first] = draft.jobs[truck, k], draft.options[truck, k]
            found += 1
        length[count] = end - first
        count += 1
        write_down(draft, undo, truck)
    before = found
    found = take_out(c, draft, out, found, touched)
    for k in range(before, found):
        jobs[count, 0], options[count, 0], length[count] = out[k], -1, 1
        count += 1
    for truck in range(touched.size):
        if touched[truck]:
            follow_up(c, draft, progress, truck, 0)
    return count


@njit(cache=True, nogil=True)
def _weigh_all(
    c: Columns, draft: Draft, progress: Progress, jobs: NDArray[np.int32], options: NDArray[np.int32],
    length: NDArray[np.int64], change: NDArray[np.float64], at: NDArray[np.int32], option: NDArray[np.int32],
) -> int:  # fmt: skip
    """What each piece changes in each truck against being left, at its best place there; 1e300 where it may not go."""
    work = 0
    for piece in range(length.size):
        left, must = 0, 0
        for k in range(length[piece]):
            left += c.jobs[jobs[piece, k]].unserved_cost
            must += c.jobs[jobs[piece, k]].must
        for truck in range(c.trucks.size):
            change[piece, truck], at[piece, truck], option[piece, truck] = 1e300, -1, -1
            if draft.stops[truck] + length[piece] >= progress.cost.shape[1]:
                continue
            best = 1e300
            for place in range(draft.stops[truck], -1, -1):
                if length[piece] > 1:
                    if place < draft.stops[truck]:
                        break
                    work += length[piece]
                    wait_s, cost = _weigh_tail(c, draft, progress, truck, jobs[piece], options[piece], length[piece])
                    worth = _worth(draft, truck, wait_s, cost, left, must)
                    if worth < best:
                        best, at[piece, truck] = worth, place
                    continue
                job = jobs[piece, 0]
                if not c.fits[truck, job]:
                    break
                for row in range(c.jobs[job].first_option, c.jobs[job].end_option):
                    if not room(c, draft, row, -1, -1, -1):
                        continue
                    work += 1
                    wait_s, cost = weigh(c, draft, progress, truck, place, job, row, 0, NEVER)
                    worth = _worth(draft, truck, wait_s, cost, left, must)
                    if worth < best:
                        best, at[piece, truck], option[piece, truck] = worth, place, row
            change[piece, truck] = best
    return work


@njit(cache=True, nogil=True, inline="always")
def _worth(draft: Draft, truck: int, wait_s: int, cost: int, left: int, must: int) -> float:
    if cost >= NEVER:
        return 1e300
    seconds = float(wait_s - draft.wait_s[truck]) - 1e7 * must
    return seconds * _HOUR_COSTS + float(cost - draft.cost[truck] - left)


@njit(cache=True, nogil=True)
def _weigh_tail(
    c: Columns, draft: Draft, progress: Progress, truck: int, jobs: NDArray[np.int32], options: NDArray[np.int32],
    length: int,
) -> tuple[int, int]:  # fmt: skip
    """(wait, cost) of a truck that serves the piece after all its stops; cost NEVER where it may not."""
    row = c.trucks[truck]
    stops = draft.stops[truck]
    place = row.place if stops == 0 else c.options[draft.options[truck, stops - 1]].place
    free_s, cost, wait_s = progress.free_s[truck, stops], progress.cost[truck, stops], progress.wait_s[truck, stops]
    first = draft.jobs[truck, 0] if stops > 0 else jobs[0]
    if row.target >= 0 and first != row.target:
        cost += row.switch
    for k in range(length):
        job = jobs[k]
        depart_s = max(free_s, c.jobs[job].release_s)
        drive_s = c.durations_s[place, c.jobs[job].scene]
        if (
            not c.fits[truck, job] or (c.jobs[job].locked >= 0 and stops + k > 0)
            or drive_s == NO_WAY_S or depart_s >= row.shift_end_s
        ):  # fmt: skip
            return 0, NEVER
        arrive_s = depart_s + drive_s
        cost += own_cost(c, job, depart_s, arrive_s) + row.price + c.options[options[k]].cost
        if c.jobs[job].must:
            wait_s += arrive_s - c.jobs[job].reported_s
        free_s, place = arrive_s + c.options[options[k]].span_s, c.options[options[k]].place
    return wait_s, cost + c.overtime_rate * max(0, free_s - row.shift_end_s)


@njit(cache=True, nogil=True)
def _give(
    c: Columns, draft: Draft, progress: Progress, undo: Undo, jobs: NDArray[np.int32], options: NDArray[np.int32],
    length: NDArray[np.int64], pieces: NDArray[np.int64], trucks: NDArray[np.int64], at: NDArray[np.int32],
    option: NDArray[np.int32],
) -> None:  # fmt: skip
    """Carry the assignment out; a piece whose shops have filled up meanwhile stays open."""
    for k in range(pieces.size):
        piece, truck = pieces[k], trucks[k]
        fits = True
        for j in range(length[piece]):
            chosen = option[piece, truck] if length[piece] == 1 else options[piece, j]
            fits = fits and room(c, draft, chosen, -1, -1, -1)
            count_in(c, draft, chosen, 1)
        if not fits:
            for j in range(length[piece]):
                count_in(c, draft, option[piece, truck] if length[piece] == 1 else options[piece, j], -1)
            continue
        write_down(draft, undo, truck)
        place, more, stops = at[piece, truck], length[piece], draft.stops[truck]
        for j in range(stops - 1, place - 1, -1):
            draft.jobs[truck, j + more], draft.options[truck, j + more] = draft.jobs[truck, j], draft.options[truck, j]
        for j in range(more):
            draft.jobs[truck, place + j] = jobs[piece, j]
            draft.options[truck, place + j] = option[piece, truck] if more == 1 else options[piece, j]
            draft.truck[jobs[piece, j]] = truck
        draft.stops[truck] = stops + more
        follow_up(c, draft, progress, truck, place)
        choose_shops(c, draft, progress, truck)
