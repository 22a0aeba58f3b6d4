"""Column generation against the optimum by trying everything, and against itself on one thread and on two."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.plan import Method
from dispatch.plan_document import document_of
from dispatch.solver.arrays import NEVER, Columns, columns
from dispatch.solver.assignment import assignment_rounds
from dispatch.solver.bound import lower_bound
from dispatch.solver.budget import Budget
from dispatch.solver.check import check
from dispatch.solver.draft import empty_draft, value
from dispatch.solver.generation.duals import Duals, Rows, at_prices, rounded, scale_of, whole
from dispatch.solver.generation.pool import Pool
from dispatch.solver.generation.pricing import Pricer
from dispatch.solver.generation.rung import generate
from dispatch.solver.generation.tier import tier_alone
from dispatch.solver.ladder import solve
from dispatch.solver.route import route_value
from tests.brute_force import best_value
from tests.random_problems import random_problem

PROBLEMS = 1_000 if os.environ.get("TOWLINE_FULL") else 150
PLENTY = Budget(10**8)


def test_plan_and_bound_are_the_optimum_of_small_problems_with_every_feature() -> None:
    rng = np.random.default_rng(7)
    methods = set()
    for at in range(PROBLEMS):
        problem = random_problem(rng, int(rng.integers(1, 5)), int(rng.integers(2, 6)))
        plan = solve(problem, PLENTY)
        assert check(problem, document_of(plan)).faults == (), f"problem {at}"
        assert (plan.tier.unserved, plan.tier.wait_s, plan.cost) == best_value(problem), f"problem {at}"
        assert plan.tier.proven
        assert plan.lower_bound == plan.cost, f"problem {at}"
        methods.add(plan.method)
    assert Method.COLUMNS in methods


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_one_thread_and_two_make_the_same_plan(seed: int) -> None:
    c = columns(random_problem(np.random.default_rng(seed), 6, 12))
    found = []
    for threads in (1, 2):
        draft, _ = assignment_rounds(c)
        found.append(generate(c, draft, lower_bound(c), Budget(10**7), threads))
    assert found[0].bound == found[1].bound
    assert found[0].work == found[1].work
    assert found[0].tier == found[1].tier
    for name in ("stops", "truck", "cost"):
        assert (getattr(found[0].draft, name) == getattr(found[1].draft, name)).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_plan_of_any_seed_or_of_more_work_lies_under_a_bound(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), 5, 11)
    plans = [solve(problem, Budget(units), seed=at) for at, units in enumerate((1, 300, 3_000, 10**6))]
    for plan in plans:
        if plan.lower_bound is None:
            continue
        for other in plans:
            assert (other.tier.unserved, other.tier.wait_s) >= (plan.tier.unserved, plan.tier.wait_s)
            if (other.tier.unserved, other.tier.wait_s) == (plan.tier.unserved, plan.tier.wait_s):
                assert other.cost >= plan.lower_bound


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), spread=st.floats(0.0, 1.5))
def test_any_prices_prove_a_bound_even_of_a_search_cut_short(seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 3, 4)
    # The Lagrangian bound is one on the cost alone, so the tier is left out of the problem.
    problem = replace(problem, jobs=tuple(replace(job, must_serve=False) for job in problem.jobs))
    c = columns(problem)
    duals = _any_duals(c, rng, spread)
    with ThreadPoolExecutor(1) as workers:
        for most_expanded in (1, 10_000):
            priced = Pricer(c, Rows(), workers, 1).price(duals, most_expanded)
            assert whole(priced.bound, duals.scale) <= best_value(problem)[2]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), gap=st.integers(1, 20_000))
def test_listing_finds_each_route_within_the_gap_and_no_other(seed: int, gap: int) -> None:
    rng = np.random.default_rng(seed)
    c = columns(random_problem(rng, 2, 4))
    duals = _any_duals(c, rng, 1.0)
    priced_c = at_prices(c, duals)
    with ThreadPoolExecutor(1) as workers:
        pricer = Pricer(c, Rows(), workers, 1)
        least = pricer.price(duals, 10_000).least
        listed, _ = pricer.list_within(duals, least, gap * duals.scale, 10_000, 10**7)
    assert listed is not None
    found = {(truck, tuple(row[row >= 0])) for truck, row in zip(listed[0].tolist(), listed[1], strict=True)}
    below = np.minimum(least, 0) + gap * duals.scale
    expected = {
        (truck, options)
        for truck in range(c.trucks.size)
        for options, cost in _every_route(priced_c, truck)
        if cost < below[truck]
    }
    assert found == expected


def _any_duals(c: Columns, rng: np.random.Generator, spread: float) -> Duals:
    return rounded(
        c, Rows(), c.jobs["unserved_cost"] * rng.random(c.jobs.size) * spread, -rng.random(c.limits.size) * 500,
        -rng.random(c.trucks.size) * 500, 0.0, 0.0, scale_of(c),
    )  # fmt: skip


def _every_route(c: Columns, truck: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """(options, cost) of every elementary route of a truck, the cost against staying where it is."""
    open_routes: list[tuple[list[int], list[int]]] = [([], [])]
    while open_routes:
        jobs, options = open_routes.pop()
        for job in range(c.jobs.size):
            if job in jobs or not c.fits[truck, job]:
                continue
            for option in range(c.jobs["first_option"][job], c.jobs["end_option"][job]):
                longer = [*jobs, job], [*options, option]
                _, cost = route_value(c, truck, np.array(longer[0]), np.array(longer[1]), len(longer[0]))
                if cost < NEVER:
                    yield tuple(longer[1]), int(cost) - int(c.trucks["switch"][truck])
                    open_routes.append(longer)


def test_the_tier_alone_weighs_a_job_served_above_any_waiting() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        problem = random_problem(rng, 3, 5, {"must", "shops", "busy", "shift", "release"})
        c = columns(problem)
        alone, weight = tier_alone(c)
        draft, _ = assignment_rounds(c)
        left, wait_s, _ = value(c, draft)
        assert wait_s < weight
        empty = value(alone, empty_draft(alone))
        assert empty[2] == weight * int(np.count_nonzero(c.jobs["must"]))
        assert left * weight + wait_s <= empty[2]


def test_a_pool_holds_each_route_once() -> None:
    c = columns(random_problem(np.random.default_rng(1), 4, 6, {"shops"}))
    draft, _ = assignment_rounds(c)
    pool = Pool(c)
    assert pool.add_draft(draft) == int(np.count_nonzero(draft.stops))
    assert pool.add_draft(draft) == 0
    total = sum(route.cost for route in pool.routes) + int(c.trucks["switch"].sum())
    assert total + int(c.jobs["unserved_cost"][draft.truck < 0].sum()) == value(c, draft)[2]


def test_two_proofs_of_one_problem_with_few_places_agree() -> None:
    """What a shop's places are worth differs from plan to plan: counted as a constant, it once proved too much."""
    proven = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng, 9, 14, {"shops", "places", "must", "busy", "weights", "prices", "driving"})
        plans = [solve(problem, PLENTY, seed=at) for at in range(3)]
        if all(plan.lower_bound == plan.cost for plan in plans):
            proven += 1
            assert len({plan.cost for plan in plans}) == 1, f"seed {seed}"
    assert proven >= 6
