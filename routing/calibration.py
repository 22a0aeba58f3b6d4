"""Travel times held against trips that were really driven: one factor a road class, one for turns, and a constant.

Each trip is routed; what its way takes by road class, by turns, and the constant for setting off and stopping are the
terms of a sum whose factors are fitted to the real times, on the logarithm of the ratio and with a loss that outliers
do not pull (soft L1, scipy's `least_squares`). The ways are then found anew with the new factors, a few rounds, each
step damped. A class with little driving is held to the mean of all by a penalty: it says nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from routing.network import Structure, network_of
from routing.positions import Positions
from routing.roads import RoadClass, Roads
from routing.router import LONGEST_LINK_MS, NO_WAY_MS, Router
from routing.turn_costs import TurnModel

CLASSES = tuple(RoadClass)
ROUNDS = 4
LEAST, MOST = 0.2, 5.0
"""A factor outside these says that the trips are not what they are taken for."""

PRIOR_TRIPS = 20.0
"""How many trips' worth of evidence the mean of all classes has against a class of its own."""


@dataclass(frozen=True, slots=True)
class Trips:
    """n real drives, row by row: from where, to where, and how long they took (int64[n] milliseconds)."""

    origins: Positions
    destinations: Positions
    real_ms: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.real_ms)

    def take(self, rows: NDArray[Any]) -> Trips:
        return Trips(self.origins.take(rows), self.destinations.take(rows), self.real_ms[rows])


@dataclass(frozen=True, slots=True)
class Calibration:
    """Factors in permille (1000: as it was) of link times by road class and of turns, and what a trip takes besides.

    `share_permille` is how much of all driving, in routed time, each class had: a factor with little rests on little.
    """

    class_permille: tuple[int, ...]
    turn_permille: int
    constant_ms: int
    trips: int
    share_permille: tuple[int, ...]

    def link_ms(self, roads: Roads) -> NDArray[np.int32]:
        """int32[L]: the free-flow times by these factors."""
        factor = np.ones(max(CLASSES) + 1)
        factor[[int(each) for each in CLASSES]] = np.array(self.class_permille) / 1000
        scaled = np.rint(roads.link_duration_ms * factor[roads.link_class])
        return np.clip(scaled, 1, LONGEST_LINK_MS).astype(np.int32)

    def router(self, roads: Roads, structure: Structure, model: TurnModel) -> Router:
        """The roads by these factors."""
        return Router.on(network_of(roads, scaled(model, self.turn_permille), structure), link_ms=self.link_ms(roads))

    def times_ms(self, router: Router, trips: Trips) -> NDArray[np.float64]:
        """float64[n]: how long each trip takes by a calibrated router, the constant included, NaN for no way."""
        return routed_ms(router, trips) + self.constant_ms


NOTHING_LEARNT = Calibration((1000,) * len(CLASSES), 1000, 0, 0, (0,) * len(CLASSES))


def scaled(model: TurnModel, permille: int) -> TurnModel:
    """The model with every cost times a factor."""
    costs = ("near_ms", "across_ms", "signal_ms", "signal_near_ms", "give_way_ms", "turn_round_ms", "dead_end_ms")
    return replace(model, **{name: round(getattr(model, name) * permille / 1000) for name in costs})


def routed_ms(router: Router, trips: Trips) -> NDArray[np.float64]:
    """float64[n]: milliseconds by a router's table, NaN for no way."""
    times = router.times(trips.origins, trips.destinations)
    return np.where(times == NO_WAY_MS, np.nan, times.astype(np.float64))


def calibrate(
    roads: Roads, structure: Structure, model: TurnModel, trips: Trips, progress: Callable[[str], None]
) -> Calibration:
    """The calibration that fits the trips; those without a way are left out. Raises ValueError where none is left."""
    found = NOTHING_LEARNT
    for round_ in range(ROUNDS):
        terms, real_s = _terms(found.router(roads, structure, model), found, trips)
        if not len(real_s):
            raise ValueError("no trip has a way between its ends, so there is nothing to learn from")
        factors = _fit(terms, real_s)
        before = np.array([*found.class_permille, found.turn_permille]) / 1000
        damped = np.sqrt(before * factors[:-1]) if round_ < ROUNDS - 1 else factors[:-1]
        share = terms[:, : len(CLASSES)].sum(axis=0) / max(terms[:, : len(CLASSES)].sum(), 1e-9)
        found = Calibration(
            class_permille=tuple(round(1000 * float(f)) for f in damped[:-1]),
            turn_permille=round(1000 * float(damped[-1])),
            constant_ms=round(1000 * float(factors[-1])),
            trips=len(real_s),
            share_permille=tuple(round(1000 * float(s)) for s in share),
        )
        progress(
            f"round {round_ + 1}: {len(real_s)} trips, factors {found.class_permille}, turns {found.turn_permille}"
        )
    return found


def _terms(router: Router, known: Calibration, trips: Trips) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """float64[k, classes + 2] of seconds by class at free flow, of turns unscaled, and 1; and the real seconds."""
    rows, real_s = [], []
    class_factor = dict(zip((int(each) for each in CLASSES), known.class_permille, strict=True))
    for k in range(len(trips)):
        way = router.route(trips.origins.take([k]), trips.destinations.take([k]))
        if way is None:
            continue
        row = np.zeros(len(CLASSES) + 2)
        turning = np.append(way.turn_ms[1:], 0)
        driven_s = (np.diff(way.elapsed_ms) - turning) / 1000
        classes = router.roads.link_class[way.links]
        for column, each in enumerate(CLASSES):
            row[column] = driven_s[classes == each].sum() / (class_factor[int(each)] / 1000)
        row[-2] = way.turn_ms.sum() / max(known.turn_permille, 1)
        row[-1] = 1.0
        rows.append(row)
        real_s.append(trips.real_ms[k] / 1000)
    return np.array(rows).reshape(-1, len(CLASSES) + 2), np.array(real_s)


def _fit(terms: NDArray[np.float64], real_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factors of classes and turns, and the constant in seconds."""
    driven = terms[:, :-1].sum(axis=0)
    weight = np.sqrt(PRIOR_TRIPS * (1.0 - driven / max(driven.sum(), 1e-9)))

    def residuals(x: NDArray[np.float64]) -> NDArray[np.float64]:
        ratio = np.log(np.maximum(terms @ x, 1.0) / real_s)
        mean = float(np.average(np.log(x[:-1]), weights=driven + 1e-9))
        return np.concatenate([ratio, weight * (np.log(x[:-1]) - mean)])

    start = np.append(np.full(terms.shape[1] - 1, 1.0), 5.0)
    bounds = (np.append(np.full(len(start) - 1, LEAST), 0.0), np.append(np.full(len(start) - 1, MOST), 300.0))
    return np.asarray(least_squares(residuals, start, bounds=bounds, loss="soft_l1", f_scale=0.2).x)
