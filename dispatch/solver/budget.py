"""How much thinking a solve may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

DEFAULT_WORK = 200_000
"""Work units where neither caller nor policy says otherwise: some 20 ms at most on one core of 2025."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`work_units` is deterministic; `deadline` returns True once the time is up and is passed by live callers only.

    One unit is one way to serve a job weighed: a truck (and place in its sequence) with the best or a given shop.
    The first complete plan is made whatever the budget says; the budget bounds what is spent on making it better.
    """

    work_units: int
    deadline: Callable[[], bool] | None = None
