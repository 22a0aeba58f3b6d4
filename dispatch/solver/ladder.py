"""The one entry to the solver: it picks the rung, and every plan leaves with its bound and its reasons."""

from __future__ import annotations

from dataclasses import replace

from dispatch.plan import Method, Plan
from dispatch.problem import Problem
from dispatch.solver.arrays import Columns, columns
from dispatch.solver.assignment import assign
from dispatch.solver.bound import lower_bound
from dispatch.solver.budget import Budget
from dispatch.solver.draft import Draft, outcome, value
from dispatch.solver.generation.rung import generate
from dispatch.solver.reasons import unserved_reasons
from dispatch.solver.search import search
from dispatch.solver.single import single

_POLISHED = 200_000
"""Units after which the local search of the second rung hands over."""

_SEARCHED_A_JOB = 10_000
_SEARCHED_SHARE = 0.3
"""What the third rung may take, in units for each job and as a share of what is left."""


def solve(problem: Problem, budget: Budget, seed: int = 0) -> Plan:
    """Decide who serves what, in which order and to which shop.

    One job is solved exactly; more by assignment and local search, and where that does not attain its own bound, by
    column generation. The plan depends on the problem, the work units and the seed alone (and on the deadline where the
    budget has one). `dispatch.explain` tells why.
    """
    c = columns(problem)
    if c.jobs.size == 1:
        draft, work = single(c)
        return plan_of(problem, c, draft, Method.SINGLE, work, bound=value(c, draft)[2])
    bound = lower_bound(c)
    draft, work = assign(c, replace(budget, work_units=min(budget.work_units, _POLISHED)), seed, bound)
    now = value(c, draft)
    if now == bound or work >= budget.work_units or c.trucks.size == 0:
        proven = now[:2] == bound[:2]
        return plan_of(problem, c, draft, Method.ASSIGNMENT, work, proven=proven, bound=bound.cost if proven else None)
    units = min(_SEARCHED_A_JOB * c.jobs.size, int(_SEARCHED_SHARE * (budget.work_units - work)))
    work += search(c, draft, replace(budget, work_units=units), seed)
    found = generate(c, draft, bound, budget.less(work))
    return plan_of(problem, c, found.draft, Method.COLUMNS, work + found.work, proven=found.tier, bound=found.bound)


def plan_of(
    problem: Problem,
    c: Columns,
    draft: Draft,
    method: Method,
    work: int,
    *,
    proven: bool = True,
    bound: int | None = None,
) -> Plan:
    """A draft spelt out as a plan, with the reason for each job that it leaves."""
    spelt = outcome(problem, c, draft, proven=proven)
    unserved = unserved_reasons(problem, spelt.routes, spelt.open_jobs)
    return Plan(spelt.routes, unserved, spelt.terms, spelt.tier, bound, method, work)
