"""A plane for one city: metres east and north of an origin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.points import Point

WGS84_A_M = 6_378_137.0
WGS84_F = 1 / 298.257223563


@dataclass(frozen=True, slots=True)
class LocalProjection:
    """Equirectangular projection around `origin`, with the radii of curvature of WGS-84 at the origin.

    x is metres east, y metres north. Distances along the meridian and along the origin's parallel are those of the
    ellipsoid. The scale east-west is that of the origin's latitude, so that at y metres north of it an east-west
    distance comes out too long by y tan(lat) / 6.37e6: at 45 degrees 0.16 % at 10 km, 0.8 % at 50 km; towards the
    equator less, towards the poles more. North-south the error stays below 0.01 % at 50 km. Against great circles
    on the mean sphere (`geo.points`) there is besides the flattening, up to 0.56 % in either direction.
    Good for nearest roads and pictures of one city, not for lengths that are added up.
    """

    origin: Point

    def __post_init__(self) -> None:
        if abs(self.origin.lat_deg) > 89.0:
            raise ValueError(f"latitude {self.origin.lat_deg}: the local projection does not work at the poles")

    @property
    def east_m_per_deg(self) -> float:
        """Metres of one degree of longitude at the origin: the radius of its parallel."""
        eccentricity2 = WGS84_F * (2 - WGS84_F)
        lat_rad = math.radians(self.origin.lat_deg)
        prime_vertical_m = WGS84_A_M / math.sqrt(1 - eccentricity2 * math.sin(lat_rad) ** 2)
        return math.radians(prime_vertical_m * math.cos(lat_rad))

    @property
    def north_m_per_deg(self) -> float:
        """Metres of one degree of latitude at the origin: the meridian's radius of curvature."""
        eccentricity2 = WGS84_F * (2 - WGS84_F)
        lat_rad = math.radians(self.origin.lat_deg)
        meridian_m = WGS84_A_M * (1 - eccentricity2) / (1 - eccentricity2 * math.sin(lat_rad) ** 2) ** 1.5
        return math.radians(meridian_m)

    def to_plane(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x_m, y_m of longitudes and latitudes (degrees, same shape); the shorter way round the date line."""
        lon = np.asarray(lon_deg, np.float64)
        lat = np.asarray(lat_deg, np.float64)
        east_deg = np.remainder(lon - self.origin.lon_deg + 180.0, 360.0) - 180.0
        return east_deg * self.east_m_per_deg, (lat - self.origin.lat_deg) * self.north_m_per_deg

    def to_lonlat(self, x_m: ArrayLike, y_m: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitudes (-180..180) and latitudes in degrees of plane metres (same shape)."""
        east_deg = np.asarray(x_m, np.float64) / self.east_m_per_deg
        lat = np.asarray(y_m, np.float64) / self.north_m_per_deg + self.origin.lat_deg
        return np.remainder(east_deg + self.origin.lon_deg + 180.0, 360.0) - 180.0, lat
