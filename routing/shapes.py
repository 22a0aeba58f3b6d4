"""Geometry of links: where along a link a point of its shape lies, and what lies at a share of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.points import EARTH_RADIUS_M
from routing.roads import Roads

METRES_PER_E7 = EARTH_RADIUS_M * math.pi / 180 * 1e-7
"""Metres of 10^-7 degree of latitude; times the cosine of the latitude, of longitude (local equirectangular)."""


def point_shares(roads: Roads) -> NDArray[np.float64]:
    """float64[points]: the share 0..1 of its link's geometry that lies before each point of `shape_*`.

    Where a link has no extent the points are spread evenly, so that first and last are always 0 and 1.
    """
    return _shares(roads.shape_lon_e7, roads.shape_lat_e7, roads.shape_offset)


def link_shape(roads: Roads, link: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes, latitudes (degrees) and shares of the points of one link."""
    first, end = int(roads.shape_offset[link]), int(roads.shape_offset[link + 1])
    lon_e7, lat_e7 = roads.shape_lon_e7[first:end], roads.shape_lat_e7[first:end]
    return lon_e7 / 1e7, lat_e7 / 1e7, _shares(lon_e7, lat_e7, np.array([0, end - first], dtype=np.int64))


def link_shapes(
    roads: Roads, links: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """As `link_shape` of several links, one after the other, and int64[k+1]: where each one's points begin."""
    first = roads.shape_offset[links]
    count = roads.shape_offset[links + 1] - first
    offset = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    at = np.arange(offset[-1]) + np.repeat(first - offset[:-1], count)
    lon_e7, lat_e7 = roads.shape_lon_e7[at], roads.shape_lat_e7[at]
    return lon_e7 / 1e7, lat_e7 / 1e7, _shares(lon_e7, lat_e7, offset), offset


def cut(
    lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64], share: NDArray[np.float64], start: float, end: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The piece of a shape from share `start` to share `end` >= start, both ends included."""
    inside = (share > start) & (share < end)
    at = np.concatenate([[start], share[inside], [end]])
    return np.interp(at, share, lon_deg), np.interp(at, share, lat_deg)


def bearing_deg(
    lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64], share: NDArray[np.float64], at: float
) -> float:
    """Compass bearing 0..360 of a shape at a share, of the piece ahead where two meet; 0 where it has no extent."""
    north = np.diff(lat_deg)
    east = np.diff(lon_deg) * np.cos(np.radians(lat_deg[0]))
    long = np.flatnonzero((north != 0) | (east != 0))
    if len(long) == 0:
        return 0.0
    piece = long[min(int(np.searchsorted(share[long + 1], at, side="right")), len(long) - 1)]
    return math.degrees(math.atan2(east[piece], north[piece])) % 360.0


def _shares(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32], offset: NDArray[np.int64]) -> NDArray[np.float64]:
    lat = lat_e7.astype(np.float64)
    narrowing = np.cos(np.radians((lat[1:] + lat[:-1]) / 2e7))
    metres = METRES_PER_E7 * np.hypot(np.diff(lon_e7.astype(np.float64)) * narrowing, np.diff(lat))
    count = np.diff(offset)
    link = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(lat)) - offset[:-1][link]
    run = np.concatenate([[0.0], np.cumsum(metres)])
    along = run - run[offset[:-1]][link]
    total = along[offset[1:] - 1]
    flat = total <= 0
    spread = nth / np.maximum(count - 1, 1)[link]
    share = np.where(flat[link], spread, along / np.where(flat, 1.0, total)[link])
    share[offset[1:] - 1] = 1.0
    return np.asarray(share)
