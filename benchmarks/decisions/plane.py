"""Ground that needs no data: a town on a plane, with travel times as uneven as those of real streets.

What is kept of streets is what makes a table awkward: a way there is not a way back, and the detour by a third place is
now and then the shorter one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TRUCKS_OF_SIDE, SIDE_M = 49, 14_000
"""A town of this side for this many trucks; larger fleets get larger towns, each truck as much ground as before."""

LEAST_SIDE_M = 6_000
QUARTERS = 7
QUARTER_SPREAD_M = 900.0
CLUSTERED_SHARE = 0.6
STORM_QUARTERS = 3
STORM_CLUSTERED_SHARE = 0.85

CENTRE_MPS, EDGE_MPS = 6.0, 10.0
"""Straight-line metres a second in the middle of the town and at its edge: streets' detour is in them."""

START_S = 60.0
NOISE = 0.08
"""Standard deviation of the logarithm of each ordered pair's own factor."""

Points = NDArray[np.float64]


def plane(rng: np.random.Generator, trucks: int, scenes: int, shops: int, *, storm: bool) -> NDArray[np.int64]:
    """int64[P, P] seconds between trucks, scenes and shops, in this order, P their sum.

    Scenes cluster in a few quarters (`storm`: in fewer, and nearly all of them); trucks and shops are spread evenly.
    Driving is slower towards the centre, in the hours in which everybody does that, and in the centre at any hour.
    """
    side_m = max(LEAST_SIDE_M, SIDE_M * (trucks / TRUCKS_OF_SIDE) ** 0.5)
    points = np.concatenate([
        rng.uniform(0, side_m, (trucks, 2)),
        _clustered(rng, scenes, side_m, storm=storm),
        rng.uniform(0.1 * side_m, 0.9 * side_m, (shops, 2)),
    ])  # fmt: skip
    return _seconds(rng, points, side_m, storm=storm)


def rush_factor(rng: np.random.Generator, *, storm: bool) -> float:
    """How much slower than at night everything is at the hour of the problem; in a storm everybody crawls."""
    return float(rng.uniform(1.5, 2.0) if storm else rng.uniform(1.0, 1.4))


def _clustered(rng: np.random.Generator, count: int, side_m: float, *, storm: bool) -> Points:
    quarters = rng.uniform(0.1 * side_m, 0.9 * side_m, (STORM_QUARTERS if storm else QUARTERS, 2))
    near = quarters[rng.integers(len(quarters), size=count)] + rng.normal(0, QUARTER_SPREAD_M, (count, 2))
    anywhere = rng.uniform(0, side_m, (count, 2))
    share = STORM_CLUSTERED_SHARE if storm else CLUSTERED_SHARE
    return np.clip(np.where(rng.random((count, 1)) < share, near, anywhere), 0, side_m)


def _seconds(rng: np.random.Generator, points: Points, side_m: float, *, storm: bool) -> NDArray[np.int64]:
    metres = np.hypot(*(points[:, None] - points[None, :]).transpose(2, 0, 1))
    out = np.minimum(1.0, np.hypot(*(points - side_m / 2).T) / (side_m / 2))
    midway = (out[:, None] + out[None, :]) / 2
    speed_mps = CENTRE_MPS + (EDGE_MPS - CENTRE_MPS) * midway
    inwards = 1 + 0.25 * np.clip(out[:, None] - out[None, :], 0, 1)
    noise = np.exp(rng.normal(0, NOISE, metres.shape))
    drive_s = (START_S + metres / speed_mps * inwards * rush_factor(rng, storm=storm)) * noise
    table: NDArray[np.int64] = np.rint(drive_s).astype(np.int64)
    np.fill_diagonal(table, 0)
    return table
