"""How good a plan is after a tenth of a second, a second and ten, measured against the best that any run knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.decisions.instances import Size, of_size
from benchmarks.decisions.measure import Solver, timed
from dispatch.solver.ladder import search_alone, solve

AFTER_S = (0.1, 1.0, 10.0)
SIZES = ("49x60", "49x60-storm", "49x100", "95x215", "1000x500")

SOLVERS: dict[str, Solver] = {"ladder": solve, "search alone": search_alone}
"""What is measured, by the name that the table gives it."""

Record = dict[str, Any]


def over_time(size: Size, ground: str, seed: int, known: Iterable[Record]) -> list[Record]:
    """Of each solver, shares above the best known after each time. `known` are other runs' records of this problem."""
    problem = of_size(size, ground, seed)
    runs = {
        name: [timed(problem, after_s, 0, solver)[1] for after_s in AFTER_S] for name, solver in SOLVERS.items()
    }  # fmt: skip
    best = best_of([*(run for of in runs.values() for run in of), *known])
    return [
        {
            "size": size.name,
            "ground": ground,
            "seed": seed,
            "solver": name,
            "best_known": best["cost"],
            "after_s": list(AFTER_S),
            "seconds": [run["seconds"] for run in of],
            "above": [above(run, best) for run in of],
            "faults": [fault for run in of for fault in run["faults"]],
        }
        for name, of in runs.items()
    ]


def best_of(runs: Sequence[Record]) -> Record:
    return min(runs, key=lambda run: (run["tier"], run["cost"]))


def above(run: Record, best: Record) -> float | None:
    """The share by which a plan costs more than the best; None where it is worse in the must-serve tier already."""
    if run["tier"] != best["tier"]:
        return None
    return float(run["cost"] - best["cost"]) / float(max(1, best["cost"]))
