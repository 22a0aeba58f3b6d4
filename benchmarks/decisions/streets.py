"""Ground from real streets: the shipped city, and Taipei where its data lies beside the checkout.

Trucks and shops stand anywhere on streets that lead everywhere. So do the scenes of the shipped city; those of Taipei
are places of real accidents. Times are the router's own, turns included, for a light vehicle, times one factor for the
hour.
"""

from __future__ import annotations

import os
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.decisions.plane import rush_factor
from benchmarks.places import some_places
from benchmarks.report import ROOT
from data.catalogue import SHIPPED, open_city_named
from data.home import towline_home
from data.load_reader import read_load
from dispatch.problem import NO_WAY_S
from geo.datums import Datum
from geo.points import great_circles_m
from routing.build import build_city
from routing.bundle import open_city, save_city
from routing.bundle_schema import VERSION
from routing.positions import Positions
from routing.roads import City
from routing.router import NO_WAY_MS, Router

TAIPEI = "taipei"
SOURCE = ROOT.parent / "shared" / "data" / TAIPEI
ACCIDENTS = ROOT.parent / "shared" / "data" / "incidents" / "taipei_accidents_2019_2020.csv.gz"

CANDIDATES_A_SCENE = 40
"""From so many places a scene, a storm takes those near its cells."""

CELLS = 3
CELL_M = 1_200.0


class MissingData(Exception):
    """The real data is not beside the checkout; the text names what."""


def streets(
    city: str, rng: np.random.Generator, trucks: int, scenes: int, shops: int, *, storm: bool
) -> NDArray[np.int64]:
    """int64[P, P] seconds between trucks, scenes and shops, in this order, P their sum. MissingData as `router_of`."""
    places = places_of(city, rng, trucks, scenes, shops, storm=storm)
    table_ms = router_of(city).table(places, places).astype(np.int64)
    table_s = np.rint(table_ms / 1000 * rush_factor(rng, storm=storm)).astype(np.int64)
    table_s[table_ms == NO_WAY_MS] = NO_WAY_S
    # From a place to itself is nothing, whatever the way round the block takes.
    np.fill_diagonal(table_s, 0)
    return table_s


def places_of(city: str, rng: np.random.Generator, trucks: int, scenes: int, shops: int, *, storm: bool) -> Positions:
    """Where the trucks, the scenes and the shops are, in this order."""
    router = router_of(city)
    return Positions.concatenate([
        some_places(router.roads, rng, trucks),
        _scenes(city, router, rng, scenes, storm=storm),
        some_places(router.roads, rng, shops),
    ])  # fmt: skip


@lru_cache(maxsize=2)
def router_of(city: str) -> Router:
    """The router of a city that is kept in the home, built there first. MissingData where its source is not there."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(towline_home(os.environ) / "numba"))
    return Router.of(_taipei() if city == TAIPEI else _shipped())


def _shipped() -> City:
    return open_city_named(towline_home(os.environ), SHIPPED, progress=_quiet)


def _taipei() -> City:
    kept = towline_home(os.environ) / "bench" / f"{TAIPEI}-v{VERSION}"
    if not kept.is_dir():
        if not SOURCE.is_dir():
            raise MissingData(f"the streets of Taipei are not there (../{SOURCE.relative_to(ROOT.parent)})")
        kept.parent.mkdir(parents=True, exist_ok=True)
        save_city(build_city(SOURCE, name=TAIPEI, progress=_quiet), kept)
    return open_city(kept)


def _scenes(city: str, router: Router, rng: np.random.Generator, count: int, *, storm: bool) -> Positions:
    drawn = _draw(city, router, rng, count * CANDIDATES_A_SCENE if storm else count)
    if not storm:
        return drawn
    lon_deg, lat_deg = _degrees(router, drawn)
    cells = rng.choice(len(drawn), CELLS, replace=False)
    away_m = np.stack([great_circles_m(lon_deg, lat_deg, lon_deg[cell], lat_deg[cell]) for cell in cells])
    weight = np.exp(-((away_m.min(axis=0) / CELL_M) ** 2) / 2) + 0.01
    return drawn.take(rng.choice(len(drawn), count, replace=False, p=weight / weight.sum()))


def _draw(city: str, router: Router, rng: np.random.Generator, count: int) -> Positions:
    if city != TAIPEI:
        return some_places(router.roads, rng, count)
    lon_deg, lat_deg = _accidents()
    # A few accidents lie beside no street that is known, so some more are drawn than are needed.
    rows = rng.choice(len(lon_deg), count + count // 4 + 10)
    found = router.snap(lon_deg[rows], lat_deg[rows])
    return found.take(np.flatnonzero(found.found)[:count])


@lru_cache(maxsize=1)
def _accidents() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes of the accidents of two years."""
    if not ACCIDENTS.is_file():
        raise MissingData(f"the accidents of Taipei are not there (../{ACCIDENTS.relative_to(ROOT.parent)})")
    zone = ZoneInfo("Asia/Taipei")
    load = read_load(ACCIDENTS, zone=zone, renames={"severity": "class"}, datum=Datum.WGS84, skip_bad=True, warn=_quiet)
    return load.lon_deg, load.lat_deg


def _degrees(router: Router, places: Positions) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """About where places are: the middle point of each one's street will do."""
    roads, link = router.roads, places.link
    middle = (roads.shape_offset[link] + roads.shape_offset[link + 1]) // 2
    return roads.shape_lon_e7[middle] / 1e7, roads.shape_lat_e7[middle] / 1e7


def _quiet(_line: str) -> None:
    """Progress that nobody reads."""
