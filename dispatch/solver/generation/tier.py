"""The must-serve tier by itself: how few of its jobs have to be left, and how little the others can wait in sum."""

from __future__ import annotations

import numpy as np

from dispatch.solver.arrays import Columns
from dispatch.solver.draft import Draft, empty_draft
from dispatch.solver.sequences import enter


def tier_alone(c: Columns) -> tuple[Columns, int]:
    """The same problem with nothing but the tier's objective, as `left * weight + wait` in seconds; and that weight.

    One job more that is served outweighs any waiting: nobody waits longer than until the last truck has set off for the
    last time and has driven the longest way.
    """
    trucks, jobs, options = c.trucks.copy(), c.jobs.copy(), c.options.copy()
    must = jobs["must"] != 0
    # durations_s holds NO_WAY_S where there is no way, which is longer than any.
    known_s = c.durations_s[c.durations_s < 2**32 - 1]
    longest_s = int(known_s.max(initial=0)) + max(0, int(trucks["shift_end_s"].max(initial=0)))
    weight = int(np.count_nonzero(must)) * (longest_s - int(jobs["reported_s"][must].min(initial=0))) + 1
    trucks["price"] = 0
    trucks["switch"] = 0
    jobs["rate"] = must
    jobs["late_rate"] = 0
    jobs["base"] = np.where(must, -jobs["reported_s"], 0)
    jobs["unserved_cost"] = np.where(must, weight, 0)
    options["cost"] = 0
    return c._replace(trucks=trucks, jobs=jobs, options=options, empty_rate=0, overtime_rate=0), weight


def priced_anew(c: Columns, draft: Draft) -> Draft:
    """The same sequences with their values in other columns of the same problem."""
    anew = empty_draft(c)
    for truck in np.flatnonzero(draft.stops).tolist():
        count = int(draft.stops[truck])
        enter(c, anew, truck, draft.jobs[truck, :count], draft.options[truck, :count])
    return anew
