"""Every kernel of the solver loaded or compiled ahead of the first problem that matters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dispatch.problem import Problem, ProblemJob, ProblemTruck, ShopOption, Weights
from dispatch.solver.arrays import Columns, columns
from dispatch.solver.assignment import assignment_rounds
from dispatch.solver.bound import lower_bound
from dispatch.solver.budget import Budget
from dispatch.solver.draft import empty_draft
from dispatch.solver.generation.centre import marginal_prices
from dispatch.solver.generation.duals import Rows, scale_of
from dispatch.solver.generation.master import Master
from dispatch.solver.generation.pool import Pool
from dispatch.solver.generation.pricing import Pricer
from dispatch.solver.polish import polish
from dispatch.solver.search import search

_FEW = 1_000


def warm_up() -> None:
    """Call each kernel once, on a problem too small to take time: 0.5 s from the cache, half a minute without it."""
    shops = (ShopOption("S", 0, 1), ShopOption("R", 1, 1))
    trucks = tuple(ProblemTruck(f"T{at}", at, 0, frozenset(), 100, "") for at in range(2))
    jobs = tuple(ProblemJob(f"J{at}", "", 0, frozenset(), 0, 0, 1, 0, 1, shops, 1_000) for at in range(3))
    c = columns(Problem(1 - np.eye(2, dtype=np.int64), trucks, jobs, Weights(), {"S": 1}))
    lower_bound(c)
    assignment_rounds(c)
    polish(c, empty_draft(c), Budget(1), np.arange(3))
    search(c, empty_draft(c), Budget(_FEW), 0)
    _generate(c)


def _generate(c: Columns) -> None:
    rows = Rows()
    draft, _ = assignment_rounds(c)
    with ThreadPoolExecutor(1) as workers:
        pricer = Pricer(c, rows, workers, 1)
        duals = marginal_prices(c, rows, draft, scale_of(c))
        priced = pricer.price(duals, _FEW)
        pricer.list_within(duals, priced.least, 1, _FEW, _FEW)
    pool = Pool(c)
    pool.add(priced.trucks, priced.options)
    master = Master(c, rows, duals.scale)
    master.add(pool.routes)
    master.solve()
