"""Where the prices start, and how far each round of pricing is let away from the best ones so far.

Smoothing after Wentges ("Weighted Dantzig-Wolfe decomposition for linear mixed-integer programming", International
Transactions in Operational Research 4, 1997): the master's own prices swing wildly while it knows few routes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.draft import Draft
from dispatch.solver.generation.duals import Duals, Rows, dearest
from dispatch.solver.route import route_value


def marginal_prices(c: Columns, rows: Rows, draft: Draft, scale: int) -> Duals:
    """Each job at what its truck would save without it, or at what leaving it costs."""
    job = c.jobs["unserved_cost"].copy()
    truck = np.zeros(c.trucks.size, dtype=np.int64)
    for row in np.flatnonzero(draft.stops).tolist():
        count = int(draft.stops[row])
        jobs, options = draft.jobs[row, :count], draft.options[row, :count]
        for at in range(count):
            rest = np.delete(jobs, at), np.delete(options, at)
            _, without = route_value(c, row, *rest, count - 1)
            if without < NEVER:
                job[jobs[at]] = min(int(job[jobs[at]]), int(draft.cost[row]) - without)
        change = int(draft.cost[row]) - int(c.trucks["switch"][row])
        truck[row] = min(0, change - int(job[jobs].sum()))
    limit = np.zeros(c.limits.size, dtype=np.int64)
    return Duals(scale, np.minimum(job * scale, dearest(c, rows, 0, scale)), limit, truck * scale)


def between(c: Columns, rows: Rows, centre: Duals, outer: Duals, pull: float) -> Duals:
    """`pull` of the centre and the rest of the outer prices, in whole parts; the signs stay right."""

    def mixed(inner: NDArray[np.int64], out: NDArray[np.int64]) -> NDArray[np.int64]:
        step: NDArray[np.int64] = np.rint(pull * (inner - out)).astype(np.int64)
        return out + step

    left = outer.left + round(pull * (centre.left - outer.left))
    return Duals(
        outer.scale,
        np.minimum(mixed(centre.job, outer.job), dearest(c, rows, left, outer.scale)),
        mixed(centre.limit, outer.limit),
        mixed(centre.truck, outer.truck),
        outer.wait + round(pull * (centre.wait - outer.wait)),
        left,
    )
