"""The one entry to the solver: it picks the rung, and every plan leaves with its bound and its reasons."""

from __future__ import annotations

from dispatch.plan import Method, Plan
from dispatch.problem import Problem
from dispatch.solver.arrays import Columns, columns
from dispatch.solver.assignment import assign, assignment_rounds
from dispatch.solver.bound import Bound, lower_bound
from dispatch.solver.budget import WEIGHINGS_A_UNIT, Budget
from dispatch.solver.draft import Draft, outcome, value
from dispatch.solver.generation.rung import generate
from dispatch.solver.reasons import unserved_reasons
from dispatch.solver.search import search
from dispatch.solver.single import single

_POLISHED = 200_000
"""Weighings after which the local search of the second rung hands over."""

_SEARCHED_A_JOB = 10_000
_SEARCHED_SHARE = 0.3
"""What the third rung may take, in weighings for each job and as a share of what is left."""


def solve(problem: Problem, budget: Budget, seed: int = 0) -> Plan:
    """Decide who serves what, in which order and to which shop.

    One job is solved exactly; more by assignment and local search, and where that does not attain its own bound, by
    column generation. The plan depends on the problem, the work units and the seed alone (and on the deadline where the
    budget has one). `dispatch.explain` tells why.
    """
    c, budget = columns(problem), budget.in_weighings()
    if c.jobs.size == 1:
        draft, work = single(c)
        return plan_of(problem, c, draft, Method.SINGLE, work, bound=value(c, draft)[2])
    bound = lower_bound(c)
    draft, work = assign(c, budget.at_most(_POLISHED), seed, bound)
    if value(c, draft) == bound or budget.is_over(work) or c.trucks.size == 0:
        return _as_bounded(problem, c, draft, Method.ASSIGNMENT, work, bound)
    units = min(_SEARCHED_A_JOB * c.jobs.size, int(_SEARCHED_SHARE * (budget.work_units - work)))
    work += search(c, draft, budget.at_most(units), seed)
    if budget.is_over(work):
        return _as_bounded(problem, c, draft, Method.SEARCH, work, bound)
    found = generate(c, draft, bound, budget.less(work))
    return plan_of(problem, c, found.draft, Method.COLUMNS, work + found.work, proven=found.tier, bound=found.bound)


def search_alone(problem: Problem, budget: Budget, seed: int = 0) -> Plan:
    """The plan of the third rung by itself, whatever its bound: what it is worth is measured by this."""
    c, budget = columns(problem), budget.in_weighings()
    bound = lower_bound(c)
    draft, work = assignment_rounds(c)
    work += search(c, draft, budget.less(work), seed)
    return _as_bounded(problem, c, draft, Method.SEARCH, work, bound)


def _as_bounded(problem: Problem, c: Columns, draft: Draft, method: Method, work: int, bound: Bound) -> Plan:
    """A plan with a bound on all plans: one on its cost only where it attains the bound on the tier."""
    proven = value(c, draft)[:2] == bound[:2]
    return plan_of(problem, c, draft, method, work, proven=proven, bound=bound.cost if proven else None)


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
    """A draft spelt out as a plan, with the reason for each job that it leaves; `work` is in weighings."""
    spelt = outcome(problem, c, draft, proven=proven)
    unserved = unserved_reasons(problem, spelt.routes, spelt.open_jobs)
    return Plan(spelt.routes, unserved, spelt.terms, spelt.tier, bound, method, -(-work // WEIGHINGS_A_UNIT))
