"""The verb `towline isochrone`, and the collection that it and the service answer with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely

from geo.faults import BadInput, NoAnswer
from geo.points import Point
from routing.departure import departure_of, router_at
from routing.isochrones import Isochrone, isochrones
from routing.on_road import on_roads, outside
from routing.roads import City

MOST_MINUTES = 120
MOST_AREAS = 12
DIGITS = 6
"""Of a degree: 0.11 m, finer than any outline."""


def isochrone(
    *,
    city: City,
    place: tuple[float, float],
    minutes: Sequence[int],
    elapsed_s: Callable[[], float],
    depart: str | None = None,
    traffic: str | None = None,
) -> dict[str, object]:
    """What is reached from a place (longitude, latitude in WGS-84 degrees) within each of some minutes.

    `depart` (RFC 3339) and `traffic` (a table's name or file) say at what hour it is driven: see `departure_of`.
    Raises BadInput for a place that is none or is outside the city, and for minutes that are not 1 to MOST_MINUTES.
    """
    check_minutes(minutes)
    lon_deg, lat_deg = place
    try:
        Point(lon_deg, lat_deg)
    except ValueError as fault:
        raise BadInput(f"the place: {fault}") from fault
    departure = departure_of(depart, traffic, city.facts.timezone)
    started_s = elapsed_s()
    router = router_at(city, departure)
    lon, lat = np.array([lon_deg]), np.array([lat_deg])
    for said in outside(router, city.facts.name, lon, lat).values():
        raise BadInput(f"the place: {said}")
    start = on_roads(router, lon, lat)
    if not start.found[0]:
        raise NoAnswer(f"{city.facts.name} has no road from which the others can be reached")
    ready_s = elapsed_s()
    found = isochrones(router, start, minutes)
    return {
        **collection(found),
        "city": city.facts.name,
        "off_m": round(float(start.off_m[0]), 1),
        "depart": depart,
        "traffic": None if departure is None else departure.table.name,
        "notes": [] if departure is None else [departure.note],
        "attribution": city.facts.attribution,
        "timing": {"prepare_s": round(ready_s - started_s, 6), "isochrone_s": round(elapsed_s() - ready_s, 6)},
    }


def check_minutes(minutes: Sequence[int]) -> None:
    """Raises BadInput."""
    if not minutes or len(minutes) > MOST_AREAS or not all(1 <= each <= MOST_MINUTES for each in minutes):
        raise BadInput(f"minutes: 1 to {MOST_AREAS} whole numbers from 1 to {MOST_MINUTES}, with commas, like 5,10,15")


def collection(found: Sequence[Isochrone]) -> dict[str, object]:
    """A GeoJSON FeatureCollection, the largest area first: drawn in this order none hides another."""
    features = []
    for each in reversed(found):
        rounded = shapely.transform(each.area, lambda degrees: np.round(degrees, DIGITS))
        features.append(
            {
                "type": "Feature",
                "properties": {"minutes": each.minutes, "area_m2": each.area_m2},
                "geometry": shapely.geometry.mapping(rounded),
            }
        )
    return {"type": "FeatureCollection", "features": features}


def isochrone_text(report: dict[str, Any]) -> str:
    """How much is reached by when."""
    rows = [each["properties"] for each in reversed(report["features"])]
    lines = [f"{row['minutes']:>4} min  {row['area_m2'] / 1e6:9.2f} km²" for row in rows]
    head = f"Reached in {report['city']} (the place is {report['off_m']:.0f} m from the road):"
    notes = [f"Note: {note}." for note in report["notes"]]
    return "\n".join([head, *lines, "The areas are printed by --json, as GeoJSON.", *notes, report["attribution"]])
