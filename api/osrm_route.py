"""OSRM's route service: a way through places in order, leg by leg, with its line, steps and annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, simplify

from api.osrm_places import Json, snapped, waypoints
from api.osrm_query import OsrmFault, RouteAsked
from geo.polyline import encode
from routing.directions import Step, arriving_deg, directions, leaving_deg
from routing.lines import Line, line_of
from routing.positions import Positions, position_on
from routing.roads import CityFacts
from routing.roundabouts import exits_of
from routing.router import Router
from routing.turn_costs import model_of
from routing.way import Way

PICTURE_PX = 1_000
"""A simplified line is as fine as a picture of the route, so many pixels wide or high, can show."""

Degrees = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Leg:
    way: Way
    line: Line


def route_answer(router: Router, facts: CityFacts, asked: RouteAsked) -> Json:
    """Raises OsrmFault."""
    places = snapped(router, facts.name, asked.places)
    legs = [_Leg(way, line_of(way)) for way in _ways(router, places, straight=asked.straight)]
    total_ms = sum(leg.way.duration_ms for leg in legs)
    route: Json = {
        "distance": _metres(sum(leg.way.length_mm for leg in legs)),
        "duration": _seconds(total_ms),
        "weight": _seconds(total_ms),
        "weight_name": "duration",
        "legs": [_leg(router, facts, leg, asked) for leg in legs],
    }
    if asked.overview != "false":
        lon, lat = _joined(legs)
        if asked.overview == "simplified":
            lon, lat = simplified(lon, lat)
        route["geometry"] = _drawn(lon, lat, asked.geometries)
    answer: Json = {"code": "Ok", "routes": [route]}
    if asked.places.waypoints:
        answer["waypoints"] = waypoints(router, places, hints=asked.places.hints)
    return answer


def _ways(router: Router, places: Positions, *, straight: bool) -> list[Way]:
    """A way a leg. `straight`: on from a place in between in the direction in which it was reached, where one can."""
    ways: list[Way] = []
    for row in range(len(places) - 1):
        start, end = places.take(row), places.take(row + 1)
        way = None
        if straight and ways:
            way = router.route(position_on(int(ways[-1].links[-1]), ways[-1].end_along), end)
        way = router.route(start, end) if way is None else way
        if way is None:
            raise OsrmFault(
                "NoRoute", f"No route found between points: there is no way from coordinate {row} to {row + 1}"
            )
        ways.append(way)
    return ways


def _joined(legs: list[_Leg]) -> tuple[Degrees, Degrees]:
    """One line of all legs; where one ends the next begins."""
    lon = [legs[0].line.lon_deg, *(leg.line.lon_deg[1:] for leg in legs[1:])]
    lat = [legs[0].line.lat_deg, *(leg.line.lat_deg[1:] for leg in legs[1:])]
    return np.concatenate(lon), np.concatenate(lat)


def simplified(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """The line without what PICTURE_PX cannot show (Douglas and Peucker, Cartographica 10 (1973)); ends are kept."""
    narrowing = np.cos(np.radians(lat.mean()))
    plane = np.column_stack([lon * narrowing, lat])
    tolerance = float(np.ptp(plane, axis=0).max()) / PICTURE_PX
    kept = np.asarray(simplify(LineString(plane), tolerance, preserve_topology=False).coords)
    return kept[:, 0] / narrowing, kept[:, 1]


def _leg(router: Router, facts: CityFacts, leg: _Leg, asked: RouteAsked) -> Json:
    way, line = leg.way, leg.line
    steps = directions(router.network, way) if asked.steps else []
    side = "left" if model_of(facts.timezone).keep_left else "right"
    shown: Json = {
        "distance": _metres(way.length_mm),
        "duration": _seconds(way.duration_ms),
        "weight": _seconds(way.duration_ms),
        "summary": _summary(way, steps),
        "steps": [{**_step(router, leg, step, asked), "driving_side": side} for step in steps],
    }
    if asked.annotations:
        zeros = [0] * len(line.length_m)
        speed = np.divide(line.length_m, line.duration_s, out=np.zeros(len(zeros)), where=line.duration_s > 0)
        parts: dict[str, list[Any]] = {
            "distance": np.round(line.length_m, 3).tolist(),
            "duration": np.round(line.duration_s, 3).tolist(),
            "weight": np.round(line.duration_s, 3).tolist(),
            "speed": np.round(speed, 1).tolist(),
            "datasources": zeros,
        }
        shown["annotation"] = {name: row for name, row in parts.items() if name in asked.annotations}
    return shown


def _summary(way: Way, steps: list[Step]) -> str:
    """The two streets on which most of the leg is driven, in the order in which they come."""
    driven: dict[str, int] = {}
    for step in steps:
        length_mm = int(way.driven_mm[step.end] - way.driven_mm[step.first])
        if step.name and length_mm:
            driven[step.name] = driven.get(step.name, 0) + length_mm
    longest = sorted(driven, key=lambda name: -driven[name])[:2]
    return ", ".join(name for name in driven if name in longest)


def _step(router: Router, leg: _Leg, step: Step, asked: RouteAsked) -> Json:
    way, line = leg.way, leg.line
    lon, lat = line.stretch(step.first, step.end)
    duration_ms = int(way.elapsed_ms[step.end] - way.elapsed_ms[step.first])
    at = [round(float(lon[0]), 6), round(float(lat[0]), 6)]
    maneuver: Json = {
        "type": step.kind,
        "location": at,
        "bearing_before": step.bearing_before_deg,
        "bearing_after": step.bearing_after_deg,
    }
    if step.modifier is not None:
        maneuver["modifier"] = step.modifier
    if step.exit is not None:
        maneuver["exit"] = step.exit
    return {
        "distance": _metres(int(way.driven_mm[step.end] - way.driven_mm[step.first])),
        "duration": _seconds(duration_ms),
        "weight": _seconds(duration_ms),
        "name": step.name,
        "mode": "driving",
        "geometry": _drawn(lon, lat, asked.geometries),
        "maneuver": maneuver,
        "intersections": _intersections(router, leg, step, at),
    }


def _intersections(router: Router, leg: _Leg, step: Step, at: list[float]) -> list[Json]:
    """The junctions of a step, the first that of its manoeuvre. Roads that may not be entered are left out, but for the
    one that one comes from."""
    way, line = leg.way, leg.line
    links = way.links.tolist()
    if step.kind == "arrive":
        return [{"location": at, "bearings": [(step.bearing_before_deg + 180) % 360], "entry": [True], "in": 0}]
    shown = []
    for k in range(step.first, step.end):
        if k == 0:
            shown.append({"location": at, "bearings": [step.bearing_after_deg], "entry": [True], "out": 0})
            continue
        before, after = links[k - 1], links[k]
        exits = exits_of(router.network, before)
        if k > step.first and len(exits) < 2:
            continue
        back = int(router.roads.link_reverse[before])
        roads = [(round(leaving_deg(router.roads, each)) % 360, True, each) for each in exits]
        if back not in exits:
            roads.append((round(arriving_deg(router.roads, before) + 180) % 360, False, back))
        roads.sort()
        point = int(line.link_point[k])
        shown.append(
            {
                "location": [round(float(line.lon_deg[point]), 6), round(float(line.lat_deg[point]), 6)],
                "bearings": [bearing for bearing, _, _ in roads],
                "entry": [entry for _, entry, _ in roads],
                "in": [each for _, _, each in roads].index(back),
                "out": [each for _, _, each in roads].index(after),
            }
        )
    return shown


def _drawn(lon: Degrees, lat: Degrees, geometries: str) -> object:
    if geometries == "geojson":
        points = np.column_stack([np.round(lon, 6), np.round(lat, 6)])
        return {"type": "LineString", "coordinates": points.tolist()}
    return encode(lon, lat, 6 if geometries == "polyline6" else 5)


def _metres(length_mm: int) -> float:
    return (length_mm + 50) // 100 / 10


def _seconds(duration_ms: int) -> float:
    return (duration_ms + 50) // 100 / 10
