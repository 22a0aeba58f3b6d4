"""The days that are played: real ones of Taipei, and a storm made of the busiest.

normal  a day of 2020 with 102 to 112 accidents, another one for each draw
busy    2020-12-16, the busiest of the two years, with 205; a draw changes the times at the scenes
storm   200 accidents of the busiest day, 100 of them moved into the three hours from 17:00; which ones and to when is
        drawn, and so are the times at the scenes

Every accident is one job for a wheel lift. Posts and shops are k-medians over the accidents of 2019, so they foresee
nothing, and they are the same in every draw.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import ROOT
from data.load_reader import read_load
from data.loads import Load
from dispatch.fleet import Shop
from dispatch.policy import Policy
from geo.datums import Datum
from geo.faults import BadInput
from routing.build import build_city
from routing.bundle import open_city, save_city
from routing.roads import City
from routing.router import Router
from simulator.draws import Chances
from simulator.fleet import invent_shops, invent_trucks, midnight_ms
from simulator.orders import orders_of
from simulator.scenario import Scenario, SimulatedTruck

DATA = ROOT.parent / "shared" / "data"
DAYS = ("normal", "busy", "storm")
FLEETS = (49, 25, 15, 10)
ZONE = ZoneInfo("Asia/Taipei")
BUSIEST = dt.date(2020, 12, 16)
NORMAL_LEAST, NORMAL_MOST = 102, 112
STORM_CALLS, STORM_MOVED = 200, 100
STORM_FROM_H, STORM_HOURS = 17, 3
SHOPS = 12
PLACES_SEED = 0
"""Posts and shops are drawn with this seed whatever the draw of the day is."""


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """What all days share: the roads, two years of accidents, the shops."""

    router: Router
    load: Load
    shops: list[Shop]

    def past(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where it happened in 2019."""
        before = self.load.at_ms < midnight_ms(dt.date(2020, 1, 1), ZONE)
        return self.load.lon_deg[before], self.load.lat_deg[before]


def open_town(home: Path) -> Town:
    """Builds the city once into the home. FileNotFoundError where the real data is not beside the checkout."""
    source = DATA / "incidents" / "taipei_accidents_2019_2020.csv.gz"
    if not source.is_file():
        raise FileNotFoundError(f"the real data is not at {DATA}")
    load = read_load(
        source, zone=ZONE, renames={"severity": "class"}, datum=Datum.WGS84, skip_bad=False, warn=lambda _line: None
    )
    router = Router.of(_city(home / "bench" / "days-taipei"), threads=1)
    before = load.at_ms < midnight_ms(dt.date(2020, 1, 1), ZONE)
    shops = invent_shops(router, load.lon_deg[before], load.lat_deg[before], SHOPS, PLACES_SEED)
    return Town(router, load, shops)


def scenario(town: Town, day: str, trucks: int, draw: int, policy: Policy, chances: Chances) -> Scenario:
    """One draw of a day for a fleet under a policy."""
    date, load = _accidents(town, day, draw)
    orders, lines = orders_of(load, np.arange(len(load)), policy, chances, draw, None)
    from_ms, until_ms = midnight_ms(date, ZONE), midnight_ms(date + dt.timedelta(days=1), ZONE)
    fleet = [replace(each, shifts=((from_ms, None),)) for each in _fleet(town, trucks)]
    return Scenario(
        town.router, policy, fleet, town.shops, orders, lines, from_ms, until_ms, chances, draw, ZONE
    )  # fmt: skip


@cache
def _fleet(town: Town, trucks: int) -> list[SimulatedTruck]:
    return invent_trucks(town.router, *town.past(), trucks, PLACES_SEED, 0)


def _city(folder: Path) -> City:
    try:
        return open_city(folder)
    except BadInput:  # there is none, or one of another version
        city = build_city(DATA / "taipei", name="taipei", timezone=ZONE.key, progress=lambda _line: None)
        save_city(city, folder)
        return open_city(folder)


def _accidents(town: Town, day: str, draw: int) -> tuple[dt.date, Load]:
    rng = np.random.default_rng([draw, DAYS.index(day)])
    if day == "normal":
        days = _normal_days(town)
        date = days[int(np.random.default_rng(0).permutation(len(days))[draw % len(days)])]
        return date, town.load.between(date, date, ZONE)
    load = town.load.between(BUSIEST, BUSIEST, ZONE)
    return BUSIEST, storm_of(load, rng) if day == "storm" else load


@cache
def _normal_days(town: Town) -> list[dt.date]:
    counts = Counter(dt.datetime.fromtimestamp(ms / 1000, ZONE).date() for ms in town.load.at_ms.tolist())
    return [day for day, count in counts.items() if day.year == 2020 and NORMAL_LEAST <= count <= NORMAL_MOST]


def storm_of(load: Load, rng: np.random.Generator) -> Load:
    """200 of the accidents, 100 of them at another time: within three hours of the busiest day."""
    kept = np.sort(rng.permutation(len(load))[:STORM_CALLS])
    load = load.take(kept)
    moved = rng.permutation(len(load))[:STORM_MOVED]
    start_ms = midnight_ms(BUSIEST, ZONE) + 3_600_000 * STORM_FROM_H
    at_ms = load.at_ms.copy()
    at_ms[moved] = start_ms + 1000 * rng.integers(0, 3600 * STORM_HOURS, len(moved))
    order = np.lexsort((load.line, at_ms))
    return replace(load, at_ms=at_ms).take(order)
