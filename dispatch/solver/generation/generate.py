"""Column generation from a plan at hand: better plans, and a bound that rises until it meets them.

Rounds of master and pricing (Grötschel, Krumke, Rambau, Torres, "Combinatorial online optimization in real time", 2001,
for the ADAC's units) bring the linear optimum and its Lagrangian bound. When the bound is near, all routes within the
gap are listed and the integer master over them proves the best plan; before that, the routes known so far are combined.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np

from dispatch.solver.arrays import Columns
from dispatch.solver.budget import Budget
from dispatch.solver.draft import Draft, empty_draft, value
from dispatch.solver.generation.centre import between, marginal_prices
from dispatch.solver.generation.dive import Dive
from dispatch.solver.generation.duals import Duals, Rows, scale_of, whole
from dispatch.solver.generation.integer import best_combination, cost_without_places, places_part
from dispatch.solver.generation.master import UNITS_A_COLUMN, Master, NoOptimum
from dispatch.solver.generation.pool import Pool, Route, cost_of
from dispatch.solver.generation.pricing import Priced, Pricer
from dispatch.solver.search import search
from dispatch.solver.sequences import enter

_PULLS = ((0.05, 0.85), (0.02, 0.7), (0.0, 0.5))
"""How far the prices are pulled back to the best ones, from the gap (a share) on that stands before."""

_FEWEST_EXPANDED, _MOST_EXPANDED = 500, 100_000
_MOST_LISTED, _MOST_TRIED = 20_000, 150_000_000
_MOST_COMBINED = 4_000
_NODES = 200
_COMBINE_AT_GAP = 0.001
_SEARCHED_A_JOB = 40_000
_DIVED_ABOVE = 0.0002
_NEAR_PLAN = 0.005
_SMOOTHED_ABOVE, _STILL = 0.005, 1e-6
_CONVERGED_FEN = 0.5
_STALLED = 0.0005
"""A round that lowers the master by less than this share calls for longer searches, where these were cut short."""


@dataclass(slots=True, eq=False)
class Generation:
    """One problem with the rows that its plans must keep; `run` improves `draft` and `bound` as far as a budget goes.

    `bound` is a whole cost that no plan undercuts which keeps the rows; `cost` is that of `draft`.
    """

    c: Columns
    rows: Rows
    draft: Draft
    workers: Executor
    threads: int
    bound: int | None = None
    cost: int = 0
    spent: int = 0
    rounds: int = 0
    _pool: Pool = field(init=False)
    _scale: int = field(init=False)
    _parts: int | None = None
    _best: Priced | None = None
    _at: Duals | None = None

    def __post_init__(self) -> None:
        self.cost = value(self.c, self.draft)[2]
        self._scale = scale_of(self.c)
        self._pool = Pool(self.c)
        self._pool.add_draft(self.draft)

    def is_closed(self) -> bool:
        return self.bound is not None and self.bound >= self.cost

    def run(self, budget: Budget) -> None:
        """Rounds until the gap is closed, nothing more is to be gained, or the budget is spent."""
        master = Master(self.c, self.rows, self._scale)
        master.add(self._pool.routes)
        pricer = Pricer(self.c, self.rows, self.workers, self.threads)
        centre = marginal_prices(self.c, self.rows, self.draft, self._scale)
        outer, pull, expanded = centre, 0.0, _FEWEST_EXPANDED
        combined_at = 0
        linear = math.inf
        while not self.is_closed() and not budget.is_over(self.spent):
            self.rounds += 1
            at = between(self.c, self.rows, centre, outer, pull)
            priced = pricer.price(at, expanded)
            self.spent += priced.work
            better = self._take_bound(priced, at)
            # Where searches were cut short, the bound says nothing about the prices: they are followed instead.
            centre = at if better or priced.cut else centre
            known = len(self._pool.routes)
            new = self._pool.add(priced.trucks, priced.options)
            master.add(self._pool.routes[known:])
            self.spent += UNITS_A_COLUMN * len(self._pool.routes)
            if self.is_closed():
                break
            try:
                outer = master.solve()
            except NoOptimum:
                break
            before, linear = linear, master.value + int(self.c.trucks["switch"].sum())
            to_go = linear - self._proven()
            if priced.cut and not better and before - linear < _STALLED * linear:
                expanded = min(_MOST_EXPANDED, expanded * 2)
            if new == 0 and not better:
                if pull == 0.0 and expanded == _MOST_EXPANDED:
                    break
                pull = 0.0 if pull < 0.2 else pull / 2
                expanded = min(_MOST_EXPANDED, expanded * 4)
            elif to_go < _SMOOTHED_ABOVE * linear and before - linear < _STILL * linear:
                pull = 0.0 if pull < 0.2 else pull / 2
            else:
                pull = min(pull or 1.0, next(by for share, by in _PULLS if to_go >= share * linear))
            is_near = self.cost - linear < _NEAR_PLAN * linear
            if (
                is_near
                and to_go < _COMBINE_AT_GAP * linear
                and len(self._pool.routes) > combined_at + combined_at // 10
            ):
                combined_at = len(self._pool.routes)
                self._combine(budget)
                if self._list(pricer, budget):
                    break
            if to_go < _CONVERGED_FEN:
                break
        if not self.is_closed() and not budget.is_over(self.spent):
            if self.cost - linear > _DIVED_ABOVE * linear:
                self._dive(master, pricer, budget)
            if not budget.is_over(self.spent):
                self._combine(budget)
            if not budget.is_over(self.spent):
                self._list(pricer, budget)

    def _proven(self) -> float:
        """The bound that the prices have proven, in fen."""
        return -math.inf if self._parts is None else self._parts / self._scale

    def _take_bound(self, priced: Priced, at: Duals) -> bool:
        if self._parts is not None and priced.bound <= self._parts:
            return False
        self._parts, self._best, self._at = priced.bound, priced, at
        self._raise(whole(priced.bound, self._scale))
        return True

    def _raise(self, bound: int) -> None:
        self.bound = bound if self.bound is None else max(self.bound, bound)

    def _gap_parts(self) -> int:
        """A better plan costs at least one fen less than the one at hand."""
        assert self._parts is not None
        return (self.cost - 1) * self._scale - self._parts + 1

    def _dive(self, master: Master, pricer: Pricer, budget: Budget) -> None:
        """A plan from the mixture of routes at hand."""
        dive = Dive(self.c, master, self._pool, pricer)
        routes = dive.run(budget.less(self.spent))
        self.spent += dive.spent
        if routes is not None and cost_of(self.c, routes) < self.cost:
            self._adopt(routes)
        if dive.spent and not budget.is_over(self.spent):
            # The last trucks of a dive get what is left; the search puts their jobs elsewhere.
            units = _SEARCHED_A_JOB * self.c.jobs.size
            self.spent += search(self.c, self.draft, budget.less(self.spent).at_most(units), 0)
            self.cost = value(self.c, self.draft)[2]
            self._pool.add_draft(self.draft)

    def _combine(self, budget: Budget) -> None:
        """The best plan of the routes known."""
        self._choose(self._pool.routes, _MOST_COMBINED, budget)

    def _list(self, pricer: Pricer, budget: Budget) -> bool:
        """Try to end it: the best of all routes that a better plan could hold. True where that is proven."""
        if self.is_closed() or self._best is None or self._at is None:
            return self.is_closed()
        listed, work = pricer.list_within(self._at, self._best.least, self._gap_parts(), _MOST_LISTED, _MOST_TRIED)
        self.spent += work
        if listed is None:
            return False
        pool = Pool(self.c)
        pool.add(*listed)
        if self._choose(cheapest_of_equals(pool.routes, self.c), _MOST_LISTED, budget):
            self._raise(self.cost)
            return True
        return False

    def _choose(self, routes: Sequence[Route], most: int, budget: Budget) -> bool:
        """Combine the routes that fit into the gap; True where nothing better can be made of all those given."""
        assert self._at is not None
        assert self._best is not None
        at, gap = self._at, self._gap_parts()
        job, limit, limit_of = at.job.tolist(), at.limit.tolist(), self.c.options["limit"].tolist()
        least = np.minimum(self._best.least, 0).tolist()
        priced = [(cost_without_places(route, at, job), route) for route in routes]
        within = sorted(
            (
                (above, cost, route)
                for cost, route in priced
                if (above := cost - places_part(route, limit_of, limit) - least[route.truck]) < gap
                and len(set(route.jobs)) == len(route.jobs)
            ),
            key=lambda each: each[0],
        )
        chosen = within[:most]
        self.spent += 50 * len(chosen)
        seconds = budget.left_s() if budget.left_s is not None else None
        found = best_combination(
            self.c, self.rows, at, gap, [route for _, _, route in chosen],
            [cost for _, cost, _ in chosen], self.cost,
            _NODES, seconds,
        )  # fmt: skip
        if found.routes is not None:
            self._adopt(found.routes)
        return found.is_best and len(chosen) == len(within)

    def _adopt(self, routes: Sequence[Route]) -> None:
        draft = empty_draft(self.c)
        for route in routes:
            enter(self.c, draft, route.truck, np.array(route.jobs), np.array(route.options))
        self.draft, self.cost = draft, value(self.c, draft)[2]


def cheapest_of_equals(routes: Sequence[Route], c: Columns) -> list[Route]:
    """Of routes of one truck with the same jobs, uses of limited shops and must-serve wait, the cheapest."""
    limit_of = c.options["limit"].tolist()
    best: dict[tuple[int, frozenset[int], tuple[int, ...], int], Route] = {}
    for route in routes:
        limits = tuple(sorted(limit_of[option] for option in route.options if limit_of[option] >= 0))
        key = route.truck, frozenset(route.jobs), limits, route.wait_s
        if key not in best or route.cost < best[key].cost:
            best[key] = route
    return list(best.values())
