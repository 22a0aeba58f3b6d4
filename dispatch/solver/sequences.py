"""The small steps that every move of the local search is made of: look into a draft, copy a sequence, write it back."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.solver.arrays import Columns
from dispatch.solver.draft import Draft
from dispatch.solver.route import route_value


@njit(cache=True, nogil=True, inline="always")
def less(must: int, wait_s: int, cost: int, best: tuple[int, int, int]) -> bool:
    if must != best[0]:
        return must < best[0]
    if wait_s != best[1]:
        return wait_s < best[1]
    return cost < best[2]


@njit(cache=True, nogil=True)
def position_of(draft: Draft, truck: int, job: int) -> int:
    """Where a job stands in its truck's sequence."""
    for at in range(draft.stops[truck]):
        if draft.jobs[truck, at] == job:
            return at
    return -1


@njit(cache=True, nogil=True, inline="always")
def _uses(c: Columns, option: int, limit: int) -> int:
    """1 if the option (-1 none) takes one of the limited shop's places."""
    return int(option >= 0 and c.options[option].limit == limit)


@njit(cache=True, nogil=True, inline="always")
def room(c: Columns, draft: Draft, option: int, freed: int, freed_too: int, taken: int) -> bool:
    """Is there room at the option's shop once two options are left and one is entered (-1 none)?"""
    limit = c.options[option].limit
    if limit < 0:
        return True
    left = _uses(c, freed, limit) + _uses(c, freed_too, limit) - _uses(c, taken, limit)
    return bool(draft.used[limit] - left < c.limits[limit])


@njit(cache=True, nogil=True)
def count_in(c: Columns, draft: Draft, option: int, step: int) -> None:
    limit = c.options[option].limit
    if limit >= 0:
        draft.used[limit] += step


@njit(cache=True, nogil=True)
def copy_without(draft: Draft, truck: int, at: int, jobs: NDArray[np.int64], options: NDArray[np.int64]) -> int:
    """Copy a truck's sequence into the buffers, leaving out position `at` (-1 none); returns its length."""
    n = 0
    for k in range(draft.stops[truck]):
        if k != at:
            jobs[n], options[n] = draft.jobs[truck, k], draft.options[truck, k]
            n += 1
    return n


@njit(cache=True, nogil=True)
def store(c: Columns, draft: Draft, truck: int, jobs: NDArray[np.int64], options: NDArray[np.int64], n: int) -> None:
    """Write a sequence back and cache its value; where each job is follows, counts of shops do not."""
    for k in range(n):
        draft.jobs[truck, k], draft.options[truck, k] = jobs[k], options[k]
        draft.truck[jobs[k]] = truck
    draft.stops[truck] = n
    draft.wait_s[truck], draft.cost[truck] = route_value(c, truck, jobs, options, n)


def enter(c: Columns, draft: Draft, truck: int, jobs: NDArray[np.int64], options: NDArray[np.int64]) -> None:
    """Give a truck without stops a whole sequence, the shops' counts included."""
    for option in options.tolist():
        count_in(c, draft, option, 1)
    store(c, draft, truck, jobs, options, jobs.size)
