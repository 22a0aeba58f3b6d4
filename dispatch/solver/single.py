"""Rung 1: one open job. All trucks and shops are weighed in one table, so the answer is exact and its own bound."""

from __future__ import annotations

import numpy as np

from dispatch.solver.append import append_table, starts
from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.draft import Draft, empty_draft
from dispatch.solver.sequences import store


def single(c: Columns) -> tuple[Draft, int]:
    """The best plan of a problem with exactly one job, and the work units spent.

    Of equals the earlier arrival, then the first truck listed; an ordinary job that costs as much served as left is
    served.
    """
    draft = empty_draft(c)
    table = append_table(c, starts(c), draft.used, np.zeros(1, dtype=np.int64))
    change, wait_s = table.change[0], table.wait_s[0]
    if change.size == 0 or change.min() >= NEVER:
        return draft, change.size
    if c.jobs[0]["must"]:
        truck = int(np.lexsort((change, np.where(change < NEVER, wait_s, NEVER)))[0])
    else:
        truck = int(np.lexsort((wait_s, change))[0])
        if change[truck] > 0:
            return draft, change.size
    option = table.option[0, truck]
    draft.jobs[truck, 0], draft.options[truck, 0] = 0, option
    limit = int(c.options[option]["limit"])
    if limit >= 0:
        draft.used[limit] += 1
    store(c, draft, truck, draft.jobs[truck], draft.options[truck], 1)
    return draft, change.size
