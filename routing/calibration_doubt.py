"""How sure the figures of a calibration are: it is fitted again without some of the days, and again without others.

The trips of a day share weather, traffic and crews, so whole days are left out and not single trips. The standard error
is the jackknife's (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 11). Rejected: drawing days
with replacement on ways found once, which is quicker but takes the ways for known; here every fit finds its own.

It says how much the days differ and nothing else. That `calibrate` draws the classes towards their mean moves all fits
alike and does not show: a class with little driving may be far wrong with a small standard error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.calibration import Trips, calibrate
from routing.network import Structure
from routing.roads import Roads
from routing.turn_costs import TurnModel

BLOCKS = 10
"""More days are put into as many blocks, day by day in turn, so that each has some of every season."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Standard errors of the figures of a `Calibration` of the same names, and from how many blocks of days."""

    class_permille: tuple[int, ...]
    turn_permille: int
    constant_ms: int
    blocks: int


def doubt(
    roads: Roads,
    structure: Structure,
    model: TurnModel,
    trips: Trips,
    day: NDArray[np.int64],
    progress: Callable[[str], None],
) -> Doubt:
    """The standard errors of `calibrate` on these trips; `day` int64[n] says on which day each was made.

    Takes as long as calibrating once for each block. Raises ValueError where all trips are of one day.
    """
    block_of = np.unique(day, return_inverse=True)[1] % BLOCKS
    blocks = int(block_of.max(initial=0)) + 1
    if blocks < 2:
        raise ValueError("all trips are of one day, so nothing says how much days differ")
    found = []
    for block in range(blocks):
        progress(f"without block {block + 1} of {blocks}")
        each = calibrate(roads, structure, model, trips.take(block_of != block), lambda _line: None)
        found.append((*each.class_permille, each.turn_permille, each.constant_ms))
    errors = np.rint(standard_error(np.array(found, np.float64))).astype(np.int64).tolist()
    return Doubt(tuple(errors[:-2]), errors[-2], errors[-1], blocks)


def standard_error(left_out: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[p]: of figures that came out as float64[blocks, p] when one block after the other was left out."""
    blocks = len(left_out)
    return np.asarray(np.sqrt((blocks - 1) / blocks * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)))
