"""Rung 3: large-neighbourhood search: ruin a part of the plan, recreate it greedily, accept by annealing.

A tier that is worse is never accepted; among equal tiers a dearer plan is with the usual probability (Kirkpatrick,
Gelatt, Vecchi, "Optimization by simulated annealing", Science 220, 1983; Ropke, Pisinger 2006). The temperature falls
with the work done, so that a plan depends on the units and the seed alone.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.solver.append import AppendTable, append_table, starts
from dispatch.solver.arrays import Columns
from dispatch.solver.budget import Budget
from dispatch.solver.draft import Draft, value
from dispatch.solver.lots import below, lots, share
from dispatch.solver.progress import Progress, follow_up, progress_of
from dispatch.solver.reassign import reassign
from dispatch.solver.recreate import put_back
from dispatch.solver.ruin import near_jobs, ruin, take_out
from dispatch.solver.sequences import less
from dispatch.solver.undo import Undo, begin, copy_trucks, nothing_done, take_back, write_down

_NEAR = 40
_MOST_OUT = 14
_HOT, _COLD = 0.01, 0.0005
"""Temperatures at both ends, in parts of the mean cost of a job."""

_UNITS_A_CALL = 20_000
"""Some five milliseconds between two looks at the deadline."""


def search(c: Columns, draft: Draft, budget: Budget, seed: int) -> int:
    """Improve a draft in place; the units of work spent. The draft is never left worse than it came."""
    if c.jobs.size < 2 or c.trucks.size == 0:
        return 0
    everyone = np.arange(c.jobs.size, dtype=np.int64)
    singles = append_table(c, starts(c), np.zeros_like(c.limits), everyone)
    empty_order = np.argsort(singles.change, axis=1, kind="stable").astype(np.int32)
    near = near_jobs(c, _NEAR)
    now = Draft(*(column.copy() for column in draft))
    progress = progress_of(c, now)
    state = lots(seed)
    mean = max(1.0, (float(draft.cost.sum()) + _left(c, draft)) / c.jobs.size)
    dirty = np.zeros(c.trucks.size, dtype=np.bool_)
    undo = nothing_done(now)
    spent = singles.change.size
    while not budget.is_over(spent):
        done = spent / budget.work_units
        heat = mean * _HOT * (_COLD / _HOT) ** done
        units = min(_UNITS_A_CALL, budget.work_units - spent)
        spent += _anneal(c, draft, now, progress, singles, empty_order, near, dirty, undo, heat, state, units)
        spent += _reorder(c, draft, now, progress, dirty, undo, state)
    return spent


def _reorder(
    c: Columns, best: Draft, now: Draft, progress: Progress, dirty: NDArray[np.bool_], undo: Undo,
    state: NDArray[np.uint64],
) -> int:  # fmt: skip
    """One step of all trucks at once, kept unless it is worse."""
    before = value(c, now)
    begin(now, undo)
    work = reassign(c, now, progress, undo, state)
    after = value(c, now)
    if after > before:
        take_back(c, now, progress, undo)
        return work
    np.logical_or(dirty, undo.changed, out=dirty)
    if after < value(c, best):
        copy_trucks(now, best, dirty)
        dirty[:] = False
    return work


def _left(c: Columns, draft: Draft) -> float:
    return float(c.jobs["unserved_cost"][draft.truck < 0].sum())


@njit(cache=True, nogil=True)
def _anneal(
    c: Columns, best: Draft, now: Draft, progress: Progress, singles: AppendTable, empty_order: NDArray[np.int32],
    near: NDArray[np.int32], dirty: NDArray[np.bool_], undo: Undo, heat: float, state: NDArray[np.uint64], units: int,
) -> int:  # fmt: skip
    """Steps at one temperature until the units are spent; `dirty` marks trucks where `best` may differ from `now`."""
    trucks, n = c.trucks.size, c.jobs.size
    out = np.empty(n, dtype=np.int32)
    busy = np.empty(trucks, dtype=np.int64)
    least, before = _worth(c, best), _worth(c, now)
    spent = 0
    while spent < units:
        begin(now, undo)
        found = _open_up(c, now, progress, near, undo, state, out)
        _order(c, out, found, state)
        busy_count = 0
        for truck in range(trucks):
            if now.stops[truck] > 0:
                busy[busy_count] = truck
                busy_count += 1
        spent += 2 + (trucks + n) // 8
        for k in range(found):
            truck, work = put_back(c, now, progress, singles, empty_order, out[k], state, busy, busy_count, undo)
            spent += work
            if truck >= 0 and now.stops[truck] == 1:
                busy[busy_count] = truck
                busy_count += 1
        after = _worth(c, now)
        same_tier = after[0] == before[0] and after[1] == before[1]
        uphill = float(after[2] - before[2])
        if less(after[0], after[1], after[2], before) or (same_tier and uphill <= -heat * np.log(1.0 - share(state))):
            dirty |= undo.changed
            before = after
            if less(after[0], after[1], after[2], least):
                copy_trucks(now, best, dirty)
                dirty[:] = False
                least = after
        else:
            take_back(c, now, progress, undo)
    return spent


@njit(cache=True, nogil=True)
def _open_up(
    c: Columns, now: Draft, progress: Progress, near: NDArray[np.int32], undo: Undo, state: NDArray[np.uint64],
    out: NDArray[np.int32],
) -> int:  # fmt: skip
    """Take some jobs out; they and those that were open already stand in `out`, and their number is returned."""
    n = c.jobs.size
    open_already = 0
    for job in range(n):
        if now.truck[job] < 0:
            open_already += 1
    touched = np.zeros(c.trucks.size, dtype=np.bool_)
    found = ruin(c, now, near, 1 + below(state, min(_MOST_OUT, n)), state, out, touched)
    for truck in range(touched.size):
        if touched[truck]:
            write_down(now, undo, truck)
    found = take_out(c, now, out, found, touched)
    for truck in range(touched.size):
        if touched[truck]:
            follow_up(c, now, progress, truck, 0)
    if open_already:
        found = 0
        for job in range(n):
            if now.truck[job] < 0:
                out[found] = job
                found += 1
    return found


@njit(cache=True, nogil=True)
def _worth(c: Columns, draft: Draft) -> tuple[int, int, int]:
    """The objective of a draft."""
    must, cost = 0, draft.cost.sum()
    for job in range(c.jobs.size):
        if draft.truck[job] < 0:
            must += c.jobs[job].must
            cost += c.jobs[job].unserved_cost
    return must, draft.wait_s.sum(), cost


@njit(cache=True, nogil=True)
def _order(c: Columns, out: NDArray[np.int32], found: int, state: NDArray[np.uint64]) -> None:
    """Must-serve jobs first; else by lot, by what a second of waiting costs, or by what leaving costs."""
    key = np.empty(found, dtype=np.float64)
    way = below(state, 4)
    for k in range(found):
        row = c.jobs[out[k]]
        if way < 2:
            key[k] = share(state)
        elif way == 2:
            key[k] = -float(row.rate + row.late_rate) * (0.8 + 0.4 * share(state))
        else:
            key[k] = -float(row.unserved_cost) * (0.8 + 0.4 * share(state))
        if row.must:
            key[k] -= 1e18
    order = np.argsort(key, kind="mergesort")
    sorted_out = out[:found][order]
    out[:found] = sorted_out
