"""Moves of one job: to a better place, or into a plan that had none for it.

A move is weighed as a change (unserved must-serve jobs, must-serve wait, cost), compared in this order; the best one
found is taken if it is better than staying, and the work that it took is returned beside.
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
def relocate(c: Columns, draft: Draft, job: int, scratch: NDArray[np.int64]) -> tuple[bool, int]:
    """Put one job where it serves best: any place of any truck, any shop with room, or nowhere."""
    home, must, penalty = draft.truck[job], c.jobs[job].must, c.jobs[job].unserved_cost
    bare_jobs, bare_options, jobs, options = scratch[0], scratch[1], scratch[2], scratch[3]
    freed, at_home, n_home = -1, -1, 0
    wait_gain, cost_gain = 0, 0
    work = 1
    best = (0, 0, 0)
    best_truck, best_at, best_row = -2, -1, -1
    bare_possible = True
    if home >= 0:
        at_home = position_of(draft, home, job)
        freed = draft.options[home, at_home]
        n_home = copy_without(draft, home, at_home, bare_jobs, bare_options)
        wait_s, cost = route_value(c, home, bare_jobs, bare_options, n_home)
        bare_possible = cost < NEVER
        wait_gain, cost_gain = wait_s - draft.wait_s[home], cost - draft.cost[home]
        if bare_possible and less(must, wait_gain, cost_gain + penalty, best):
            best, best_truck = (must, wait_gain, cost_gain + penalty), -1
    for truck in range(c.trucks.size):
        if not c.fits[truck, job] or (truck != home and not bare_possible):
            continue
        n = copy_without(draft, truck, at_home if truck == home else -1, jobs, options)
        for at in range(n, -1, -1):
            # The job is slid from the end to the front, one cell at a time.
            if at < n:
                jobs[at + 1], options[at + 1] = jobs[at], options[at]
            jobs[at] = job
            for row in range(c.jobs[job].first_option, c.jobs[job].end_option):
                if not room(c, draft, row, freed, -1, -1):
                    continue
                options[at] = row
                work += 1
                wait_s, cost = route_value(c, truck, jobs, options, n + 1)
                if cost >= NEVER:
                    continue
                wait_s -= draft.wait_s[truck]
                cost -= draft.cost[truck]
                fewer = 0
                if home < 0:
                    fewer, cost = -must, cost - penalty
                elif truck != home:
                    wait_s, cost = wait_s + wait_gain, cost + cost_gain
                if less(fewer, wait_s, cost, best):
                    best, best_truck, best_at, best_row = (fewer, wait_s, cost), truck, at, row
    if best_truck == -2:
        return False, work
    if home >= 0:
        count_in(c, draft, freed, -1)
        draft.truck[job] = -1
        store(c, draft, home, bare_jobs, bare_options, n_home)
    if best_truck >= 0:
        n = copy_without(draft, best_truck, -1, jobs, options)
        for k in range(n, best_at, -1):
            jobs[k], options[k] = jobs[k - 1], options[k - 1]
        jobs[best_at], options[best_at] = job, best_row
        count_in(c, draft, best_row, 1)
        store(c, draft, best_truck, jobs, options, n + 1)
    return True, work


@njit(cache=True, nogil=True)
def follow(c: Columns, draft: Draft, job: int, scratch: NDArray[np.int64]) -> tuple[bool, int]:
    """Serve an unserved job right after another whose shop changes with it: from there it may be reached at all."""
    jobs, options = scratch[0], scratch[1]
    work = 0
    best = (0, 0, 0)
    best_truck, best_at, best_row, best_before = -1, -1, -1, -1
    for truck in range(c.trucks.size):
        if draft.truck[job] >= 0 or not c.fits[truck, job]:
            continue
        n = copy_without(draft, truck, -1, jobs, options)
        for at in range(n, 0, -1):
            if at < n:
                jobs[at + 1], options[at + 1] = jobs[at], options[at]
            jobs[at] = job
            former = options[at - 1]
            for before in range(c.jobs[jobs[at - 1]].first_option, c.jobs[jobs[at - 1]].end_option):
                if before == former or not room(c, draft, before, former, -1, -1):
                    continue
                options[at - 1] = before
                for row in range(c.jobs[job].first_option, c.jobs[job].end_option):
                    if not room(c, draft, row, former, -1, before):
                        continue
                    options[at] = row
                    work += 1
                    wait_s, cost = route_value(c, truck, jobs, options, n + 1)
                    if cost >= NEVER:
                        continue
                    wait_s -= draft.wait_s[truck]
                    cost -= draft.cost[truck] + c.jobs[job].unserved_cost
                    if less(-c.jobs[job].must, wait_s, cost, best):
                        best = (-c.jobs[job].must, wait_s, cost)
                        best_truck, best_at, best_row, best_before = truck, at, row, before
            options[at - 1] = former
    if best_truck < 0:
        return False, work
    n = copy_without(draft, best_truck, -1, jobs, options)
    count_in(c, draft, options[best_at - 1], -1)
    for k in range(n, best_at, -1):
        jobs[k], options[k] = jobs[k - 1], options[k - 1]
    jobs[best_at], options[best_at], options[best_at - 1] = job, best_row, best_before
    count_in(c, draft, best_before, 1)
    count_in(c, draft, best_row, 1)
    store(c, draft, best_truck, jobs, options, n + 1)
    return True, work
