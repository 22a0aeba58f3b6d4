"""How much thinking a solve may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

DEFAULT_WORK = 200_000
"""Work units where neither caller nor policy says otherwise: some 0.2 s at most on one core of 2025."""

WEIGHINGS_A_UNIT = 10
"""Rungs count ways to serve a job that they weigh, a tenth of a microsecond each; a unit of work is ten of them."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`work_units` is deterministic; `deadline` returns True once the time is up and is passed by live callers only.

    `left_s` tells how long that is still: a solver that cannot be asked to stop is given no more.

    One unit is about a microsecond. The first complete plan is made whatever the budget says; the budget bounds what
    is spent on making it better.
    """

    work_units: int
    deadline: Callable[[], bool] | None = None
    left_s: Callable[[], float] | None = None

    def is_over(self, spent: int) -> bool:
        """Whether nothing more may be begun once so much is spent."""
        return spent >= self.work_units or (self.deadline is not None and self.deadline())

    def less(self, spent: int) -> Budget:
        """What is left of it."""
        return replace(self, work_units=max(0, self.work_units - spent))

    def at_most(self, units: int) -> Budget:
        """The same with no more than `units`."""
        return replace(self, work_units=min(self.work_units, units))

    def in_weighings(self) -> Budget:
        """The same in what the rungs count."""
        return replace(self, work_units=self.work_units * WEIGHINGS_A_UNIT)


def within(seconds: float, elapsed_s: Callable[[], float], work_units: int, begun_s: float | None = None) -> Budget:
    """A budget that also ends `seconds` after `begun_s` (now, where it is not said) on a monotonic stopwatch."""
    end_s = (elapsed_s() if begun_s is None else begun_s) + seconds
    return Budget(work_units, lambda: elapsed_s() >= end_s, lambda: end_s - elapsed_s())
