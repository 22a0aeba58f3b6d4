"""Tow trucks, repair shops, and the fixes by which trucks are seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class TruckStatus(StrEnum):
    OFF_DUTY = "off_duty"
    STANDBY = "standby"
    REPOSITIONING = "repositioning"
    OFFERED = "offered"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    LOADED = "loaded"
    AT_SHOP = "at_shop"
    OUT_OF_SERVICE = "out_of_service"


IDLE = frozenset({TruckStatus.STANDBY, TruckStatus.REPOSITIONING})
"""Nothing to finish first: a truck on its way back to its post can be called off on the road."""

COMMITTED = frozenset({TruckStatus.ON_SCENE, TruckStatus.LOADED, TruckStatus.AT_SHOP})
"""A started leg is not undone: these trucks finish before they are free."""


@dataclass(frozen=True, slots=True)
class Truck:
    """`plate` and `driver` (a surname) are what a party is shown; `device` is the SHA-256 of its device's id."""

    id: str
    can: frozenset[str]
    company: str
    plate: str = ""
    driver: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    """A destination; `can` empty means that it takes every vehicle, `places` None that it is never full.

    A `yard` is neutral ground: a vehicle goes there where its owner says so, or where no shop takes it.
    """

    id: str
    name: str
    lon_deg: float
    lat_deg: float
    can: frozenset[str]
    places: int | None
    unload_s: int
    yard: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """One version of all positions: row k is the k-th registered truck.

    lon_deg, lat_deg  float64[n]  WGS-84
    heading_deg       float64[n]  clockwise from north, NaN where unknown or standing
    at_ms             int64[n]    when the fix was taken; a truck never seen has the lowest int64
    """

    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    heading_deg: NDArray[np.float64]
    at_ms: NDArray[np.int64]
