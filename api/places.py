"""Places that come in: converted to WGS-84 at the edge, and refused where they cannot be in the served city."""

from __future__ import annotations

from api.bodies import Location
from api.problems import Problem
from geo.datums import Datum, point_to_wgs84
from geo.points import Point
from routing.router import Router

OFF_ROAD_M = 1_000.0
"""Farther than this from every road nothing has an accident that a tow truck could reach."""


def place_of(router: Router, location: Location, pointer: str = "/location") -> Point:
    """The place in WGS-84. Raises Problem 422 that says what is wrong and what to do."""
    try:
        point = _wgs84(location.lon, location.lat, location.datum)
    except ValueError as fault:
        raise Problem(422, f"{pointer}: {fault}", [(pointer, str(fault))]) from fault
    off_m = _off_m(router, point)
    if off_m <= OFF_ROAD_M:
        return point
    said = f"lies {_distance(off_m)} from the nearest road of the served city"
    if _is_near(router, location.lat, location.lon, location.datum):
        said += "; lon and lat look swapped (longitude comes first)"
    else:
        said += "; check lon, lat and datum (wgs84, gcj02 or bd09)"
    raise Problem(422, f"{pointer}: {location.lon}, {location.lat} {said}", [(pointer, said)])


def _wgs84(lon: float, lat: float, datum: Datum) -> Point:
    return point_to_wgs84(Point(lon, lat), datum)


def _off_m(router: Router, point: Point) -> float:
    return float(router.snap([point.lon_deg], [point.lat_deg]).off_m[0])


def _is_near(router: Router, lon: float, lat: float, datum: Datum) -> bool:
    try:
        return _off_m(router, _wgs84(lon, lat, datum)) <= OFF_ROAD_M
    except ValueError:
        return False


def _distance(metres: float) -> str:
    return f"{metres / 1000:.1f} km" if metres < 100_000 else f"{metres / 1000:.0f} km"


FAR_M = 50_000.0
"""A truck farther from every road than this is none of this city's: a device that sends 0, 0, say."""


def place_is_far(router: Router, lon_deg: float, lat_deg: float) -> bool:
    return _off_m(router, Point(lon_deg, lat_deg)) > FAR_M
