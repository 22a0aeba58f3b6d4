"""From the linear optimum down to a plan: fix some routes for good, price the rest anew, and so on until all is whole.

Diving with column generation (Joncour, Michel, Sadykov, Sverdlov, Vanderbeck, "Column generation based primal
heuristics", Electronic Notes in Discrete Mathematics 36, 2010): the routes that fit the trucks and jobs left are made
for them, while those known were made for prices at which every truck was free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.solver.arrays import Columns
from dispatch.solver.budget import Budget
from dispatch.solver.generation.master import UNITS_A_COLUMN, Master, NoOptimum, used_limits
from dispatch.solver.generation.pool import Pool, Route
from dispatch.solver.generation.pricing import Pricer

_WHOLE = 0.99
_STEPS = 12
"""So many times a share of the trucks is fixed: at each at most one in so many, besides those that are whole."""

_DOUBTFUL = 0.75
"""A route with a smaller share is fixed alone."""

_PRICED_A_STEP = 3
_EXPANDED = 2_000


@dataclass(slots=True, eq=False)
class Dive:
    """One dive of a master that was solved before; new routes go into its pool. `spent` is in units of work.

    The master has its bounds back at the end, and is to be solved again before its prices are used.
    """

    c: Columns
    master: Master
    pool: Pool
    pricer: Pricer
    spent: int = 0

    def run(self, budget: Budget) -> tuple[Route, ...] | None:
        """The routes of the plan that it came to; None where it came to none within the budget."""
        fixed: list[int] = []
        try:
            while not budget.is_over(self.spent):
                shares = self.master.shares()
                taken = np.flatnonzero(shares > _WHOLE).tolist()
                if np.count_nonzero(shares > 1.0 - _WHOLE) == len(taken):
                    return tuple(self.pool.routes[row] for row in taken)
                new = self._to_fix(shares, fixed)
                for row in new:
                    self.master.columns[row].SetLb(1.0)
                fixed += new
                self.master.solve()
                self._price(fixed, budget)
        except NoOptimum:
            return None
        finally:
            for row in fixed:
                self.master.columns[row].SetLb(0.0)
        return None

    def _to_fix(self, shares: NDArray[np.float64], fixed: Sequence[int]) -> list[int]:
        """The whole routes and the largest shares that go with them and with each other."""
        trucks = {self.pool.routes[row].truck for row in fixed}
        jobs = {job for row in fixed for job in self.pool.routes[row].jobs}
        room = self.c.limits.tolist()
        for row in fixed:
            self._take_places(self.pool.routes[row], room)
        most = max(1, self.c.trucks.size // _STEPS)
        new: list[int] = []
        for row in np.argsort(-shares, kind="stable").tolist():
            route = self.pool.routes[row]
            if shares[row] <= 0.0 or (new and shares[row] <= _DOUBTFUL) or (shares[row] <= _WHOLE and len(new) >= most):
                break
            if route.truck in trucks or not jobs.isdisjoint(route.jobs) or len(set(route.jobs)) < len(route.jobs):
                continue
            if not self._take_places(route, room):
                continue
            trucks.add(route.truck)
            jobs.update(route.jobs)
            new.append(row)
        if not new:
            raise NoOptimum
        return new

    def _take_places(self, route: Route, room: list[int]) -> bool:
        uses = used_limits(route, self.c.options["limit"].tolist())
        if any(room[limit] < count for limit, count in uses.items()):
            return False
        for limit, count in uses.items():
            room[limit] -= count
        return True

    def _price(self, fixed: Sequence[int], budget: Budget) -> None:
        """Routes for the trucks and jobs that are still free, until they bring nothing or some rounds are over."""
        pricer = self.pricer.narrowed(self._rest(fixed))
        for _ in range(_PRICED_A_STEP):
            if budget.is_over(self.spent):
                return
            priced = pricer.price(self.master.solve(), _EXPANDED)
            known = len(self.pool.routes)
            new = self.pool.add(priced.trucks, priced.options)
            self.master.add(self.pool.routes[known:])
            self.spent += priced.work + UNITS_A_COLUMN * len(self.pool.routes)
            before = self.master.value
            if new == 0:
                return
            self.master.solve()
            if before - self.master.value < 1e-6 * before:
                return

    def _rest(self, fixed: Sequence[int]) -> Columns:
        """The problem as if trucks and jobs that are fixed could do nothing with each other or anybody else."""
        fits = self.c.fits.copy()
        for row in fixed:
            route = self.pool.routes[row]
            fits[route.truck, :] = False
            fits[:, list(route.jobs)] = False
        return self.c._replace(fits=fits)
