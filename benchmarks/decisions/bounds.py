"""A bound is a bound: nothing that any seed, any longer run or any rule finds lies under what a run has proven."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.decisions.aims import aims_of
from benchmarks.decisions.instances import Size, of_size
from benchmarks.decisions.measure import figures, timed
from dispatch.problem import Problem
from dispatch.rules import first_come_first_served

SOLVER_SEEDS = 3
LONGER = 4


def battery(size: Size, ground: str, seed: int) -> dict[str, Any]:
    """Solves a problem again and again, and lists every plan that lies under a bound."""
    problem = of_size(size, ground, seed)
    budget_s = aims_of(size.name)[0].budget_s
    runs = [timed(problem, budget_s, solver_seed)[1] for solver_seed in range(SOLVER_SEEDS)]
    runs.append(timed(problem, budget_s * LONGER, SOLVER_SEEDS)[1])
    plans = [*runs, *_ruled(problem)]
    return {
        "size": size.name,
        "ground": ground,
        "seed": seed,
        "bounds": [run["lower_bound"] for run in runs],
        "costs": [plan["cost"] for plan in plans],
        "tiers": [plan["tier"] for plan in plans],
        "faults": [fault for plan in plans for fault in plan["faults"]],
        "broken": broken(runs, plans),
    }


def broken(runs: Sequence[dict[str, Any]], plans: Sequence[dict[str, Any]]) -> list[str]:
    """One line for each claim of a run that a plan gives the lie: a better tier than the proven one, or, with the same
    tier, a cost below the bound."""
    found = []
    for at, run in enumerate(runs):
        for other, plan in enumerate(plans):
            if run["tier_proven"] and plan["tier"] < run["tier"]:
                found.append(f"run {at} has proven the tier {run['tier']}, and plan {other} has {plan['tier']}")
            elif run["lower_bound"] is not None and plan["tier"] == run["tier"] and plan["cost"] < run["lower_bound"]:
                found.append(f"run {at} has proven {run['lower_bound']}, and plan {other} costs {plan['cost']}")
    return found


def _ruled(problem: Problem) -> list[dict[str, Any]]:
    return [figures(problem, first_come_first_served(problem, idle_only=idle_only)) for idle_only in (True, False)]
