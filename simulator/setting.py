"""From the words of a command to a scenario: the load's rows, the days, trucks and shops, and what was assumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.catalogue import SHIPPED, load_named, shipped_fleet, shipped_shops
from data.fleets import read_fleet, read_shops
from data.loads import Load
from dispatch.fleet import Shop
from dispatch.policy import Policy
from geo.datums import Datum
from geo.faults import BadInput
from routing.roads import City
from routing.router import Positions, Router
from simulator.draws import Chances
from simulator.fleet import invent_shops, invent_trucks, midnight_ms, shops_from, trucks_from
from simulator.noise import get_noise, noise_notes
from simulator.orders import orders_of
from simulator.posts import demand_on_roads
from simulator.scenario import Scenario, SimulatedTruck

DEFAULT_SHOPS = "12"
FAR_M = 5_000
"""An accident farther than this from every road lies outside the city."""

POSTS_FROM = 1_000
"""Posts are fitted on accidents outside the days of the run where there are this many, so that they foresee nothing."""


GENERATED_BEFORE_DAYS = 60
FEW = 100
"""Fewer accidents than this say nothing about where posts should be."""


class Demand(NamedTuple):
    """Places that call, as often as they call, and in words what they are."""

    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    origin: str


@dataclass(frozen=True, slots=True)
class Request:
    """What `towline simulate` was asked."""

    load: str
    trucks: str | None
    shops: str | None
    from_day: date | None
    to_day: date | None
    tow_share: float | None
    renames: dict[str, str]
    datum: Datum
    skip_bad: bool
    seed: int
    noise: str = "none"


@dataclass(slots=True)
class Setting:
    """A scenario with the load it came from, its days, and the notes that its result has to carry."""

    scenario: Scenario
    load: Load
    from_day: date
    to_day: date
    posts: Positions
    notes: list[str] = field(default_factory=list)


def make_setting(city: City, policy: Policy, request: Request, progress: Callable[[str], None]) -> Setting:
    """Raises BadInput where the load, the fleet, the shops or the days cannot be used."""
    zone = ZoneInfo(city.facts.timezone)
    router = Router.of(city)
    load = _load(city, request, request.from_day, request.to_day, progress)
    from_day, to_day = _days(load, zone, request)
    from_ms, until_ms = midnight_ms(from_day, zone), midnight_ms(to_day + timedelta(days=1), zone)
    notes = [*load.notes, *city.facts.notes]
    rows, inside = _rows(router, load, from_ms, until_ms, request, notes)
    demand = _demand(city, load, np.flatnonzero(inside & _outside(load, from_ms, until_ms)), rows, from_day, request)
    chances = get_noise(request.noise)
    orders, lines = orders_of(load, rows, policy, chances, request.seed, request.tow_share)
    progress(f"{len(orders)} orders from {from_day} to {to_day}; placing trucks and shops")
    trucks = _trucks(city, router, request, demand, (zone, from_day, to_day), notes, progress)
    shops = _shops(city, router, request, demand, notes, progress)
    for what, found in (("orders", orders), ("trucks", trucks), ("shops", shops)):
        if not found:
            notes.append(f"there are no {what} in this run")
    notes += [*_assumptions(chances, request, policy), *noise_notes(chances)]
    scenario = Scenario(router, policy, trucks, shops, orders, lines, from_ms, until_ms, chances, request.seed, zone)
    posts = Positions.concatenate([truck.post for truck in trucks])
    return Setting(scenario, load, from_day, to_day, posts, notes)


def _load(
    city: City, request: Request, from_day: date | None, to_day: date | None, warn: Callable[[str], None]
) -> Load:
    return load_named(
        request.load, city=city, from_day=from_day, to_day=to_day, seed=request.seed, per_day=None,
        renames=request.renames, datum=request.datum, skip_bad=request.skip_bad, warn=warn,
    )  # fmt: skip


def _days(load: Load, zone: ZoneInfo, request: Request) -> tuple[date, date]:
    if not len(load) and (request.from_day is None or request.to_day is None):
        epoch = date(1970, 1, 1)
        first, last = epoch, epoch
    elif len(load):
        first, last = (datetime.fromtimestamp(int(ms) / 1000, zone).date() for ms in (load.at_ms[0], load.at_ms[-1]))
    from_day = request.from_day if request.from_day is not None else first
    to_day = request.to_day if request.to_day is not None else last
    if to_day < from_day:
        raise BadInput(f"--to {to_day} lies before --from {from_day}")
    return from_day, to_day


def _rows(
    router: Router, load: Load, from_ms: int, until_ms: int, request: Request, notes: list[str]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Rows within the days, and which rows of the load lie inside the city at all."""
    off_m = router.snap(load.lon_deg, load.lat_deg).off_m
    inside = off_m <= FAR_M
    within = ~_outside(load, from_ms, until_ms)
    outside = np.flatnonzero(within & ~inside)
    if len(outside):
        faults = [
            f"line {load.line[row]}: {load.lon_deg[row]:.5f},{load.lat_deg[row]:.5f} is "
            f"{off_m[row] / 1000:.0f} km from the city's nearest road"
            for row in outside
        ]
        what = f"{load.source}: {len(outside)} accidents of these days lie outside the city"
        if not request.skip_bad:
            raise BadInput(f"{what}; is it the right city, and is lon before lat? --skip-bad leaves them out", faults)
        notes.append(f"{what}; left out")
    return np.flatnonzero(within & inside), inside


def _outside(load: Load, from_ms: int, until_ms: int) -> NDArray[np.bool_]:
    return (load.at_ms < from_ms) | (load.at_ms >= until_ms)


def _demand(
    city: City, load: Load, other_rows: NDArray[np.int64], rows: NDArray[np.int64], from_day: date, request: Request
) -> Demand:
    """Where invented posts and shops are to be near: accidents of other days, else of these, else the streets."""
    if load.generated:
        before = from_day - timedelta(days=GENERATED_BEFORE_DAYS)
        past = _load(city, request, before, from_day - timedelta(days=1), lambda _line: None)
        return Demand(past.lon_deg, past.lat_deg, f"the {GENERATED_BEFORE_DAYS} generated days before the run")
    if len(other_rows) >= POSTS_FROM:
        return Demand(load.lon_deg[other_rows], load.lat_deg[other_rows], "the load's accidents of other days")
    if len(rows) >= FEW:
        return Demand(load.lon_deg[rows], load.lat_deg[rows], "the accidents of the very days that are simulated")
    return Demand(*demand_on_roads(city.roads, np.random.default_rng([request.seed, 3]), 1000), "the streets' length")


def _trucks(
    city: City,
    router: Router,
    request: Request,
    demand: Demand,
    when: tuple[ZoneInfo, date, date],
    notes: list[str],
    warn: Callable[[str], None],
) -> list[SimulatedTruck]:
    zone, from_day, to_day = when
    if request.trucks is None:
        if city.facts.name != SHIPPED:
            raise BadInput(
                "--trucks is needed: a number, or a FLEET.csv (only the shipped city has a fleet of its own)"
            )
        notes.append("the fleet of the shipped city is invented")
        return trucks_from(shipped_fleet(), router, zone, from_day, to_day)
    count = _count(request.trucks, "--trucks")
    if count is None:
        return trucks_from(read_fleet(Path(request.trucks), warn=warn), router, zone, from_day, to_day)
    notes.append(f"{count} trucks and their posts are invented: {_placed(demand, request.seed)}")
    return invent_trucks(router, demand.lon_deg, demand.lat_deg, count, request.seed, midnight_ms(from_day, zone))


def _shops(
    city: City,
    router: Router,
    request: Request,
    demand: Demand,
    notes: list[str],
    warn: Callable[[str], None],
) -> list[Shop]:
    if request.shops is None and city.facts.name == SHIPPED:
        notes.append("the shops of the shipped city are invented")
        return shops_from(shipped_shops())
    named = request.shops if request.shops is not None else DEFAULT_SHOPS
    count = _count(named, "--shops")
    if count is None:
        return shops_from(read_shops(Path(named), warn=warn))
    notes.append(f"{count} shops are invented, the first a yard: {_placed(demand, request.seed)}")
    return invent_shops(router, demand.lon_deg, demand.lat_deg, count, request.seed)


def _placed(demand: Demand, seed: int) -> str:
    return f"k-medians on the road graph over {demand.origin}, seed {seed}"


def _count(named: str, option: str) -> int | None:
    """A number of trucks or shops; None where a file is named."""
    if named.isascii() and named.isdigit():
        count = int(named)
        if count > 5_000:
            raise BadInput(f"{option} {count}: at most 5000")
        return count
    if not Path(named).is_file():
        raise BadInput(f"{option} {named!r}: neither a number nor a file")
    return None


def _assumptions(chances: Chances, request: Request, policy: Policy) -> list[str]:
    share = "every accident" if request.tow_share is None else f"{request.tow_share:.0%} of the accidents, drawn,"
    table = policy.traffic
    pace = "at free flow" if table.is_flat else f"at the pace of the hour they set off in (traffic table {table.name})"
    return [
        f"{share} calls for a tow",
        f"assumed: time at the scene log-normal, median {chances.on_scene_median_s} s, p90 {chances.on_scene_p90_s} s "
        f"(spread from Taiwan Freeway 5, 2023); the dispatcher is told {chances.on_scene_mean_s} s",
        f"assumed: drivers answer after {chances.answer_s} s and drive {pace}; a car stays "
        f"{chances.shop_stay_s // 3600} h at a shop",
    ]
