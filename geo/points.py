"""Places on the earth in WGS-84 (EPSG:4326), longitude before latitude, and the distance between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean earth radius R1 of the WGS-84 ellipsoid in metres (Moritz 2000, Geodetic Reference System 1980)."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in WGS-84 degrees.

    Raises ValueError where a coordinate is not finite or out of range; a latitude out of range
    that would be a good longitude is named as a likely swap.
    """

    lon_deg: float
    lat_deg: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lon_deg) and math.isfinite(self.lat_deg)):
            raise ValueError(f"lon {self.lon_deg}, lat {self.lat_deg}: not a finite number")
        if abs(self.lat_deg) > 90 and abs(self.lon_deg) <= 90 and abs(self.lat_deg) <= 180:
            raise ValueError(f"lat {self.lat_deg} is out of range: lon and lat look swapped (lon comes first)")
        if abs(self.lat_deg) > 90 or abs(self.lon_deg) > 180:
            raise ValueError(f"lon {self.lon_deg}, lat {self.lat_deg}: out of range (lon -180..180, lat -90..90)")


def great_circle_m(a: Point, b: Point) -> float:
    """Great-circle metres between two points by the haversine formula on the mean sphere."""
    return float(great_circles_m(a.lon_deg, a.lat_deg, b.lon_deg, b.lat_deg))


def great_circles_m(
    lon_a_deg: NDArray[np.float64] | float,
    lat_a_deg: NDArray[np.float64] | float,
    lon_b_deg: NDArray[np.float64] | float,
    lat_b_deg: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Great-circle metres elementwise over arrays that broadcast against each other."""
    lat_a, lat_b = np.radians(lat_a_deg), np.radians(lat_b_deg)
    half_lat = (lat_b - lat_a) / 2
    half_lon = np.radians(np.subtract(lon_b_deg, lon_a_deg)) / 2
    h = np.sin(half_lat) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0))))
