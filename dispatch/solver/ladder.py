"""The one entry to the solver: it picks the rung, and every plan leaves with its bound and its reasons."""

from __future__ import annotations

from dispatch.plan import Method, Plan
from dispatch.problem import Problem
from dispatch.solver.arrays import Columns, columns
from dispatch.solver.assignment import assign
from dispatch.solver.bound import lower_bound
from dispatch.solver.budget import Budget
from dispatch.solver.draft import Draft, outcome, value
from dispatch.solver.reasons import unserved_reasons
from dispatch.solver.single import single


def solve(problem: Problem, budget: Budget, seed: int = 0) -> Plan:
    """Decide who serves what, in which order and to which shop.

    One job is solved exactly; more by assignment and local search, with a bound. The plan depends on the problem, the
    work units and the seed alone (and on the deadline where the budget has one). `dispatch.explain` tells why.
    """
    c = columns(problem)
    if c.jobs.size == 1:
        draft, work = single(c)
        return _exact(problem, c, draft, work)
    bound = lower_bound(c)
    draft, work = assign(c, budget, seed, bound)
    proven = value(c, draft)[:2] == bound[:2]
    spelt = outcome(problem, c, draft, proven=proven)
    return Plan(
        routes=spelt.routes,
        unserved=unserved_reasons(problem, spelt.routes, spelt.open_jobs),
        terms=spelt.terms,
        tier=spelt.tier,
        lower_bound=bound.cost if proven else None,
        method=Method.ASSIGNMENT,
        work=work,
    )


def _exact(problem: Problem, c: Columns, draft: Draft, work: int) -> Plan:
    spelt = outcome(problem, c, draft, proven=True)
    unserved = unserved_reasons(problem, spelt.routes, spelt.open_jobs)
    return Plan(spelt.routes, unserved, spelt.terms, spelt.tier, spelt.terms.cost, Method.SINGLE, work)
