"""The linear program over the walks that are known: which of them, in which shares, serve every job at least cost.

Its prices of the jobs are what the next walks are looked for with. scipy's HiGHS solves it; whatever comes of it is
only a suggestion, since `day_bound` makes a bound of any prices in whole numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

NODES = 200
"""Of the search for whole walks; a number of nodes gives the same choice on every machine, a time limit would not."""


@dataclass(slots=True)
class Master:
    """Walks of trucks: each job is to be visited at least once, each truck takes one walk at most."""

    jobs: int
    trucks: int
    _costs: list[int] = field(default_factory=list)
    _rows: list[int] = field(default_factory=list)
    _columns: list[int] = field(default_factory=list)
    _entries: list[int] = field(default_factory=list)
    _walks: dict[int, tuple[int, int, tuple[int, ...]]] = field(default_factory=dict)
    _known: set[tuple[int, int, tuple[int, ...]]] = field(default_factory=set)

    def add(self, truck: int, cost: int, walk: Sequence[int]) -> bool:
        """Takes in a walk; False where it is known already."""
        key = (truck, cost, tuple(walk))
        if key in self._known:
            return False
        self._known.add(key)
        column = len(self._costs)
        self._walks[column] = key
        self._costs.append(cost)
        # Rows up to the number of jobs say -visits <= -1, the others that a truck has one walk.
        for job, visits in Counter(walk).items():
            self._enter(job, column, -visits)
        self._enter(self.jobs + truck, column, 1)
        return True

    def solve(self) -> tuple[float, NDArray[np.float64]]:
        """The least cost, and the price of each job, float64[J] >= 0. The walks of some plan must be known."""
        solved = linprog(self._costs, A_ub=self._table(), b_ub=self._limits(), method="highs")
        if solved.status != 0:
            raise RuntimeError(f"the linear program over the walks of a day was not solved: {solved.message}")
        return float(solved.fun), np.maximum(0.0, -solved.ineqlin.marginals[: self.jobs])

    def choose(self) -> list[list[int]]:
        """The jobs of each truck in a cheap choice of whole walks; a job may be visited by several."""
        chosen = milp(
            self._costs,
            integrality=np.ones(len(self._costs)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(self._table(), ub=self._limits()),
            options={"node_limit": NODES, "mip_rel_gap": 1e-4},
        )
        routes: list[list[int]] = [[] for _ in range(self.trucks)]
        if chosen.x is not None:
            for column in np.flatnonzero(chosen.x > 0.5).tolist():
                truck, _, walk = self._walks[column]
                routes[truck] = list(walk)
        return routes

    def _table(self) -> csc_array:
        shape = (self.jobs + self.trucks, len(self._costs))
        return csc_array((np.array(self._entries, np.float64), (self._rows, self._columns)), shape=shape)

    def _limits(self) -> NDArray[np.float64]:
        return np.concatenate([np.full(self.jobs, -1.0), np.ones(self.trucks)])

    def _enter(self, row: int, column: int, value: int) -> None:
        self._rows.append(row)
        self._columns.append(column)
        self._entries.append(value)
