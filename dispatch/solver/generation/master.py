"""The linear master of column generation: which mixture of the known routes costs least, and the prices of its rows.

GLOP keeps its basis from one solve to the next where only columns were added (OR-Tools' linear solver wrapper).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from dispatch.solver.arrays import Columns
from dispatch.solver.generation.duals import Duals, Rows, rounded
from dispatch.solver.generation.pool import Route

UNITS_A_COLUMN = 20
"""Weighings that a solve of the master is charged for each route that it knows."""


class NoOptimum(RuntimeError):
    """The linear solver came to no optimal end; whoever asked goes on without it."""


class Master:
    """Rows of trucks, jobs and limited shops (and the tier's), columns of leaving each job and of the routes added."""

    def __init__(self, c: Columns, rows: Rows, scale: int) -> None:
        self._c, self._rows, self._scale = c, rows, scale
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        row = self._solver.Constraint
        self._jobs = [row(1.0, 1.0) for _ in range(c.jobs.size)]
        self._trucks = [row(-self._solver.infinity(), 1.0) for _ in range(c.trucks.size)]
        self._limits = [row(-self._solver.infinity(), float(limit)) for limit in c.limits.tolist()]
        # Seconds beside ones and zeroes made the linear solver stumble: the row counts parts of what it allows.
        self._wait_unit_s = max(1, rows.most_wait_s or 0)
        self._wait = self._tier_row(None if rows.most_wait_s is None else rows.most_wait_s / self._wait_unit_s)
        self._left = self._tier_row(rows.most_left)
        self._objective = self._solver.Objective()
        self._objective.SetMinimization()
        self._limit_of = c.options["limit"].tolist()
        self.columns: list[Any] = []
        self.value = 0.0
        self._is_solved = False
        for job, cost, must in zip(range(c.jobs.size), c.jobs["unserved_cost"], c.jobs["must"], strict=True):
            left = self._solver.NumVar(0.0, self._solver.infinity(), "")
            self._objective.SetCoefficient(left, float(cost))
            self._jobs[job].SetCoefficient(left, 1.0)
            if must and self._left is not None:
                self._left.SetCoefficient(left, 1.0)

    def _tier_row(self, most: float | None) -> Any:
        return None if most is None else self._solver.Constraint(-self._solver.infinity(), float(most))

    def add(self, routes: Sequence[Route]) -> None:
        for route in routes:
            column = self._solver.NumVar(0.0, self._solver.infinity(), "")
            self._objective.SetCoefficient(column, float(route.cost))
            self._trucks[route.truck].SetCoefficient(column, 1.0)
            for job in route.jobs:
                self._jobs[job].SetCoefficient(column, 1.0)
            for limit, uses in used_limits(route, self._limit_of).items():
                self._limits[limit].SetCoefficient(column, float(uses))
            if self._wait is not None and route.wait_s:
                self._wait.SetCoefficient(column, route.wait_s / self._wait_unit_s)
            self.columns.append(column)

    def solve(self) -> Duals:
        """The duals of the best mixture. Raises NoOptimum where the solver finds none."""
        self._is_solved = self._solver.Solve() == pywraplp.Solver.OPTIMAL or self._solve_from_nothing()
        if not self._is_solved:
            raise NoOptimum
        self.value = self._objective.Value()
        return rounded(
            self._c, self._rows, _duals(self._jobs), _duals(self._limits), _duals(self._trucks),
            0.0 if self._wait is None else self._wait.dual_value() / self._wait_unit_s,
            0.0 if self._left is None else self._left.dual_value(),
            self._scale,
        )  # fmt: skip

    def _solve_from_nothing(self) -> bool:
        """Without the basis of the last solve, from which the solver may have found no way on."""
        cold = pywraplp.MPSolverParameters()
        cold.SetIntegerParam(cold.INCREMENTALITY, cold.INCREMENTALITY_OFF)
        return bool(self._solver.Solve(cold) == pywraplp.Solver.OPTIMAL)

    def shares(self) -> NDArray[np.float64]:
        """How much of each route is in the best mixture. Raises NoOptimum where the last solve found none."""
        if not self._is_solved:
            raise NoOptimum
        return np.array([column.solution_value() for column in self.columns])


def used_limits(route: Route, limit_of: Sequence[int]) -> dict[int, int]:
    """How many places of which limited shops a route takes."""
    uses: dict[int, int] = {}
    for option in route.options:
        if limit_of[option] >= 0:
            uses[limit_of[option]] = uses.get(limit_of[option], 0) + 1
    return uses


def _duals(rows: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([row.dual_value() for row in rows], dtype=np.float64)
