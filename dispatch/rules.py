"""The rules that a policy can name: the ladder, and the practices of today that it is measured against.

closest-idle: in order of report, the idle truck that is there first (one on its way back to its post is idle); a job
waits where none is. finish-then-go: the truck that is there first, whether or not it has to finish something before.
Neither calls a truck off a job that it is driving to, and both tow to the shop that costs least.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch.plan import Method, Plan
from dispatch.policy import Rule
from dispatch.problem import Problem
from dispatch.solver.append import append_table, starts
from dispatch.solver.arrays import NEVER, Columns, columns
from dispatch.solver.assignment import append_pairs
from dispatch.solver.budget import Budget
from dispatch.solver.draft import Draft, empty_draft
from dispatch.solver.ladder import plan_of, solve


def make_plan(rule: Rule, problem: Problem, budget: Budget, seed: int = 0) -> Plan:
    """The plan that a rule makes of a problem. Only the ladder's plans carry a bound."""
    if rule in (Rule.CLOSEST_IDLE, Rule.FINISH_THEN_GO):
        return first_come_first_served(problem, idle_only=rule is Rule.CLOSEST_IDLE)
    return solve(problem, budget, seed)


def first_come_first_served(problem: Problem, *, idle_only: bool) -> Plan:
    """Jobs in order of report, each to the truck that reaches it first; trucks under way keep their job."""
    c = columns(problem)
    draft, work = _draft(c, idle_only)
    return plan_of(problem, c, draft, Method.ASSIGNMENT, work, proven=not c.jobs["must"].any())


def _draft(c: Columns, idle_only: bool) -> tuple[Draft, int]:
    draft, ends = empty_draft(c), starts(c)
    idle = c.trucks["free_s"] == 0
    taken = c.trucks["target"][c.trucks["target"] >= 0]
    waiting = np.setdiff1d(np.arange(c.jobs.size), taken)
    waiting = waiting[np.argsort(c.jobs["reported_s"][waiting], kind="stable")]
    for job in [*taken.tolist(), *waiting.tolist()]:
        if c.trucks.size == 0:
            break
        table = append_table(c, ends, draft.used, np.array([job]))
        may = (c.trucks["target"] == job) if job in taken else idle & (ends.stops == 0) if idle_only else idle | ~idle
        truck = _first_there(table.change[0], table.wait_s[0], may)
        if truck >= 0:
            append_pairs(c, draft, ends, table, np.array([job]), np.array([0]), np.array([truck]))
    return draft, int(c.jobs.size * c.trucks.size)


def _first_there(change: NDArray[np.int64], wait_s: NDArray[np.int64], may: NDArray[np.bool_]) -> int:
    wait_s = np.where(may & (change < NEVER), wait_s, NEVER)
    truck = int(np.argmin(wait_s))
    return truck if wait_s[truck] < NEVER else -1
