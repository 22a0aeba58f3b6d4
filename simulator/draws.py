"""The chances of one order: drawn from its own stream, so that every policy meets the same world.

Common random numbers: the draws of an order depend on the seed and on its line in the load alone, never on what was
decided before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

NORMAL_P90 = 1.2815515655446004
"""90 % quantile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Chances:
    """What is assumed of the world; spans in seconds. Every assumption is named in a run's result.

    On-scene time is log-normal. Its spread is that of the freeway response team (arrived to done, median 16 and p90 39
    minutes, Taiwan Freeway 5, 2023); its median of 10 minutes is an assumption for a town tow, chosen so that a job
    takes about half an hour in all.
    """

    on_scene_median_s: int = 600
    on_scene_p90_s: int = 1460
    answer_s: int = 20
    refused_share: float = 0.0
    no_answer_share: float = 0.0
    shop_stay_s: int = 86_400

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


def needs_tow(seed: int, line: int, share: float) -> bool:
    """Whether an accident needs a truck at all, where only a share of them does."""
    return float(_stream(seed, line, 0, 2**31).random()) < share


def _stream(seed: int, line: int, job: int, use: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, line, job, use])))
