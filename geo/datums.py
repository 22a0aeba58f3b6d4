"""The Chinese datums: WGS-84, GCJ-02 (the shifted "Mars" coordinates of Chinese maps) and BD-09 (Baidu's).

GCJ-02 has no published definition. The forward formula and its constants are those that the reverse engineering of
2010 to 2013 made common and that every open converter carries: a smooth shift of some hundred metres on the
Krasovsky ellipsoid, valid in China. BD-09 is a second shift, a polar one, upon GCJ-02. Outside the usual rectangle
around China GCJ-02 is WGS-84; the rectangle also covers some neighbours, where these formulas shift all the same.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.points import Point

KRASOVSKY_A_M = 6_378_245.0
KRASOVSKY_EE = 0.006_693_421_622_965_943_23
CHINA_WEST_DEG, CHINA_EAST_DEG = 72.004, 137.8347
CHINA_SOUTH_DEG, CHINA_NORTH_DEG = 0.8293, 55.8271
BD_TURN = np.pi * 3000.0 / 180.0
BD_EAST_DEG, BD_NORTH_DEG = 0.0065, 0.006
INVERSE_STEPS = 32
INVERSE_TOLERANCE_DEG = 1e-11

Degrees = NDArray[np.float64]


class Datum(StrEnum):
    """The datum in which a longitude and a latitude are given."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def point_to_wgs84(point: Point, datum: Datum) -> Point:
    """One point given in `datum`, in WGS-84."""
    lon_deg, lat_deg = to_wgs84(point.lon_deg, point.lat_deg, datum)
    return Point(float(lon_deg), float(lat_deg))


def point_from_wgs84(point: Point, datum: Datum) -> Point:
    """One WGS-84 point, in `datum`."""
    lon_deg, lat_deg = from_wgs84(point.lon_deg, point.lat_deg, datum)
    return Point(float(lon_deg), float(lat_deg))


def to_wgs84(lon_deg: ArrayLike, lat_deg: ArrayLike, datum: Datum) -> tuple[Degrees, Degrees]:
    """Longitudes and latitudes (same shape, degrees) given in `datum`, in WGS-84.

    The inverses are iterated until a step moves no point by more than 1e-11 degrees (a micrometre). Within some
    hundred metres of the rectangle's edge, where the shift starts abruptly, a point may have no exact inverse.
    """
    lon, lat = _degrees(lon_deg, lat_deg)
    if datum is Datum.WGS84:
        return lon, lat
    if datum is Datum.BD09:
        lon, lat = _gcj02_of_bd09(lon, lat)
    return _wgs84_of_gcj02(lon, lat)


def from_wgs84(lon_deg: ArrayLike, lat_deg: ArrayLike, datum: Datum) -> tuple[Degrees, Degrees]:
    """WGS-84 longitudes and latitudes (same shape, degrees), in `datum`."""
    lon, lat = _degrees(lon_deg, lat_deg)
    if datum is Datum.WGS84:
        return lon, lat
    lon, lat = _gcj02_of_wgs84(lon, lat)
    return (lon, lat) if datum is Datum.GCJ02 else _bd09_of_gcj02(lon, lat)


def in_china_rectangle(lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.bool_]:
    """Where the GCJ-02 shift applies: the usual rectangle, elementwise."""
    lon, lat = _degrees(lon_deg, lat_deg)
    inside = (lon >= CHINA_WEST_DEG) & (lon <= CHINA_EAST_DEG) & (lat >= CHINA_SOUTH_DEG) & (lat <= CHINA_NORTH_DEG)
    return np.asarray(inside)


def _degrees(lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[Degrees, Degrees]:
    return np.asarray(lon_deg, np.float64), np.asarray(lat_deg, np.float64)


def _ripple(turns: Degrees, *parts: tuple[float, float]) -> Degrees:
    """Two thirds of a sum of sines, each (amplitude in metres, half-turns a unit)."""
    total = np.zeros_like(turns)
    for amplitude_m, half_turns in parts:
        total += amplitude_m * np.sin(half_turns * np.pi * turns)
    return total * 2.0 / 3.0


def _gcj02_of_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    x, y = lon - 105.0, lat - 35.0
    short = _ripple(x, (20.0, 6.0), (20.0, 2.0))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + short
    north_m = north_m + _ripple(y, (20.0, 1.0), (40.0, 1.0 / 3.0), (160.0, 1.0 / 12.0), (320.0, 1.0 / 30.0))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + short
    east_m = east_m + _ripple(x, (20.0, 1.0), (40.0, 1.0 / 3.0), (150.0, 1.0 / 12.0), (300.0, 1.0 / 30.0))
    lat_rad = np.radians(lat)
    bulge = 1.0 - KRASOVSKY_EE * np.sin(lat_rad) ** 2
    meridian_m = KRASOVSKY_A_M * (1.0 - KRASOVSKY_EE) / bulge**1.5
    parallel_m = KRASOVSKY_A_M / np.sqrt(bulge) * np.cos(lat_rad)
    shifted = in_china_rectangle(lon, lat)
    with np.errstate(divide="ignore", invalid="ignore"):
        lon_shifted = lon + np.degrees(east_m / parallel_m)
        lat_shifted = lat + np.degrees(north_m / meridian_m)
    return np.where(shifted, lon_shifted, lon), np.where(shifted, lat_shifted, lat)


def _wgs84_of_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    # The shift varies by less than 1 % of a step, so that each round gains more than two digits.
    lon_guess, lat_guess = lon, lat
    for _ in range(INVERSE_STEPS):
        lon_there, lat_there = _gcj02_of_wgs84(lon_guess, lat_guess)
        lon_step, lat_step = lon - lon_there, lat - lat_there
        lon_guess, lat_guess = lon_guess + lon_step, lat_guess + lat_step
        if _settled(lon_step, lat_step):
            break
    return lon_guess, lat_guess


def _bd09_of_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * BD_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * BD_TURN)
    return radius * np.cos(angle) + BD_EAST_DEG, radius * np.sin(angle) + BD_NORTH_DEG


def _gcj02_of_bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    # The common closed inverse is off by up to a metre; the fixed point is exact.
    lon_guess, lat_guess = lon - BD_EAST_DEG, lat - BD_NORTH_DEG
    for _ in range(INVERSE_STEPS):
        lon_there, lat_there = _bd09_of_gcj02(lon_guess, lat_guess)
        lon_step, lat_step = lon - lon_there, lat - lat_there
        lon_guess, lat_guess = lon_guess + lon_step, lat_guess + lat_step
        if _settled(lon_step, lat_step):
            break
    return lon_guess, lat_guess


def _settled(lon_step: Degrees, lat_step: Degrees) -> bool:
    largest = max(np.max(np.abs(lon_step), initial=0.0), np.max(np.abs(lat_step), initial=0.0))
    return bool(largest <= INVERSE_TOLERANCE_DEG)
