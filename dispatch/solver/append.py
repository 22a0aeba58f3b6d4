"""What it would bring to put each open job at the end of each truck's sequence."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S
from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.route import own_cost


class Ends(NamedTuple):
    """Where and when each of T trucks is next free after its stops so far, and how many those are: int64[T] each."""

    place: NDArray[np.int64]
    free_s: NDArray[np.int64]
    stops: NDArray[np.int64]


class AppendTable(NamedTuple):
    """For n open jobs and T trucks: the change of cost against leaving the job unserved (NEVER where impossible).

    `change` int64[n, T]; `wait_s` int64[n, T] arrival minus report; `option` int64[n, T] the best option with room.
    """

    change: NDArray[np.int64]
    wait_s: NDArray[np.int64]
    option: NDArray[np.int64]


def starts(c: Columns) -> Ends:
    """The ends of empty sequences."""
    return Ends(
        c.trucks["place"].copy(),
        c.trucks["free_s"].copy(),
        np.zeros(c.trucks.size, dtype=np.int64),
    )


def append_table(c: Columns, ends: Ends, used: NDArray[np.int64], open_jobs: NDArray[np.int64]) -> AppendTable:
    """Weigh every open job at the end of every truck's sequence; n x T units of work."""
    shape = (open_jobs.size, c.trucks.size)
    table = AppendTable(
        np.full(shape, NEVER, dtype=np.int64), np.zeros(shape, dtype=np.int64), np.full(shape, -1, dtype=np.int64)
    )
    _fill(c, ends, used, open_jobs, table)
    return table


@njit(cache=True, nogil=True)
def best_option(
    c: Columns, truck: int, job: int, free_from_s: int, overtime_before: int, used: NDArray[np.int64]
) -> tuple[int, int]:
    """(row, its cost with the overtime that it adds) of the cheapest option with room, the sooner free of equals.

    `free_from_s` is the arrival at the scene. (-1, NEVER) where every shop is full.
    """
    best, best_cost = -1, NEVER
    for row in range(c.jobs[job].first_option, c.jobs[job].end_option):
        option = c.options[row]
        if option.limit >= 0 and used[option.limit] >= c.limits[option.limit]:
            continue
        overtime_s = max(0, free_from_s + option.span_s - c.trucks[truck].shift_end_s)
        cost = option.cost + c.overtime_rate * overtime_s - overtime_before
        if cost < best_cost or (cost == best_cost and option.span_s < c.options[best].span_s):
            best, best_cost = row, cost
    return best, best_cost


@njit(cache=True, nogil=True)
def _fill(c: Columns, ends: Ends, used: NDArray[np.int64], open_jobs: NDArray[np.int64], table: AppendTable) -> None:
    for truck in range(c.trucks.size):
        row = c.trucks[truck]
        overtime_before = 0
        if ends.stops[truck] > 0:
            overtime_before = c.overtime_rate * max(0, ends.free_s[truck] - row.shift_end_s)
        for at in range(open_jobs.size):
            job = open_jobs[at]
            if not c.fits[truck, job] or (c.jobs[job].locked >= 0 and ends.stops[truck] > 0):
                continue
            depart_s = max(ends.free_s[truck], c.jobs[job].release_s)
            drive_s = c.durations_s[ends.place[truck], c.jobs[job].scene]
            if drive_s == NO_WAY_S or depart_s >= row.shift_end_s:
                continue
            arrive_s = depart_s + drive_s
            option, option_cost = best_option(c, truck, job, arrive_s, overtime_before, used)
            if option < 0:
                continue
            change = own_cost(c, job, depart_s, arrive_s) + row.price + option_cost - c.jobs[job].unserved_cost
            if row.target == job and ends.stops[truck] == 0:
                change -= row.switch
            table.change[at, truck] = change
            table.wait_s[at, truck] = arrive_s - c.jobs[job].reported_s
            table.option[at, truck] = option
