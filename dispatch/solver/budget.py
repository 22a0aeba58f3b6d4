"""How much thinking a solve may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """`work_units` is deterministic; `deadline` returns True once the time is up and is passed by live callers only."""

    work_units: int
    deadline: Callable[[], bool] | None = None
