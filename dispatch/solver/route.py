"""What one truck's sequence of jobs costs: the kernel under everything that searches."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S
from dispatch.solver.arrays import NEVER, Columns


@njit(cache=True, nogil=True, inline="always")
def own_cost(c: Columns, job: int, depart_s: int, arrive_s: int) -> int:
    """A job's wait, late, blocked and empty-drive terms."""
    row = c.jobs[job]
    late_s = max(0, arrive_s - row.promise_s)
    return int(row.base + row.rate * arrive_s + row.late_rate * late_s + c.empty_rate * (arrive_s - depart_s))


@njit(cache=True, nogil=True)
def cheapest_option(c: Columns, job: int) -> int:
    """The least cost of a job's options, whatever room they have; NEVER where it has none."""
    cheapest = NEVER
    for row in range(c.jobs[job].first_option, c.jobs[job].end_option):
        cheapest = min(cheapest, c.options[row].cost)
    return cheapest


@njit(cache=True, nogil=True)
def route_value(
    c: Columns, truck: int, jobs: NDArray[np.int64], options: NDArray[np.int64], count: int
) -> tuple[int, int]:
    """(must-serve wait, cost) of a truck that serves `jobs[:count]` in that order; cost NEVER where it may not.

    The cost holds own terms, prices, overtime, and the charge for not serving the job driven to first.
    """
    row = c.trucks[truck]
    place, free_s = row.place, row.free_s
    wait_s, cost = 0, 0
    if row.target >= 0 and (count == 0 or jobs[0] != row.target):
        cost += row.switch
    for at in range(count):
        job = jobs[at]
        if at > 0 and c.jobs[job].locked >= 0:
            return 0, NEVER
        depart_s = max(free_s, c.jobs[job].release_s)
        drive_s = c.durations_s[place, c.jobs[job].scene]
        if drive_s == NO_WAY_S or depart_s >= row.shift_end_s:
            return 0, NEVER
        arrive_s = depart_s + drive_s
        option = c.options[options[at]]
        cost += own_cost(c, job, depart_s, arrive_s) + row.price + option.cost
        if c.jobs[job].must:
            wait_s += arrive_s - c.jobs[job].reported_s
        place, free_s = option.place, arrive_s + option.span_s
    if count > 0:
        cost += c.overtime_rate * max(0, free_s - row.shift_end_s)
    return wait_s, cost
