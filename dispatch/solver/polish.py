"""Local search over a complete draft: move one job, or exchange two, while the objective gets better.

Every step is weighed by the full objective (unserved must-serve jobs, their wait, cost, in this order) and taken only
if it is better, so the search can never make a plan worse and ends in a local optimum of its neighbourhood: relocation
of one job to any place of any truck with any shop (or to none), exchange of two jobs, exchange of two tails, and
insertion of an unserved job behind another whose shop changes with it.
The neighbourhoods are the classic ones of Savelsbergh, "The vehicle routing problem with time windows: minimizing
route duration" (ORSA Journal on Computing 4, 1992).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.solver.arrays import Columns
from dispatch.solver.budget import Budget
from dispatch.solver.draft import Draft
from dispatch.solver.exchange import exchange, swap_tails
from dispatch.solver.insertion import follow, relocate

_UNITS_BETWEEN_POLLS = 20_000
"""About two milliseconds of search between two looks at the deadline."""


def polish(c: Columns, draft: Draft, budget: Budget, order: NDArray[np.int64]) -> int:
    """Improve a draft in place until no step helps or the budget ends; returns the units of work spent.

    `order` int64[J] is the order in which jobs are tried; it alone decides among equal local optima.
    """
    state = np.zeros(2, dtype=np.int64)
    spent = 0
    while state[1] < order.size and not budget.is_over(spent):
        spent += _improve(c, draft, order, state, min(_UNITS_BETWEEN_POLLS, budget.work_units - spent))
    return spent


@njit(cache=True, nogil=True)
def _improve(c: Columns, draft: Draft, order: NDArray[np.int64], state: NDArray[np.int64], units: int) -> int:
    """Visit jobs from `state[0]` on; `state[1]` counts visits since the last improvement. Returns the units spent."""
    scratch = np.empty((4, c.jobs.size + 1), dtype=np.int64)
    spent = 0
    while spent < units and state[1] < order.size:
        job = order[state[0]]
        better, cost = relocate(c, draft, job, scratch)
        spent += cost
        if not better:
            better, cost = exchange(c, draft, job, scratch)
            spent += cost
        if not better:
            better, cost = swap_tails(c, draft, job, scratch)
            spent += cost
        if not better and draft.truck[job] < 0:
            better, cost = follow(c, draft, job, scratch)
            spent += cost
        state[1] = 0 if better else state[1] + 1
        state[0] = (state[0] + 1) % order.size
    return spent
