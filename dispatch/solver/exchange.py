"""Moves that two trucks make together: one job against another, or what follows in one sequence against the other's.

Weighed and counted as in `insertion`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.draft import Draft
from dispatch.solver.route import route_value
from dispatch.solver.sequences import copy_without, count_in, less, position_of, room, store


@njit(cache=True, nogil=True)
def _best_in_place(
    c: Columns, draft: Draft, truck: int, at: int, job: int, freed: int, freed_too: int, taken: int,
    jobs: NDArray[np.int64], options: NDArray[np.int64],
) -> tuple[int, int, int, int]:  # fmt: skip
    """(option, wait, cost, work) of the best option when `job` takes position `at` of a truck's sequence.

    `freed` and `freed_too` are options left in the same step, `taken` is one entered (-1 none).
    """
    n = copy_without(draft, truck, -1, jobs, options)
    jobs[at] = job
    best_row, best_wait_s, best_cost, work = -1, 0, NEVER, 0
    for row in range(c.jobs[job].first_option, c.jobs[job].end_option):
        if not room(c, draft, row, freed, freed_too, taken):
            continue
        options[at] = row
        work += 1
        wait_s, cost = route_value(c, truck, jobs, options, n)
        if cost >= NEVER:
            continue
        if best_row < 0 or wait_s < best_wait_s or (wait_s == best_wait_s and cost < best_cost):
            best_row, best_wait_s, best_cost = row, wait_s, cost
    return best_row, best_wait_s, best_cost, work


@njit(cache=True, nogil=True)
def exchange(c: Columns, draft: Draft, job: int, scratch: NDArray[np.int64]) -> tuple[bool, int]:
    """Let a served job change places with the best other one, of another truck or unserved."""
    home = draft.truck[job]
    if home < 0:
        return False, 1
    at = position_of(draft, home, job)
    freed = draft.options[home, at]
    work = 1
    best = (0, 0, 0)
    best_other, best_here, best_there = -1, -1, -1
    for other in range(c.jobs.size):
        away = draft.truck[other]
        if away == home or not c.fits[home, other] or (away >= 0 and not c.fits[away, job]):
            continue
        freed_there = draft.options[away, position_of(draft, away, other)] if away >= 0 else -1
        here, wait_s, cost, done = _best_in_place(
            c, draft, home, at, other, freed, freed_there, -1, scratch[0], scratch[1]
        )
        work += done
        if here < 0:
            continue
        wait_s, cost = wait_s - draft.wait_s[home], cost - draft.cost[home]
        must, there = 0, -1
        if away < 0:
            must = c.jobs[job].must - c.jobs[other].must
            cost += c.jobs[job].unserved_cost - c.jobs[other].unserved_cost
        else:
            there, wait_there_s, cost_there, done = _best_in_place(
                c, draft, away, position_of(draft, away, other), job, freed, freed_there, here,
                scratch[2], scratch[3],
            )  # fmt: skip
            work += done
            if there < 0:
                continue
            wait_s += wait_there_s - draft.wait_s[away]
            cost += cost_there - draft.cost[away]
        if less(must, wait_s, cost, best):
            best, best_other, best_here, best_there = (must, wait_s, cost), other, here, there
    if best_other < 0:
        return False, work
    _put_in_place(c, draft, job, best_other, best_here, best_there, scratch)
    return True, work


@njit(cache=True, nogil=True)
def _put_in_place(
    c: Columns, draft: Draft, job: int, other: int, here: int, there: int, scratch: NDArray[np.int64]
) -> None:
    """Take the exchange: `other` comes here with option `here`, `job` goes there with `there` (-1: unserved)."""
    home, away = draft.truck[job], draft.truck[other]
    at = position_of(draft, home, job)
    n = copy_without(draft, home, -1, scratch[0], scratch[1])
    count_in(c, draft, scratch[1][at], -1)
    scratch[0][at], scratch[1][at] = other, here
    count_in(c, draft, here, 1)
    draft.truck[job] = -1
    if away >= 0:
        at_away = position_of(draft, away, other)
        n_away = copy_without(draft, away, -1, scratch[2], scratch[3])
        count_in(c, draft, scratch[3][at_away], -1)
        scratch[2][at_away], scratch[3][at_away] = job, there
        count_in(c, draft, there, 1)
        store(c, draft, away, scratch[2], scratch[3], n_away)
    store(c, draft, home, scratch[0], scratch[1], n)


@njit(cache=True, nogil=True)
def _join(
    c: Columns, draft: Draft, head: int, upto: int, tail: int, start: int,
    jobs: NDArray[np.int64], options: NDArray[np.int64],
) -> int:  # fmt: skip
    """Truck `head`'s first `upto` stops and then truck `tail`'s from `start` on; -1 where the head truck may not."""
    for k in range(upto):
        jobs[k], options[k] = draft.jobs[head, k], draft.options[head, k]
    n = upto
    for k in range(start, draft.stops[tail]):
        if not c.fits[head, draft.jobs[tail, k]]:
            return -1
        jobs[n], options[n] = draft.jobs[tail, k], draft.options[tail, k]
        n += 1
    return n


@njit(cache=True, nogil=True)
def swap_tails(c: Columns, draft: Draft, job: int, scratch: NDArray[np.int64]) -> tuple[bool, int]:
    """Cut a truck's sequence before the job, another's anywhere, and let the two exchange what follows."""
    home = draft.truck[job]
    if home < 0:
        return False, 0
    at = position_of(draft, home, job)
    work = 0
    best = (0, 0, 0)
    best_truck, best_cut = -1, -1
    for truck in range(c.trucks.size):
        # A truck without stops takes a tail as a whole; one job alone is the affair of `relocate`.
        if truck == home or draft.stops[home] - at + draft.stops[truck] < 2:
            continue
        for cut in range(draft.stops[truck] + 1):
            n_home = _join(c, draft, home, at, truck, cut, scratch[0], scratch[1])
            n_away = _join(c, draft, truck, cut, home, at, scratch[2], scratch[3]) if n_home >= 0 else -1
            if n_away < 0:
                continue
            work += 1
            wait_s, cost = route_value(c, home, scratch[0], scratch[1], n_home)
            wait_away_s, cost_away = route_value(c, truck, scratch[2], scratch[3], n_away)
            if cost >= NEVER or cost_away >= NEVER:
                continue
            wait_s += wait_away_s - draft.wait_s[home] - draft.wait_s[truck]
            cost += cost_away - draft.cost[home] - draft.cost[truck]
            if less(0, wait_s, cost, best):
                best, best_truck, best_cut = (0, wait_s, cost), truck, cut
    if best_truck < 0:
        return False, work
    n_home = _join(c, draft, home, at, best_truck, best_cut, scratch[0], scratch[1])
    n_away = _join(c, draft, best_truck, best_cut, home, at, scratch[2], scratch[3])
    store(c, draft, home, scratch[0], scratch[1], n_home)
    store(c, draft, best_truck, scratch[2], scratch[3], n_away)
    return True, work
