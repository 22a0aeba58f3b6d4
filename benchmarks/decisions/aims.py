"""What is aimed at, for each size: how long the solver gets, and how good its plans then have to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LATE = 1.05
LATE_S = 0.005
"""A plan that the deadline ends may come so much later (share and seconds): threads have to be called back."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What plans after `budget_s` have to be.

    `median` and `worst` are gaps of seeds, as shares (0 is proven best); None says nothing. `bound` asks only for a
    proven bound, `tier` that the must-serve tier is proven for every seed.
    """

    budget_s: float
    median: float | None = None
    worst: float | None = None
    bound: bool = False
    tier: bool = False

    def words(self) -> str:
        if self.bound:
            return f"a bound in {self.budget_s:g} s"
        assert self.median is not None
        gap = "proven best" if self.median == 0 else f"gap <= {100 * self.median:g} %"
        worst = "" if self.worst is None else f" ({100 * self.worst:g} %)"
        return f"{'tier proven, ' if self.tier else ''}{gap}{worst} in {self.budget_s:g} s"


SINGLE_S = 0.002
"""One job, from its table of travel times to its plan."""

AIMS: dict[str, tuple[Aim, ...]] = {
    "49x20": (Aim(0.1, 0.0),),
    "49x60": (Aim(2, 0.001), Aim(3, 0.0)),
    "49x60-storm": (Aim(2, 0.001), Aim(3, 0.0)),
    "200x100": (Aim(2, 0.001), Aim(3, 0.0)),
    "49x100": (Aim(5, 0.0005, 0.002),),
    "1000x500": (Aim(5, 0.0005, 0.002),),
    "95x215": (Aim(5, 0.005, 0.01), Aim(15, 0.0005)),
    "49x200": (Aim(15, bound=True), Aim(30, 0.005, 0.01)),
    "30x40-features": (Aim(2, 0.02, tier=True),),
    "15x30-features": (Aim(2, 0.05, tier=True),),
}

OTHER = (Aim(5, 0.01),)
"""For a size that is not in the table."""


def aims_of(size: str) -> tuple[Aim, ...]:
    return AIMS.get(size, OTHER)


def met(aim: Aim, runs: Sequence[dict[str, Any]]) -> bool:
    """Whether the runs of all seeds of one size on one ground reach an aim: their plans sound and in time."""
    if not runs or any(run["faults"] or run["seconds"] > aim.budget_s * LATE + LATE_S for run in runs):
        return False
    gaps = sorted(float("inf") if run["gap"] is None else run["gap"] for run in runs)
    middle = gaps[len(gaps) // 2]
    return (
        (not aim.bound or gaps[-1] < float("inf"))
        and (not aim.tier or all(run["tier_proven"] for run in runs))
        and (aim.median is None or middle <= aim.median)
        and (aim.worst is None or gaps[-1] <= aim.worst)
    )
