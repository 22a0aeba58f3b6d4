"""The shipped city's trucks and shops, which nobody owns: invented, and the same from each run.

    python -m data.invent_fleet data/cities/coquimbo

writes `trucks.csv` and `shops.csv` beside the city's roads and zones. Posts lie at even steps of population along the
coast, on main roads; capabilities, companies and shifts are dealt out by a seeded shuffle.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.fleets import SHOP_COLUMNS, TRUCK_COLUMNS
from geo.faults import BadInput
from geo.zones import NO_ZONE, Zone, read_zones, zone_of
from routing.build import build_city
from routing.roads import RoadClass, Roads

SEED = 49
COMPANIES = {"Auxilio Ficticio": 18, "Grúas Imaginarias": 14, "Remolques Quimera": 10, "Rescate Utopía": 7}
CAPABILITIES = {
    "wheel_lift": 22,
    "wheel_lift;flatbed": 13,
    "flatbed": 3,
    "wheel_lift;ev_dolly": 3,
    "wheel_lift;flatbed;ev_dolly": 2,
    "wheel_lift;heavy": 3,
    "wheel_lift;heavy;crane": 3,
}
SHIFTS = {"": 31, "07:00-19:00": 9, "19:00-07:00": 5, "06:30-14:30": 2, "14:30-22:30": 2}
LIGHT, ALL = "wheel_lift;flatbed;ev_dolly", ""
SHOPS = (
    ("Taller Ficticio", LIGHT, "6", 300),
    ("Taller Imaginario", LIGHT, "4", 300),
    ("Desabolladura Quimera", LIGHT, "5", 360),
    ("Mecánica Inventada", LIGHT, "8", 240),
    ("Corral Municipal Imaginario", ALL, "", 420),
    ("Automotriz Utopía", ALL, "12", 300),
    ("Taller Espejismo", LIGHT, "6", 300),
    ("Garaje Soñado", LIGHT, "5", 300),
    ("Camiones Ficticios", ALL, "10", 480),
    ("Taller Quimera", LIGHT, "6", 300),
    ("Electromecánica Imaginaria", LIGHT, "4", 300),
    ("Desabolladura Utopía", LIGHT, "7", 360),
)
MAIN_ROADS = (RoadClass.PRIMARY, RoadClass.SECONDARY, RoadClass.TERTIARY)
TRUCK_OFFSET, SHOP_OFFSET = 0.5, 0.25
"""Where in its step of population a place lies; different, so that no truck stands in a shop's yard."""

Row = tuple[str | int, ...]


def write_fleet_and_shops(folder: Path) -> None:
    """Write `trucks.csv` and `shops.csv` into a city's folder of GMNS files and zones. Raises BadInput."""
    roads = build_city(folder, name=folder.resolve().name, progress=_unheard).roads
    zones = read_zones(folder / "zones.geojson")
    _write(folder / "trucks.csv", TRUCK_COLUMNS, _trucks(roads, zones))
    _write(folder / "shops.csv", SHOP_COLUMNS, _shops(roads, zones))


def _trucks(roads: Roads, zones: Sequence[Zone]) -> Iterator[Row]:
    rng = np.random.default_rng(SEED)
    dealt = [_dealt(hands, rng) for hands in (CAPABILITIES, COMPANIES, SHIFTS)]
    lon, lat = _spread(roads, zones, len(dealt[0]), TRUCK_OFFSET)
    for row, (can, company, shift) in enumerate(zip(*dealt, strict=True)):
        yield f"T{row + 1:02}", f"{lon[row]:.6f}", f"{lat[row]:.6f}", can, company, shift


def _shops(roads: Roads, zones: Sequence[Zone]) -> Iterator[Row]:
    lon, lat = _spread(roads, zones, len(SHOPS), SHOP_OFFSET)
    for row, (name, can, places, unload_s) in enumerate(SHOPS):
        yield f"S{row + 1:02}", f"{lon[row]:.6f}", f"{lat[row]:.6f}", name, can, places, unload_s


def _dealt(hands: dict[str, int], rng: np.random.Generator) -> list[str]:
    cards = [kind for kind, count in hands.items() for _ in range(count)]
    return [cards[card] for card in rng.permutation(len(cards))]


def _spread(
    roads: Roads, zones: Sequence[Zone], count: int, offset: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes of `count` places on main roads, one in each equal step of people from south to north.

    This is systematic sampling: the zones are laid end to end by the latitude of their middles, each as long as it has
    people, and in it its main roads by their length. A zone without one is left out.
    """
    links = np.flatnonzero(roads.link_strong & np.isin(roads.link_class, MAIN_ROADS))
    middle = (roads.shape_offset[links] + roads.shape_offset[links + 1] - 1) // 2
    lon, lat = roads.shape_lon_e7[middle] / 1e7, roads.shape_lat_e7[middle] / 1e7
    zone = zone_of(zones, lon, lat)
    inside = zone != NO_ZONE
    lon, lat, zone, length = lon[inside], lat[inside], zone[inside], roads.link_length_mm[links[inside]].astype(float)
    people = np.array([area.population for area in zones], np.float64)
    weight = people[zone] * length / np.bincount(zone, weights=length, minlength=len(zones))[zone]
    northing = np.array([area.polygon.centroid.y for area in zones])[zone]
    order = np.lexsort((lat, lon, northing))
    reach = np.cumsum(weight[order])
    steps = (np.arange(count) + offset) / count * reach[-1]
    chosen = order[np.searchsorted(reach, steps)]
    return lon[chosen], lat[chosen]


def _write(path: Path, columns: Sequence[str], rows: Iterator[Row]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def _unheard(_: str) -> None:
    """Progress of a build of two seconds is not shown."""


def main(arguments: Sequence[str]) -> int:
    """Invent trucks and shops for the city folder named; 0, or 2 with the reason on standard error."""
    if len(arguments) != 1:
        sys.stderr.write("python -m data.invent_fleet CITY_FOLDER\n")
        return 2
    try:
        write_fleet_and_shops(Path(arguments[0]))
    except BadInput as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
