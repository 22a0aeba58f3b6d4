"""One call and 49 trucks: how long from the places on the road to the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.decisions.instances import of_size, size_named
from benchmarks.decisions.measure import faults_of
from benchmarks.decisions.streets import places_of, router_of
from benchmarks.timing import each_us
from dispatch.plan import Plan
from dispatch.problem import NO_WAY_S, Problem
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.ladder import solve
from routing.router import NO_WAY_MS

CALLS = 500


def single_job(ground: str, seed: int) -> dict[str, Any]:
    """Microseconds of a decision: on streets with its table of travel times, on a plane (which has none) without."""
    problem = of_size(size_named("49x1"), ground, seed)
    decide = _with_table(problem, ground, seed) if ground.startswith("roads:") else lambda: _solved(problem)
    return {
        "ground": ground,
        "seed": seed,
        "with_table": ground.startswith("roads:"),
        **each_us(lambda _call: decide(), CALLS),
        "faults": faults_of(problem, _solved(problem)),
    }


def _solved(problem: Problem) -> Plan:
    return solve(problem, Budget(DEFAULT_WORK))


def _with_table(problem: Problem, ground: str, seed: int) -> Callable[[], Plan]:
    """As the dispatcher asks: from trucks and shops to the scene, and from trucks and the scene to the shops."""
    router = router_of(ground.removeprefix("roads:"))
    trucks = len(problem.trucks)
    shops = len(problem.durations_s) - trucks - 1
    places = places_of(ground.removeprefix("roads:"), np.random.default_rng(seed), trucks, 1, shops, storm=False)
    every = np.arange(len(places))
    scene, to_scene = places.take(trucks), places.take(every)
    to_shop, shop = places.take(every[: trucks + 1]), places.take(every[trucks + 1 :])

    def decide() -> Plan:
        table = np.full((len(places), len(places)), NO_WAY_S, dtype=np.int64)
        table[:, trucks : trucks + 1] = _seconds(router.table(to_scene, scene))
        table[: trucks + 1, trucks + 1 :] = _seconds(router.table(to_shop, shop))
        np.fill_diagonal(table, 0)
        return _solved(replace(problem, durations_s=table))

    return decide


def _seconds(table_ms: np.ndarray[Any, np.dtype[np.uint32]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    wide = table_ms.astype(np.int64)
    return np.where(table_ms == NO_WAY_MS, NO_WAY_S, (wide + 500) // 1000)
