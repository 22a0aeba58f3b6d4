"""How much thinking a solve may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

DEFAULT_WORK = 200_000
"""Work units where neither caller nor policy says otherwise: some 20 ms at most on one core of 2025."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`work_units` is deterministic; `deadline` returns True once the time is up and is passed by live callers only.

    `left_s` tells how long that is still: solvers that cannot be asked to stop are given no more.

    One unit is one way to serve a job weighed: a truck (and place in its sequence) with the best or a given shop.
    The first complete plan is made whatever the budget says; the budget bounds what is spent on making it better.
    """

    work_units: int
    deadline: Callable[[], bool] | None = None
    left_s: Callable[[], float] | None = None

    def less(self, spent: int) -> Budget:
        """What is left of it."""
        return replace(self, work_units=max(0, self.work_units - spent))
