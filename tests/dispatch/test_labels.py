"""The cheapest routes of every truck against trying every route, however the trucks are put together in gangs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.solver.arrays import NEVER, Columns, columns
from dispatch.solver.generation.duals import Duals, Rows, at_prices, rounded, scale_of
from dispatch.solver.generation.gangs import apart, gangs
from dispatch.solver.generation.pricing import Pricer
from dispatch.solver.route import route_value
from tests.random_problems import random_problem

PLENTY = 100_000


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), spread=st.floats(0.2, 1.5))
def test_the_bound_of_each_truck_is_its_cheapest_route_also_when_its_gang_has_come_apart(
    seed: int, spread: float
) -> None:
    rng = np.random.default_rng(seed)
    c = columns(random_problem(rng, 3, 5))
    duals = _any_duals(c, rng, spread)
    priced_c = at_prices(c, duals)
    expected = [min([int(duals.truck[truck]), *_costs(priced_c, truck)]) for truck in range(c.trucks.size)]
    with ThreadPoolExecutor(1) as workers:
        pricer = Pricer(c, Rows(), workers, 1)
        for _ in range(4):
            priced = pricer.price(duals, PLENTY)
            assert priced.least.tolist() == expected
            assert priced.cut == 0
            # As after a round in which everybody's search took long.
            pricer._gangs = [
                part for gang in pricer._gangs for part in apart(gang, c, np.ones(c.trucks.size, dtype=np.bool_))
            ]
        assert all(gang.trucks.size == 1 for gang in pricer._gangs)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_gangs_that_come_apart_hold_every_truck_once_and_all_that_it_may_serve(seed: int) -> None:
    rng = np.random.default_rng(seed)
    c = columns(random_problem(rng, int(rng.integers(1, 12)), 6))
    now = gangs(c)
    for _ in range(5):
        slow = rng.random(c.trucks.size) < 0.6
        parts = [apart(gang, c, slow) for gang in now]
        for gang, made in zip(now, parts, strict=True):
            assert sorted(np.concatenate([part.trucks for part in made]).tolist()) == gang.trucks.tolist()
            assert len(made) > 1 or gang.trucks.size == 1
        now = [part for made in parts for part in made]
        for gang in now:
            assert (gang.fits == np.logical_or.reduce(c.fits[gang.trucks])).all()
            assert gang.crew(c).shift_end_s == c.trucks["shift_end_s"][gang.trucks].max()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_narrowed_pricer_finds_what_a_new_one_of_the_narrower_problem_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    c = columns(random_problem(rng, 4, 6))
    duals = _any_duals(c, rng, 1.0)
    fits = c.fits & (rng.random(c.fits.shape) < 0.7)
    fits[int(rng.integers(c.trucks.size))] = False
    narrow = c._replace(fits=fits)
    with ThreadPoolExecutor(1) as workers:
        wide = Pricer(c, Rows(), workers, 1)
        wide.price(duals, PLENTY)
        found, anew = (
            wide.narrowed(narrow).price(duals, PLENTY),
            Pricer(narrow, Rows(), workers, 1).price(duals, PLENTY),
        )
    able = fits.any(axis=1)
    assert (found.least[able] == anew.least[able]).all()
    assert set(found.trucks.tolist()) <= set(np.flatnonzero(able).tolist())


def _any_duals(c: Columns, rng: np.random.Generator, spread: float) -> Duals:
    return rounded(
        c, Rows(), c.jobs["unserved_cost"] * rng.random(c.jobs.size) * spread, -rng.random(c.limits.size) * 500,
        -rng.random(c.trucks.size) * 500, 0.0, 0.0, scale_of(c),
    )  # fmt: skip


def _costs(c: Columns, truck: int) -> Iterator[int]:
    """The cost of every elementary route of a truck, against staying where it is."""
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
                    yield int(cost) - int(c.trucks["switch"][truck])
                    open_routes.append(longer)
