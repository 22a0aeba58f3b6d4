"""The trucks and shops of a run: from files, from the shipped city, or invented on the spot (and then said so)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.fleets import FleetShop, FleetTruck
from dispatch.fleet import Shop, Truck
from routing.router import Positions, Router
from simulator.posts import k_medians
from simulator.scenario import SimulatedTruck

COMPANIES = ("A", "B", "C", "D")
ABILITIES = (
    frozenset({"wheel_lift", "flatbed"}),
    frozenset({"wheel_lift"}),
    frozenset({"wheel_lift", "flatbed", "ev_dolly"}),
    frozenset({"wheel_lift", "flatbed"}),
    frozenset({"wheel_lift", "heavy", "crane"}),
)
"""The mix that is invented: every truck can lift a car, every fifth can do the heavy work."""

INVENTED_PLACES = 60
INVENTED_UNLOAD_S = 300


def invent_trucks(
    router: Router, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64], count: int, seed: int, from_ms: int
) -> list[SimulatedTruck]:
    """`count` trucks on duty from `from_ms` on, at posts where the demand is."""
    posts = k_medians(router, lon_deg, lat_deg, count, np.random.default_rng([seed, 1]))
    return [
        SimulatedTruck(
            Truck(f"T{k + 1:02d}", ABILITIES[k % len(ABILITIES)], COMPANIES[k % len(COMPANIES)]),
            posts.take([k]),
            ((from_ms, None),),
        )
        for k in range(count)
    ]


def invent_shops(
    router: Router, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64], count: int, seed: int
) -> list[Shop]:
    """`count` shops where the demand is; the first is a yard that takes every vehicle and is never full."""
    places = k_medians(router, lon_deg, lat_deg, count, np.random.default_rng([seed, 2]))
    lon, lat = _coordinates(router, places)
    return [
        Shop(
            id=f"S{k + 1:02d}",
            name="yard" if k == 0 else f"shop {k + 1}",
            lon_deg=float(lon[k]),
            lat_deg=float(lat[k]),
            can=frozenset(),
            places=None if k == 0 else INVENTED_PLACES,
            unload_s=INVENTED_UNLOAD_S,
        )
        for k in range(count)
    ]


def trucks_from(
    rows: Sequence[FleetTruck], router: Router, zone: ZoneInfo, first_day: date, last_day: date
) -> list[SimulatedTruck]:
    """Trucks of a FLEET file, with their shifts on the days of the run and the day after, when it drains."""
    posts = router.snap(np.array([row.lon_deg for row in rows]), np.array([row.lat_deg for row in rows]))
    return [
        SimulatedTruck(
            Truck(row.id, row.can, row.company), posts.take([k]), _shifts(row.shift, zone, first_day, last_day)
        )
        for k, row in enumerate(rows)
    ]


def shops_from(rows: Sequence[FleetShop]) -> list[Shop]:
    return [Shop(row.id, row.name, row.lon_deg, row.lat_deg, row.can, row.places, row.unload_s) for row in rows]


def _shifts(
    shift: tuple[int, int] | None, zone: ZoneInfo, first_day: date, last_day: date
) -> tuple[tuple[int, int | None], ...]:
    """Local minutes of the day to instants; one that began the evening before the run is on already."""
    if shift is None:
        return ((midnight_ms(first_day, zone), None),)
    start_min, end_min = shift
    spans: list[tuple[int, int | None]] = []
    day = first_day - timedelta(days=1)
    while day <= last_day + timedelta(days=1):
        start = datetime.combine(day, datetime.min.time(), zone) + timedelta(minutes=start_min)
        end_day = day if end_min > start_min else day + timedelta(days=1)
        end = datetime.combine(end_day, datetime.min.time(), zone) + timedelta(minutes=end_min)
        spans.append((round(start.timestamp() * 1000), round(end.timestamp() * 1000)))
        day += timedelta(days=1)
    return tuple(spans)


def midnight_ms(day: date, zone: ZoneInfo) -> int:
    """The instant at which a local day begins."""
    return round(datetime.combine(day, datetime.min.time(), zone).timestamp() * 1000)


def _coordinates(router: Router, places: Positions) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    roads = router.roads
    starts, ends = roads.shape_offset[places.link], roads.shape_offset[places.link + 1]
    middle = (starts + ends) // 2
    return roads.shape_lon_e7[middle] / 1e7, roads.shape_lat_e7[middle] / 1e7
