"""The integer master: which of the known routes, each whole or not at all, make the cheapest plan (HiGHS).

Costs are handed over as reduced costs: what is left of them is the size of the gap, not of the plan, so that the
solver's tolerances are far below one fen. Only what could be in a plan better than the one at hand is handed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from ortools.math_opt.python import mathopt

from dispatch.solver.arrays import Columns
from dispatch.solver.generation.duals import Duals, Rows
from dispatch.solver.generation.master import used_limits
from dispatch.solver.generation.pool import Route, cost_of

_HALF_A_FEN = 0.5


@dataclass(frozen=True, slots=True)
class Combination:
    """The routes chosen (None: none better was found) and whether no better choice among those given exists."""

    routes: tuple[Route, ...] | None
    is_best: bool


def cost_without_places(route: Route, duals: Duals, job: Sequence[int]) -> int:
    """A route's reduced cost in parts, but for the duals of its truck and of limited shops; `job` as in the duals."""
    return route.cost * duals.scale - sum(job[each] for each in route.jobs) - duals.wait * route.wait_s


def places_part(route: Route, limit_of: Sequence[int], limit: Sequence[int]) -> int:
    """What the duals `limit` of limited shops make of a route: its reduced cost is less by it."""
    return sum(limit[limit_of[option]] for option in route.options if limit_of[option] >= 0)


def best_combination(
    c: Columns, rows: Rows, duals: Duals, gap: int, routes: Sequence[Route], costs: Sequence[int], most: int,
    nodes: int, seconds: float | None,
) -> Combination:  # fmt: skip
    """The best choice of `routes`, if it costs less than `most` fen.

    `costs` are those of `cost_without_places`: how often those are used differs from plan to
    plan, and what differs belongs to no constant. Jobs whose leaving costs `gap` parts or more are served.
    """
    scale = duals.scale
    model = mathopt.Model()
    chosen = [model.add_binary_variable() for _ in routes]
    of_job: list[list[Any]] = [[] for _ in range(c.jobs.size)]
    of_truck: dict[int, list[Any]] = {}
    of_limit: list[list[Any]] = [[] for _ in range(c.limits.size)]
    limit_of = c.options["limit"].tolist()
    for route, variable in zip(routes, chosen, strict=True):
        of_truck.setdefault(route.truck, []).append(variable)
        for job in route.jobs:
            of_job[job].append(variable)
        for limit, uses in used_limits(route, limit_of).items():
            of_limit[limit].append(uses * variable)
    must = c.jobs["must"].tolist()
    leaving = (c.jobs["unserved_cost"] * scale - duals.job - np.where(c.jobs["must"] != 0, duals.left, 0)).tolist()
    # What no better plan could pay is left out: so large a coefficient would swallow the solver's tolerances.
    may_leave = [cost < gap for cost in leaving]
    left = [model.add_binary_variable() if may else 0.0 for may in may_leave]
    for each, gone in zip(of_job, left, strict=True):
        model.add_linear_constraint(mathopt.fast_sum([*each, gone]) == 1)
    for each in of_truck.values():
        model.add_linear_constraint(mathopt.fast_sum(each) <= 1)
    for each, limit in zip(of_limit, c.limits.tolist(), strict=True):
        model.add_linear_constraint(mathopt.fast_sum(each) <= limit)
    if rows.most_wait_s is not None:
        waits = [route.wait_s * variable for route, variable in zip(routes, chosen, strict=True) if route.wait_s]
        model.add_linear_constraint(mathopt.fast_sum(waits) <= rows.most_wait_s)
    if rows.most_left is not None:
        model.add_linear_constraint(
            mathopt.fast_sum(
                [each for each, is_must, may in zip(left, must, may_leave, strict=True) if is_must and may]
            )
            <= rows.most_left
        )
    model.minimize(
        mathopt.fast_sum([cost / scale * variable for cost, variable in zip(costs, chosen, strict=True)])
        + mathopt.fast_sum(
            [
                cost / scale * variable
                for cost, variable in zip(leaving, left, strict=True)
                if not isinstance(variable, float)
            ]
        )
    )
    limits = mathopt.SolveParameters(
        relative_gap_tolerance=0.0,
        absolute_gap_tolerance=_HALF_A_FEN,
        node_limit=nodes,
        time_limit=None if seconds is None else timedelta(seconds=max(0.05, seconds)),
    )
    result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=limits)
    optimal = result.termination.reason is mathopt.TerminationReason.OPTIMAL
    if not result.has_primal_feasible_solution():
        return Combination(None, result.termination.reason is mathopt.TerminationReason.INFEASIBLE)
    values = result.variable_values(chosen)
    picked = tuple(route for route, value in zip(routes, values, strict=True) if value > 0.5)
    return Combination(picked if cost_of(c, picked) < most else None, optimal)
