"""Places that are asked about, taken to the roads of a city; which of them cannot be meant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.positions import Positions
from routing.router import Router

OUTSIDE_M = 5_000.0
"""A place farther than this from every road of the city is taken for a mistake."""

APART_M = 500.0
"""How much farther than its own nearest road a place may be taken, so as to be on a road that leads everywhere."""


def outside(router: Router, city_name: str, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> dict[int, str]:
    """For each row (degrees, float64[n]) that is too far from every road of the city, what is wrong with it."""
    off_m = router.snap(lon, lat, strong_only=False).off_m
    far = np.flatnonzero(np.isfinite(off_m) & (off_m > OUTSIDE_M))
    could_swap = far[np.abs(lon[far]) <= 90]
    swapped_off_m = router.snap(lat[could_swap], lon[could_swap], strong_only=False).off_m
    swapped = set(could_swap[swapped_off_m <= OUTSIDE_M].tolist())
    hint = "; lon and lat look swapped (lon comes first)"
    return {
        row: f"{lon_lat_text(lon[row], lat[row])} is outside {city_name}, {off_m[row] / 1000:.0f} km from its "
        f"nearest road{hint if row in swapped else ''}"
        for row in far.tolist()
    }


def on_roads(
    router: Router, lon: NDArray[np.float64], lat: NDArray[np.float64], *, strong_only: bool = True
) -> Positions:
    """The places on the nearest roads, with `strong_only` on the nearest from which every other such road is reached.

    If that lies more than APART_M farther, the place is on a road of its own (an island's, say). Where the city has no
    such road at all, `found` is False.
    """
    found = router.snap(lon, lat, strong_only=strong_only)
    if not strong_only:
        return found
    nearest = router.snap(lon, lat, strong_only=False)
    apart = found.off_m > nearest.off_m + APART_M
    both = Positions.concatenate([found, nearest])
    return both.take(np.arange(len(found)) + len(found) * apart)


def lon_lat_text(lon_deg: float, lat_deg: float) -> str:
    return f"{lon_deg:.6f},{lat_deg:.6f}"
