"""A dive from the linear optimum: a plan that keeps every rule, and a master that is as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.solver.arrays import columns
from dispatch.solver.assignment import assignment_rounds
from dispatch.solver.budget import Budget
from dispatch.solver.generation.dive import Dive
from dispatch.solver.generation.duals import Rows, scale_of
from dispatch.solver.generation.master import Master
from dispatch.solver.generation.pool import Pool
from dispatch.solver.generation.pricing import Pricer
from tests.random_problems import random_problem


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), trucks=st.integers(2, 6), jobs=st.integers(4, 12))
def test_a_dive_comes_to_a_plan_and_leaves_the_master_as_it_was(seed: int, trucks: int, jobs: int) -> None:
    c = columns(random_problem(np.random.default_rng(seed), trucks, jobs))
    draft, _ = assignment_rounds(c)
    pool = Pool(c)
    pool.add_draft(draft)
    with ThreadPoolExecutor(2) as workers:
        pricer = Pricer(c, Rows(), workers, 2)
        master = Master(c, Rows(), scale_of(c))
        master.add(pool.routes)
        for _ in range(5):
            priced = pricer.price(master.solve(), 10_000)
            known = len(pool.routes)
            pool.add(priced.trucks, priced.options)
            master.add(pool.routes[known:])
        master.solve()
        linear = master.value
        dive = Dive(c, master, pool, pricer)
        routes = dive.run(Budget(10**9))
        assert Dive(c, master, pool, pricer).run(Budget(0)) is None
    assert routes is not None
    served = [job for route in routes for job in route.jobs]
    assert len(served) == len(set(served))
    assert len({route.truck for route in routes}) == len(routes)
    options = [option for route in routes for option in route.options]
    uses = np.bincount(c.options["limit"][options][c.options["limit"][options] >= 0], minlength=c.limits.size)
    assert (uses <= c.limits).all()
    master.solve()
    assert master.value <= linear + 1e-3
