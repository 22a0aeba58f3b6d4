"""How fast a road is driven when nothing is in the way: posted limits as text, and defaults where none is posted."""

from __future__ import annotations

import re

from routing.roads import RoadClass

DEFAULT_KMH = {
    RoadClass.MOTORWAY: 90,
    RoadClass.TRUNK: 60,
    RoadClass.PRIMARY: 50,
    RoadClass.SECONDARY: 45,
    RoadClass.TERTIARY: 40,
    RoadClass.UNCLASSIFIED: 35,
    RoadClass.RESIDENTIAL: 30,
    RoadClass.LIVING_STREET: 10,
    RoadClass.SERVICE: 20,
}
"""Where the source gives no speed. City values, near the medians of what is given in four cities that we measured:
Milan's and Baltimore's posted limits (motorway 90 and 88, trunk 70, primary 50 and 40, secondary 50 and 48, tertiary
50 and 40, residential 50 and 40, living street 10, service 30 and 24), Harbin's (trunk 50, residential 20) and
Taipei's planning speeds (trunk 60, primary 41, tertiary 50, unclassified 32). Below the posted limit from secondary
down, since what is untagged there is the lesser street of its class."""

DEFAULT_RAMP_KMH = {RoadClass.MOTORWAY: 45, RoadClass.TRUNK: 40}
"""Link roads (ramps) of the great roads: 40 posted in Milan and Baltimore. Those of other classes go with the class."""

ZONE_KMH = {
    "urban": 50,
    "rural": 80,
    "nsl_single": 97,
    "nsl_dual": 113,
    "trunk": 100,
    "expressway": 100,
    "motorway": 120,
    "living_street": 10,
    "pedestrian_zone": 7,
    "bicycle_road": 30,
    "school": 30,
}
"""Limits that a tag states by the kind of road (`CN:urban`); the national ones that differ stand below."""

NATIONAL_ZONE_KMH = {
    "at:rural": 100,
    "at:motorway": 130,
    "cn:rural": 70,
    "cl:rural": 100,
    "de:rural": 100,
    "fr:motorway": 130,
    "gb:urban": 48,
    "it:rural": 90,
    "it:trunk": 110,
    "it:motorway": 130,
    "jp:urban": 60,
    "ru:urban": 60,
    "ru:rural": 90,
    "ru:motorway": 110,
    "us:urban": 40,
    "us:rural": 89,
}

KMH_OF_UNIT = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
WALK_KMH = 7
SLOWEST_KMH, FASTEST_KMH = 3, 160
NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z/]*)")
ZONE_NUMBER = re.compile(r"(?:[a-z]{2}:)?zone:?\s*(\d+)")


def default_kmh(road_class: RoadClass, ramp: bool = False) -> int:
    """The free-flow speed assumed for a class; `ramp` for its link roads."""
    return DEFAULT_RAMP_KMH.get(road_class, DEFAULT_KMH[road_class]) if ramp else DEFAULT_KMH[road_class]


def limit_kmh(text: str) -> int | None:
    """The limit that an OSM `maxspeed` value states, in km/h, or None where it states no number.

    Understood: numbers with km/h, mph or knots; `walk`; zones by law (`CN:urban`, `DE:zone30`); of a list
    (`30; 70`, `50|70`) the lowest. `none`, `signals`, `variable` and what is implausible (below 3, above 160) give
    None, so that the class's default stands in.
    """
    speeds = [_one_limit_kmh(part.strip().lower()) for part in re.split(r"[;|,]", text)]
    known = [speed for speed in speeds if speed is not None]
    return min(known) if known else None


def _one_limit_kmh(text: str) -> int | None:
    if text in ("walk", "walking"):
        return WALK_KMH
    number = NUMBER.fullmatch(text)
    if number:
        factor = KMH_OF_UNIT.get(number[2])
        return None if factor is None else plausible_kmh(float(number[1]) * factor)
    zone = ZONE_NUMBER.fullmatch(text)
    if zone:
        return plausible_kmh(float(zone[1]))
    return NATIONAL_ZONE_KMH.get(text, ZONE_KMH.get(text.rpartition(":")[2]) if ":" in text else None)


def plausible_kmh(speed_kmh: float) -> int | None:
    """The speed rounded to whole km/h, None where it is no speed of a road vehicle."""
    return round(speed_kmh) if SLOWEST_KMH <= speed_kmh <= FASTEST_KMH else None
