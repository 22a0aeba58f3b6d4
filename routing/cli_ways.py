"""The verbs about ways: `towline route` and `towline matrix`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.faults import BadInput, NoAnswer
from geo.points import Point
from routing.departure import Departure, departure_of, router_at
from routing.on_road import lon_lat_text, on_roads, outside
from routing.place_files import read_places, refuse_rows
from routing.positions import Positions
from routing.roads import City
from routing.router import NO_WAY_MS, Router

NO_WAY_S = np.uint32(4294967295)

LonLat = tuple[float, float]


def route(
    *,
    city: City,
    origin: LonLat,
    destination: LonLat,
    elapsed_s: Callable[[], float],
    depart: str | None = None,
    traffic: str | None = None,
    strong_only: bool = True,
) -> dict[str, object]:
    """The quickest way between two places (longitude, latitude in WGS-84 degrees) on the roads of a city.

    Both are taken to the nearest road, with `strong_only` to the nearest from which every other such road is reached,
    unless that lies more than `on_road.APART_M` farther: then it is on a road of its own, an island's say.
    `depart` (RFC 3339) and `traffic` (a table's name or file) say at what hour it is driven: see `departure_of`.
    Raises BadInput for a place that is none or is outside the city, NoAnswer where there is no way.
    """
    departure = departure_of(depart, traffic, city.facts.timezone)
    started_s = elapsed_s()
    router = router_at(city, departure)
    ends = _snap_all(router, city, [("the origin", origin), ("the destination", destination)], strong_only)
    ready_s = elapsed_s()
    way = router.route(ends.take(0), ends.take(1))
    if way is None:
        raise NoAnswer(
            f"there is no way on the roads of {city.facts.name} from {lon_lat_text(*origin)} to "
            f"{lon_lat_text(*destination)}: the roads nearest to them are not connected, or one-way streets or turn "
            "bans cut them off from each other"
        )
    lon_deg, lat_deg = way.geometry()
    line = [[round(lon, 7), round(lat, 7)] for lon, lat in zip(lon_deg.tolist(), lat_deg.tolist(), strict=True)]
    return {
        "city": city.facts.name,
        "duration_s": _seconds(way.duration_ms),
        "distance_m": _half_up(way.length_mm, 1000),
        "geometry": {"type": "LineString", "coordinates": line},
        "steps": [
            {"name": name, "distance_m": _half_up(length_mm, 1000), "duration_s": _seconds(duration_ms)}
            for name, length_mm, duration_ms in way.steps()
        ],
        "origin_off_m": round(float(ends.off_m[0]), 1),
        "destination_off_m": round(float(ends.off_m[1]), 1),
        "depart": depart,
        "traffic": None if departure is None else departure.table.name,
        "notes": _notes(departure),
        "attribution": city.facts.attribution,
        "timing": {"prepare_s": round(ready_s - started_s, 6), "route_s": round(elapsed_s() - ready_s, 6)},
    }


def route_text(report: dict[str, Any]) -> str:
    """The way as a person reads it: how long, how far, and street by street."""
    lines = [
        f"{_clock(report['duration_s'])} for {report['distance_m'] / 1000:.1f} km in {report['city']}"
        f" (origin {report['origin_off_m']:.0f} m and destination {report['destination_off_m']:.0f} m from the road)"
    ]
    lines += [
        f"  {_clock(step['duration_s']):>9}  {step['distance_m'] / 1000:7.2f} km  {step['name'] or 'unnamed road'}"
        for step in report["steps"]
    ]
    return "\n".join([*lines, *(f"Note: {note}." for note in report["notes"]), report["attribution"]])


def matrix(
    *,
    city: City,
    sources: Path,
    targets: Path,
    output: Path,
    elapsed_s: Callable[[], float],
    depart: str | None = None,
    traffic: str | None = None,
    strong_only: bool = True,
) -> dict[str, object]:
    """Seconds from every place of one CSV file to every place of another, written to `output` as a .npy of uint32.

    `depart` and `traffic` are as for `route`. Half seconds are rounded up; 4294967295 stands where there is no way.
    Raises BadInput with line numbers for rows that are no place or lie outside the city, and for an output that cannot
    be written.
    """
    departure = departure_of(depart, traffic, city.facts.timezone)
    started_s = elapsed_s()
    router = router_at(city, departure)
    origins = _snap_file(router, city, sources, strong_only)
    destinations = _snap_file(router, city, targets, strong_only)
    ready_s = elapsed_s()
    times_ms = router.table(origins, destinations)
    table_s = elapsed_s() - ready_s
    no_way = times_ms == NO_WAY_MS
    seconds = np.where(no_way, NO_WAY_S, ((times_ms.astype(np.uint64) + 500) // 1000).astype(np.uint32))
    try:
        with output.open("wb") as file:
            np.save(file, seconds.astype(np.uint32))
    except OSError as fault:
        raise BadInput(f"{output}: cannot be written ({fault.strerror})") from fault
    return {
        "city": city.facts.name,
        "rows": len(origins),
        "columns": len(destinations),
        "unreachable": int(np.count_nonzero(no_way)),
        "output": str(output),
        "depart": depart,
        "traffic": None if departure is None else departure.table.name,
        "notes": _notes(departure),
        "attribution": city.facts.attribution,
        "timing": {"prepare_s": round(ready_s - started_s, 6), "table_s": round(table_s, 6)},
    }


def matrix_text(report: dict[str, Any]) -> str:
    """What was written where, and how quickly."""
    text = (
        f"{report['rows']} x {report['columns']} travel times in {report['city']} written to {report['output']} "
        f"({report['unreachable']} without a way), computed in {report['timing']['table_s']:.2f} s"
    )
    return "\n".join([text, *(f"Note: {note}." for note in report["notes"]), report["attribution"]])


def _notes(departure: Departure | None) -> list[str]:
    return [] if departure is None else [departure.note]


def _snap_all(router: Router, city: City, places: list[tuple[str, LonLat]], strong_only: bool) -> Positions:
    for name, (lon_deg, lat_deg) in places:
        try:
            Point(lon_deg, lat_deg)
        except ValueError as fault:
            raise BadInput(f"{name}: {fault}") from fault
    lon = np.array([lon_lat[0] for _, lon_lat in places], dtype=np.float64)
    lat = np.array([lon_lat[1] for _, lon_lat in places], dtype=np.float64)
    faults = outside(router, city.facts.name, lon, lat)
    for row, (name, _) in enumerate(places):
        if row in faults:
            raise BadInput(f"{name}: {faults[row]}")
    return _snap_inside(router, city, lon, lat, strong_only)


def _snap_file(router: Router, city: City, path: Path, strong_only: bool) -> Positions:
    lon, lat, lines = read_places(path)
    faults = outside(router, city.facts.name, lon, lat)
    refuse_rows(path, [f"line {lines[row]}: {fault}" for row, fault in sorted(faults.items())])
    return _snap_inside(router, city, lon, lat, strong_only)


def _snap_inside(
    router: Router, city: City, lon: NDArray[np.float64], lat: NDArray[np.float64], strong_only: bool
) -> Positions:
    found = on_roads(router, lon, lat, strong_only=strong_only)
    if not found.found.all():
        part = " from which the others can be reached" if strong_only else ""
        raise NoAnswer(f"{city.facts.name} has no road{part}, so there is no way between any two places in it")
    return found


def _half_up(value: int, unit: int) -> int:
    return (value + unit // 2) // unit


def _seconds(duration_ms: int) -> int:
    return _half_up(duration_ms, 1000)


def _clock(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
