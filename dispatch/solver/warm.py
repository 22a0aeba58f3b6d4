"""Every kernel of the solver loaded or compiled ahead of the first problem that matters."""

from __future__ import annotations

import numpy as np

from dispatch.problem import Problem, ProblemJob, ProblemTruck, ShopOption, Weights
from dispatch.solver.arrays import columns
from dispatch.solver.assignment import assignment_rounds
from dispatch.solver.bound import lower_bound
from dispatch.solver.budget import Budget
from dispatch.solver.draft import empty_draft
from dispatch.solver.polish import polish


def warm_up() -> None:
    """Call each kernel once, on a problem too small to take time: 0.2 s from the cache, some 12 s without it."""
    shops = (ShopOption("S", 0, 1), ShopOption("R", 1, 1))
    trucks = tuple(ProblemTruck(f"T{at}", at, 0, frozenset(), 100, "") for at in range(2))
    jobs = tuple(ProblemJob(f"J{at}", "", 0, frozenset(), 0, 0, 1, 0, 1, shops, 1_000) for at in range(3))
    c = columns(Problem(1 - np.eye(2, dtype=np.int64), trucks, jobs, Weights(), {"S": 1}))
    lower_bound(c)
    assignment_rounds(c)
    polish(c, empty_draft(c), Budget(1), np.arange(3))
