"""The dispatch problem as numbers: what PROBLEM.json (version 1) says, in frozen rows.

Times are integer seconds from the problem's now, money integer fen. The solver and its checker read only this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

NO_WAY_S = 4294967295
"""Entry of `durations_s` between two places without a way."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Prices of the objective, integers 0..10^4: per second of each term; theta fen a switch, kappa a second driven."""

    wait: int = 1
    late: int = 3
    blocked: int = 1
    empty_drive: int = 0
    overtime: int = 1
    tow_detour: int = 0
    theta: int = 0
    kappa: int = 0


@dataclass(frozen=True, slots=True)
class ProblemTruck:
    """A truck from the time and place at which it is next free; `driving_to` is the job it is under way to."""

    id: str
    place: int
    free_at_s: int
    can: frozenset[str]
    shift_end_s: int
    company: str
    driving_to: str | None = None
    driven_s: int = 0
    price: int = 0


@dataclass(frozen=True, slots=True)
class ShopOption:
    """A destination that a job may be towed to."""

    id: str
    place: int
    unload_s: int
    price: int = 0


@dataclass(frozen=True, slots=True)
class ProblemJob:
    """One truck's work. An empty `shops` frees the truck at the scene."""

    id: str
    order: str
    scene: int
    can: frozenset[str]
    reported_s: int
    promise_s: int
    weight: int
    lanes_blocked: int
    on_scene_s: int
    shops: tuple[ShopOption, ...]
    unserved_cost: int
    must_serve: bool = False
    release_s: int = 0
    locked_to: str | None = None
    refused_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Trucks, jobs and the travel times between their places.

    `durations_s` is int64[P, P], diagonal 0, NO_WAY_S where there is no way. `shop_places` limits how many jobs of a
    plan go to a shop; a shop that is not named has no limit.
    """

    durations_s: NDArray[np.int64]
    trucks: tuple[ProblemTruck, ...]
    jobs: tuple[ProblemJob, ...]
    weights: Weights
    shop_places: Mapping[str, int] = field(default_factory=dict)
