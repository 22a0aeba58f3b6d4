"""How far each truck is after each of its stops: what makes weighing an insertion or a change of shop incremental."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S
from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.draft import Draft
from dispatch.solver.route import own_cost

MOST_STOPS = 40


class Progress(NamedTuple):
    """int64[T, S + 1] each, column k after k stops: when free, and the cost and must-serve wait until then.

    The cost holds own terms and prices, neither overtime nor the charge for a switch.
    """

    free_s: NDArray[np.int64]
    cost: NDArray[np.int64]
    wait_s: NDArray[np.int64]


def progress_of(c: Columns, draft: Draft) -> Progress:
    """Made anew for a whole draft."""
    shape = (c.trucks.size, min(c.jobs.size, MOST_STOPS) + 1)
    made = Progress(np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64))
    for truck in range(c.trucks.size):
        follow_up(c, draft, made, truck, 0)
    return made


@njit(cache=True, nogil=True)
def follow_up(c: Columns, draft: Draft, progress: Progress, truck: int, start: int) -> None:
    """Reckon a truck's stops from `start` on, and its cost and wait in the draft; every stop must be possible."""
    row = c.trucks[truck]
    if start == 0:
        progress.free_s[truck, 0], progress.cost[truck, 0], progress.wait_s[truck, 0] = row.free_s, 0, 0
    place = row.place if start == 0 else c.options[draft.options[truck, start - 1]].place
    for at in range(start, draft.stops[truck]):
        job, option = draft.jobs[truck, at], c.options[draft.options[truck, at]]
        depart_s = max(progress.free_s[truck, at], c.jobs[job].release_s)
        arrive_s = depart_s + c.durations_s[place, c.jobs[job].scene]
        cost = own_cost(c, job, depart_s, arrive_s) + row.price + option.cost
        progress.free_s[truck, at + 1] = arrive_s + option.span_s
        progress.cost[truck, at + 1] = progress.cost[truck, at] + cost
        wait_s = arrive_s - c.jobs[job].reported_s if c.jobs[job].must else 0
        progress.wait_s[truck, at + 1] = progress.wait_s[truck, at] + wait_s
        place = option.place
    stops = draft.stops[truck]
    draft.wait_s[truck] = progress.wait_s[truck, stops]
    draft.cost[truck] = progress.cost[truck, stops] + ending(c, draft, truck, progress.free_s[truck, stops])


@njit(cache=True, nogil=True, inline="always")
def ending(c: Columns, draft: Draft, truck: int, free_s: int) -> int:
    """Overtime, and the charge for a switch, of a truck with its stops as they are in the draft."""
    row = c.trucks[truck]
    stops = draft.stops[truck]
    cost = c.overtime_rate * max(0, free_s - row.shift_end_s) if stops > 0 else 0
    if row.target >= 0 and (stops == 0 or draft.jobs[truck, 0] != row.target):
        cost += row.switch
    return int(cost)


@njit(cache=True, nogil=True)
def weigh(
    c: Columns, draft: Draft, progress: Progress, truck: int, at: int, job: int, option: int, skipped: int, most: int
) -> tuple[int, int]:
    """(wait, cost) of a truck that serves `job` before its stop `at + skipped` and after its stop `at - 1`.

    `skipped` stops are left out: 0 inserts, 1 puts the job in another's place (or gives it another shop). Cost NEVER
    where that is not possible, or where the cost up to the new job is `most` or more already.
    """
    row = c.trucks[truck]
    if at > 0 and c.jobs[job].locked >= 0:
        return 0, NEVER
    place = row.place if at == 0 else c.options[draft.options[truck, at - 1]].place
    free_s, cost, wait_s = progress.free_s[truck, at], progress.cost[truck, at], progress.wait_s[truck, at]
    if row.target >= 0 and ((at > 0 and draft.jobs[truck, 0] != row.target) or (at == 0 and job != row.target)):
        cost += row.switch
    stops = draft.stops[truck]
    k = at + skipped - 1
    chosen = option
    while True:
        depart_s = max(free_s, c.jobs[job].release_s)
        drive_s = c.durations_s[place, c.jobs[job].scene]
        if drive_s == NO_WAY_S or depart_s >= row.shift_end_s:
            return 0, NEVER
        arrive_s = depart_s + drive_s
        cost += own_cost(c, job, depart_s, arrive_s) + row.price + c.options[chosen].cost
        if cost >= most:
            return 0, NEVER
        if c.jobs[job].must:
            wait_s += arrive_s - c.jobs[job].reported_s
        free_s, place = arrive_s + c.options[chosen].span_s, c.options[chosen].place
        k += 1
        if k >= stops:
            break
        job, chosen = draft.jobs[truck, k], draft.options[truck, k]
        if c.jobs[job].locked >= 0:
            return 0, NEVER
        if free_s == progress.free_s[truck, k] and place == c.options[draft.options[truck, k - 1]].place and k > 0:
            # From here on everything is as it was.
            cost += progress.cost[truck, stops] - progress.cost[truck, k]
            wait_s += progress.wait_s[truck, stops] - progress.wait_s[truck, k]
            free_s = progress.free_s[truck, stops]
            break
    return wait_s, cost + c.overtime_rate * max(0, free_s - row.shift_end_s)
