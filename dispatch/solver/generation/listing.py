"""All routes of all trucks whose reduced cost lies within the gap: no other can be in a plan better than the one known.

The argument is Baldacci, Christofides, Mingozzi's ("An exact algorithm for the vehicle routing problem based on the set
partitioning formulation with additional cuts", Mathematical Programming 115, 2008).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S
from dispatch.solver.arrays import Columns
from dispatch.solver.generation.onward import Onward
from dispatch.solver.route import own_cost


@njit(cache=True, nogil=True)
def list_routes(
    c: Columns, ahead: Onward, truck: int, below: int, first_row: int,
    options: NDArray[np.int32], most_tried: int,
) -> tuple[int, int]:  # fmt: skip
    """Write every route of a truck that costs less than `below` into rows of `options` from `first_row` on.

    Returns (rows filled, ways tried); rows -1 where the table is too small, a route too long, or `most_tried` reached.
    A depth-first walk: the stack holds, for each stop, the next option of the next job to be tried.
    """
    row = c.trucks[truck]
    stops = options.shape[1]
    at_job = np.zeros(stops + 1, dtype=np.int64)
    path, jobs = np.empty(stops + 1, dtype=np.int64), np.empty(stops + 1, dtype=np.int64)
    free_s, cost, place = np.empty(stops + 1, np.int64), np.empty(stops + 1, np.int64), np.empty(stops + 1, np.int64)
    taken = np.zeros(c.jobs.size, dtype=np.bool_)
    free_s[0], cost[0], place[0] = row.free_s, 0, row.place
    depth, filled, tried = 0, first_row, 0
    # A cursor counts option rows: which job is next, and which of its options.
    cursor = np.zeros(stops + 1, dtype=np.int64)
    while depth >= 0:
        option = cursor[depth]
        if option >= c.options.size:
            depth -= 1
            if depth >= 0:
                taken[jobs[depth]] = False
            continue
        cursor[depth] = option + 1
        job = at_job[depth]
        while option >= c.jobs[job].end_option:
            job += 1
        at_job[depth] = job
        tried += 1
        if tried > most_tried:
            return -1, tried
        job_row = c.jobs[job]
        drive_s = c.durations_s[place[depth], job_row.scene]
        depart_s = max(free_s[depth], job_row.release_s)
        if (
            taken[job] or not c.fits[truck, job] or (depth > 0 and job_row.locked >= 0)
            or drive_s == NO_WAY_S or depart_s >= row.shift_end_s
        ):  # fmt: skip
            cursor[depth] = job_row.end_option
            continue
        arrive_s = depart_s + drive_s
        cost_then = cost[depth] + own_cost(c, job, depart_s, arrive_s) + row.price + c.options[option].cost
        if depth == 0 and row.target == job:
            cost_then -= row.switch
        free_then_s = arrive_s + c.options[option].span_s
        bucket = free_then_s // ahead.width_s
        rest, to = 0, -1
        if bucket < ahead.best.shape[1]:
            rest, to = ahead.best[option, bucket], ahead.first[option, bucket]
            if to >= 0 and (taken[to] or to == job):
                rest = ahead.second[option, bucket]
        if cost_then + rest >= below:
            continue
        path[depth], jobs[depth] = option, job
        if cost_then + c.overtime_rate * max(0, free_then_s - row.shift_end_s) < below:
            if filled == options.shape[0]:
                return -1, tried
            for k in range(depth + 1):
                options[filled, k] = path[k]
            for k in range(depth + 1, stops):
                options[filled, k] = -1
            filled += 1
        if depth + 1 == stops:
            return -1, tried
        taken[job] = True
        depth += 1
        cursor[depth], at_job[depth] = 0, 0
        free_s[depth], cost[depth], place[depth] = free_then_s, cost_then, c.options[option].place
    return filled - first_row, tried


@njit(cache=True, nogil=True)
def list_all(
    c: Columns, ahead: Onward, trucks: NDArray[np.int64], below: NDArray[np.int64], options: NDArray[np.int32],
    of_row: NDArray[np.int64], most_tried: int,
) -> tuple[int, int]:  # fmt: skip
    """`list_routes` of the trucks named, each below its own limit; `of_row` takes the truck of each row."""
    filled, tried = 0, 0
    for truck in trucks:
        count, looks = list_routes(c, ahead, truck, below[truck], filled, options, most_tried - tried)
        tried += looks
        if count < 0:
            return -1, tried
        of_row[filled : filled + count] = truck
        filled += count
    return filled, tried
