"""The chances of a run: drawn from streams of their own, so that every policy meets the same world.

Common random numbers: a draw depends on the seed and on what it is about alone (the order's line in its load, the
number of its job, of its offer, its drive or the truck's way back), never on what was decided before.

What is noise is no bias: the mean of every draw is what the dispatcher expects. A drive takes on the average what the
roads say, a car is unloaded on the average within the time that its shop names, and of the time at the scene the
dispatcher is told the mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

NORMAL_P90 = 1.2815515655446004
"""90 % quantile of the standard normal distribution."""

HOURS = 24


class Drive(IntEnum):
    """What a drive is for, as its key among the chances. Values never change, or every run would."""

    TO_SCENE = 1
    TOW = 2
    RETURN = 3


class _Use(IntEnum):
    """Keys of the streams that are not about the answers of an order; they never change either."""

    TRAVEL = 1
    DAY = 2
    UNLOAD = 3
    BREAKDOWN = 4


@dataclass(frozen=True, slots=True)
class Chances:
    """What is assumed of the world; spans in seconds, spreads as the standard deviation of the logarithm.

    On-scene time is log-normal. Its spread is that of the freeway response team (arrived to done, median 16 and p90 39
    minutes, Taiwan Freeway 5, 2023); its median of 10 minutes is an assumption for a town tow, chosen so that a job
    takes about half an hour in all.

    travel_sigma           spread of a drive's time around the road's, by the local hour in which it sets off: one
                           factor for the whole drive, since what holds a driver up at its start does so at its end
    travel_day_sigma       spread of a factor that all drives of a local day share
    unload_sigma           spread of the time at the shop around the shop's own
    refused_share          offers that the driver declines
    no_answer_share        offers that nobody answers
    breakdown_empty_share  drives to a scene or back to a post that end in a breakdown on the way
    breakdown_loaded_share tows that do
    repair_s               until a truck that broke down is back on duty, where it stood
    """

    on_scene_median_s: int = 600
    on_scene_p90_s: int = 1460
    answer_s: int = 20
    refused_share: float = 0.0
    no_answer_share: float = 0.0
    shop_stay_s: int = 86_400
    travel_sigma: tuple[float, ...] = (0.0,) * HOURS
    travel_day_sigma: float = 0.0
    unload_sigma: float = 0.0
    breakdown_empty_share: float = 0.0
    breakdown_loaded_share: float = 0.0
    repair_s: int = 7200

    @property
    def sigma(self) -> float:
        return math.log(self.on_scene_p90_s / self.on_scene_median_s) / NORMAL_P90

    @property
    def on_scene_mean_s(self) -> int:
        """What the dispatcher is told to expect: the mean of the distribution, never the draw."""
        return round(self.on_scene_median_s * math.exp(self.sigma**2 / 2))

    def on_scene_ms(self, seed: int, line: int, job: int) -> int:
        """The true time at the scene of one job, between one minute and four hours."""
        draw = _stream(seed, line, job, 0).standard_normal()
        span_s = self.on_scene_median_s * math.exp(self.sigma * float(draw))
        return round(1000 * min(max(span_s, 60.0), 14_400.0))

    def answer(self, seed: int, line: int, job: int, offer: int) -> str:
        """What a driver says to the n-th offer of a job: accept, decline or nothing at all."""
        if self.refused_share == 0 and self.no_answer_share == 0:
            return "accept"
        draw = float(_stream(seed, line, job, offer).random())
        if draw < self.refused_share:
            return "decline"
        return "nothing" if draw < self.refused_share + self.no_answer_share else "accept"

    def pace(self, seed: int, drive: DriveKey, day: int, hour: int) -> float:
        """How many times as long as the road says a drive takes that sets off in this hour of this local day.

        The product of two independent factors, each log-normal with mean 1: the drive's and the day's.
        """
        factor = 1.0
        if self.travel_sigma[hour]:
            factor *= _factor(self.travel_sigma[hour], _stream(seed, _Use.TRAVEL, *drive))
        if self.travel_day_sigma:
            factor *= _factor(self.travel_day_sigma, _stream(seed, _Use.DAY, day, 0, 0, 0))
        return factor

    def unload_ms(self, seed: int, line: int, job: int, expected_s: int) -> int:
        """How long the car takes to be unloaded where `expected_s` is said."""
        if not self.unload_sigma:
            return 1000 * expected_s
        return round(1000 * expected_s * _factor(self.unload_sigma, _stream(seed, _Use.UNLOAD, line, job, 0, 0)))

    def breaks_down(self, seed: int, drive: DriveKey) -> float | None:
        """After which share (0..1) of its time a drive ends in a breakdown; None where it does not."""
        loaded = drive[0] == Drive.TOW
        share = self.breakdown_loaded_share if loaded else self.breakdown_empty_share
        if not share:
            return None
        draws = _stream(seed, _Use.BREAKDOWN, *drive)
        return float(draws.random()) if float(draws.random()) < share else None


DriveKey = tuple[int, int, int, int]
"""Which drive: (kind, line, job, number), the number counting the offers of the job; of a way back (kind, truck's row,
0, number), the number counting the truck's ways back."""


def needs_tow(seed: int, line: int, share: float) -> bool:
    """Whether an accident needs a truck at all, where only a share of them does."""
    return float(_stream(seed, line, 0, 2**31).random()) < share


def _factor(sigma: float, stream: np.random.Generator) -> float:
    """Log-normal with mean 1."""
    return math.exp(sigma * float(stream.standard_normal()) - sigma**2 / 2)


def _stream(*key: int) -> np.random.Generator:
    """Keys of four numbers are about the load's own draws, those of six about noise: they have no stream in common."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
