"""Rung 2: rounds of linear assignment that append to the trucks' ends, then local search from there.

scipy's `linear_sum_assignment` (Crouse, "On implementing 2D rectangular assignment algorithms", IEEE TAES 2016) works
in float64: an entry above 2^53 loses its last bits, so an assignment may then be a hair off the best of its round.
Nothing else depends on it: every value that is kept or compared is computed again in integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dispatch.solver.append import AppendTable, Ends, append_table, starts
from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.budget import Budget
from dispatch.solver.draft import Draft, empty_draft, value
from dispatch.solver.polish import polish
from dispatch.solver.sequences import store

_FEW_JOBS = 8
_STARTS_WITH_FEW_JOBS = 12
_STARTS = 2


def assign(c: Columns, budget: Budget, seed: int, enough: tuple[int, int, int]) -> tuple[Draft, int]:
    """The best plan that this rung finds, and the work units spent.

    The first start is the rounds of assignment and always completed. The others are empty, so that the local search
    inserts job after job: those that must be served and the dearest to leave first, then (with few jobs, where it is
    cheap and makes a plan that is not the best rare) in orders drawn by lot. Each start is polished; a plan that
    attains `enough`, the proven bound on the objective, ends the search.
    """
    draft, spent = assignment_rounds(c)
    best = value(c, draft)
    if best == enough:
        return draft, spent
    lots = np.random.default_rng(seed)
    order = _urgent_first(c, lots)
    spent += polish(c, draft, budget.less(spent), order)
    best = value(c, draft)
    for start in range(1, _STARTS_WITH_FEW_JOBS if c.jobs.size <= _FEW_JOBS else _STARTS):
        if best == enough or spent >= budget.work_units:
            break
        if start > 1:
            order = lots.permutation(c.jobs.size)
        other = empty_draft(c)
        spent += polish(c, other, budget.less(spent), order)
        if value(c, other) < best:
            draft, best = other, value(c, other)
    return draft, spent


def _urgent_first(c: Columns, lots: np.random.Generator) -> NDArray[np.int64]:
    """Must-serve jobs first, then the dearest to leave; of equals, whichever comes up by lot."""
    lot = lots.permutation(c.jobs.size)
    return np.lexsort((lot, -c.jobs["unserved_cost"], -c.jobs["must"]))


def assignment_rounds(c: Columns) -> tuple[Draft, int]:
    """Assign and append until nothing is gained: the must-serve jobs by their wait first, then the others by cost."""
    draft, ends = empty_draft(c), starts(c)
    must = c.jobs["must"] != 0
    spent = 0
    for tier, key in ((must, _must_key), (~must, _ordinary_key)):
        open_jobs = np.flatnonzero(tier)
        while open_jobs.size and c.trucks.size:
            table = append_table(c, ends, draft.used, open_jobs)
            spent += open_jobs.size * c.trucks.size
            gain = key(table)
            rows, trucks = linear_sum_assignment(gain)
            helps = gain[rows, trucks] < 0
            if not helps.any():
                break
            append_pairs(c, draft, ends, table, open_jobs, rows[helps], trucks[helps])
            open_jobs = open_jobs[draft.truck[open_jobs] < 0]
    return draft, spent


def _ordinary_key(table: AppendTable) -> NDArray[np.float64]:
    """What serving changes, 0 where it does not help: an assignment at 0 means that the job stays unserved."""
    return np.minimum(table.change, 0).astype(np.float64)


def _must_key(table: AppendTable) -> NDArray[np.float64]:
    """Serve as many as possible, then wait as little as possible, then (within what float64 holds) cost little.

    A wait counts whole units, the cost less than half a unit in sum; leaving a job counts more than all waits.
    """
    possible = table.change < NEVER
    if not possible.any():
        return np.zeros(table.change.shape)
    n = table.change.shape[0]
    cheapest, dearest = int(table.change[possible].min()), int(table.change[possible].max())
    fraction = (table.change - cheapest) / (2.0 * n * max(1, dearest - cheapest))
    leave = float((int(table.wait_s.max()) + 1) * (n + 1))
    return np.where(possible, table.wait_s + fraction - leave, 0.0)


def append_pairs(
    c: Columns,
    draft: Draft,
    ends: Ends,
    table: AppendTable,
    open_jobs: NDArray[np.int64],
    rows: NDArray[np.int64],
    trucks: NDArray[np.int64],
) -> None:
    """Commit a round's pairs, the most valuable first; one whose shop has filled up meanwhile waits a round."""
    for at in np.argsort(table.change[rows, trucks], kind="stable").tolist():
        row, truck = int(rows[at]), int(trucks[at])
        job, option = int(open_jobs[row]), int(table.option[row, truck])
        limit = int(c.options[option]["limit"])
        if limit >= 0:
            if draft.used[limit] >= c.limits[limit]:
                continue
            draft.used[limit] += 1
        stops = int(draft.stops[truck])
        draft.jobs[truck, stops], draft.options[truck, stops] = job, option
        store(c, draft, truck, draft.jobs[truck], draft.options[truck], stops + 1)
        arrive_s = int(table.wait_s[row, truck]) + int(c.jobs[job]["reported_s"])
        ends.free_s[truck] = arrive_s + int(c.options[option]["span_s"])
        ends.place[truck] = c.options[option]["place"]
        ends.stops[truck] = stops + 1
