"""Rung 4: column generation, the must-serve tier first and then the cost among plans that are best in the tier."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from dispatch.solver.arrays import Columns
from dispatch.solver.bound import Bound
from dispatch.solver.budget import Budget
from dispatch.solver.draft import Draft, value
from dispatch.solver.generation.duals import Rows
from dispatch.solver.generation.generate import Generation
from dispatch.solver.generation.tier import priced_anew, tier_alone
from dispatch.solver.polish import polish

THREADS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """A plan, whether its tier is proven best, a bound on its cost (None: unknown), and the work done for it."""

    draft: Draft
    tier: bool
    bound: int | None
    work: int


def generate(c: Columns, draft: Draft, known: Bound, budget: Budget, threads: int = THREADS) -> Proven:
    """Improve a plan and prove how good it is, as far as the budget goes; `known` is a bound on all plans."""
    with ThreadPoolExecutor(threads) as workers:
        spent = 0
        now = value(c, draft)
        if now[:2] != known[:2]:
            draft, tier, spent = _best_tier(c, draft, budget, workers, threads)
            if not tier:
                return Proven(draft, tier, None, spent)
            now = value(c, draft)
        must = bool(c.jobs["must"].any())
        rows = Rows(now[0], now[1]) if must else Rows()
        generation = Generation(c, rows, draft, workers, threads)
        if now[:2] == known[:2]:
            generation.bound = known.cost
        generation.run(budget.less(spent))
        return Proven(generation.draft, True, generation.bound, spent + generation.spent)


def _best_tier(c: Columns, draft: Draft, budget: Budget, workers: Executor, threads: int) -> tuple[Draft, bool, int]:
    alone, _ = tier_alone(c)
    generation = Generation(alone, Rows(), priced_anew(alone, draft), workers, threads)
    before = generation.cost
    generation.run(budget)
    spent = generation.spent
    if generation.cost < before:
        draft = priced_anew(c, generation.draft)
        spent += polish(c, draft, budget.less(spent), np.arange(c.jobs.size))
    return draft, generation.is_closed(), spent
