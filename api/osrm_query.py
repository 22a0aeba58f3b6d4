"""What a client of OSRM asks for: coordinates in the path, options in the query (OSRM's HTTP API, version 1).

An option that changes the answer and that this service does not know is refused, never ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.points import Point
from geo.polyline import decode

MOST_ROUTE_PLACES = 500
MOST_TABLE_PLACES = 10_000
MOST_TABLE_ENTRIES = 1_000_000
MOST_DISTANCE_ENTRIES = 10_000
"""A distance needs the way itself, about a hundred times the work of a time."""

TOO_LONG = "too-long"
"""Stands for coordinates that were too long to be read."""

PROFILES = frozenset({"driving", "car"})
GEOMETRIES = ("polyline", "polyline6", "geojson")
OVERVIEWS = ("simplified", "full", "false")
PARTS = ("duration", "distance", "speed", "weight", "datasources")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_PAIR = re.compile(rf"({_NUMBER}),({_NUMBER})")
_LINE = re.compile(r"polyline(6?)\((.*)\)", re.DOTALL)
_BEARING = re.compile(r"(\d{1,3}),(\d{1,3})")
_FALSE_OR_TRUE = ("false", "true")
T = TypeVar("T")


class OsrmFault(Exception):
    """An answer without a result: OSRM's code, and what to do about it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """n places. `bearing` is (degrees, range) where one was asked for, `radius_m` infinite where none was."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    bearing: Sequence[tuple[int, int] | None]
    radius_m: Sequence[float]
    hints: bool = True
    waypoints: bool = True

    def __len__(self) -> int:
        return len(self.lon)


@dataclass(frozen=True, slots=True)
class RouteAsked:
    """`overview` None: no geometry. `annotations` names the parts of each leg's annotation."""

    places: Asked
    geometries: str = "polyline"
    overview: str = "simplified"
    steps: bool = False
    annotations: frozenset[str] = field(default_factory=frozenset)
    straight: bool = False


@dataclass(frozen=True, slots=True)
class TableAsked:
    """`sources` and `destinations` are rows of `places`."""

    places: Asked
    sources: NDArray[np.int64]
    destinations: NDArray[np.int64]
    durations: bool
    distances: bool
    scale: float


def read_route(profile: str, coordinates: str, options: Sequence[tuple[str, str]]) -> RouteAsked:
    """Raises OsrmFault."""
    text = _checked(profile, coordinates, MOST_ROUTE_PLACES)
    said = _Options(options, ("alternatives", "steps", "annotations", "geometries", "overview", "continue_straight"))
    places = said.places(text)
    said.one_of("alternatives", _FALSE_OR_TRUE, r"\d{1,2}")
    return RouteAsked(
        places=places,
        geometries=said.one_of("geometries", GEOMETRIES),
        overview=said.one_of("overview", OVERVIEWS),
        steps=said.flag("steps", default=False),
        annotations=said.annotations(),
        straight=said.one_of("continue_straight", ("default", *_FALSE_OR_TRUE)) == "true",
    )


def read_table(profile: str, coordinates: str, options: Sequence[tuple[str, str]]) -> TableAsked:
    """Raises OsrmFault; before anything else where it would be too big."""
    text = _checked(profile, coordinates, MOST_TABLE_PLACES)
    own = ("sources", "destinations", "annotations", "scale_factor", "fallback_speed", "fallback_coordinate")
    said = _Options(options, own)
    for name in ("fallback_speed", "fallback_coordinate"):
        if said.find(name) is not None:
            raise OsrmFault("InvalidValue", f"{name}: times are of roads only here; where there is no way it says null")
    parts = set((said.find("annotations") or "duration").split(","))
    if not parts <= {"duration", "distance"}:
        raise OsrmFault("InvalidQuery", "annotations: duration, distance, or both with a comma")
    many = None if text.startswith("polyline") else text.count(";") + 1
    if many is not None:
        _bound(said.count("sources", many) * said.count("destinations", many), "distance" in parts)
    places = said.places(text)
    sources, destinations = said.rows("sources", len(places)), said.rows("destinations", len(places))
    _bound(len(sources) * len(destinations), "distance" in parts)
    scale = said.number("scale_factor", 1.0)
    if not scale > 0:
        raise OsrmFault("InvalidValue", "scale_factor: a number greater than 0")
    return TableAsked(places, sources, destinations, "duration" in parts, "distance" in parts, scale)


def _checked(profile: str, coordinates: str, most: int) -> str:
    """The coordinates without the name of the format that may follow."""
    if profile not in PROFILES:
        raise OsrmFault("InvalidUrl", f"profile {profile[:40]!r}: this service drives; ask for /driving/")
    if coordinates == TOO_LONG:
        raise OsrmFault(
            "TooBig", "an address of more than 65,000 bytes is not read: ask for parts of it, or write the coordinates "
            "as polyline(…), which is a third as long"
        )  # fmt: skip
    text = coordinates.removesuffix(".json")
    if text.endswith(".flatbuffers"):
        raise OsrmFault("InvalidValue", "format: answers are json")
    if text.count(";") + 1 > most or len(text) > most * 100:
        raise OsrmFault("TooBig", f"{text.count(';') + 1} coordinates are more than the {most} that are answered")
    return text


def _bound(entries: int, distances: bool) -> None:
    most = MOST_DISTANCE_ENTRIES if distances else MOST_TABLE_ENTRIES
    if entries > most:
        with_distances = " with distances" if distances else ""
        raise OsrmFault(
            "TooBig", f"{entries} entries are more than the {most} of one table{with_distances}; ask for parts of it"
        )


class _Options:
    """The options of a query, each of them known and said once."""

    COMMON = ("bearings", "radiuses", "hints", "generate_hints", "approaches", "exclude", "snapping", "skip_waypoints")

    def __init__(self, options: Sequence[tuple[str, str]], own: Sequence[str]) -> None:
        self._said: dict[str, str] = {}
        for name, value in options:
            if name not in (*self.COMMON, *own):
                raise OsrmFault("InvalidQuery", f"{name[:40]!r} is no option here; there are {', '.join(own)}, and "
                                f"{', '.join(self.COMMON)}")  # fmt: skip
            if name in self._said:
                raise OsrmFault("InvalidQuery", f"{name} is said twice")
            self._said[name] = value
        if "exclude" in self._said:
            raise OsrmFault("InvalidValue", "exclude: no class of roads can be left out here; leave the option away")
        self.one_of("snapping", ("default", "any"))

    def find(self, name: str) -> str | None:
        return self._said.get(name)

    def one_of(self, name: str, words: Sequence[str], pattern: str = r"(?!)") -> str:
        said = self._said.get(name, words[0])
        if said not in words and re.fullmatch(pattern, said) is None:
            raise OsrmFault("InvalidQuery", f"{name}: one of {', '.join(words)}, not {said[:40]!r}")
        return said

    def flag(self, name: str, *, default: bool) -> bool:
        return default if name not in self._said else self.one_of(name, _FALSE_OR_TRUE) == "true"

    def number(self, name: str, default: float) -> float:
        said = self._said.get(name)
        if said is None:
            return default
        if re.fullmatch(_NUMBER, said) is None or not math.isfinite(float(said)):
            raise OsrmFault("InvalidQuery", f"{name}: a number, not {said[:40]!r}")
        return float(said)

    def annotations(self) -> frozenset[str]:
        said = self._said.get("annotations", "false")
        if said in _FALSE_OR_TRUE:
            return frozenset(PARTS) if said == "true" else frozenset()
        parts = said.split(",")
        if "nodes" in parts:
            raise OsrmFault(
                "InvalidValue", "annotations: a city does not keep the nodes of its source; leave nodes away"
            )
        if not set(parts) <= set(PARTS):
            raise OsrmFault("InvalidQuery", f"annotations: true, false, or some of {', '.join(PARTS)} with commas")
        return frozenset(parts)

    def count(self, name: str, places: int) -> int:
        said = self._said.get(name, "all")
        return places if said == "all" else said.count(";") + 1

    def rows(self, name: str, places: int) -> NDArray[np.int64]:
        said = self._said.get(name, "all")
        if said == "all":
            return np.arange(places)
        words = said.split(";")
        if not all(re.fullmatch(r"[0-9]{1,9}", word) for word in words):
            raise OsrmFault("InvalidQuery", f"{name}: all, or indices of coordinates with semicolons")
        rows = np.array([int(word) for word in words], np.int64)
        if rows.max() >= places:
            raise OsrmFault(
                "InvalidOptions", f"{name}: there is no coordinate {rows.max()}; they count from 0 to {places - 1}"
            )
        return rows

    def places(self, text: str) -> Asked:
        lon, lat = _lon_lat(text)
        n = len(lon)
        if n < 2:
            raise OsrmFault("InvalidOptions", "Number of coordinates needs to be at least two.")
        for row, (x, y) in enumerate(zip(lon, lat, strict=True)):
            try:
                Point(x, y)
            except ValueError as fault:
                raise OsrmFault("InvalidValue", f"coordinate {row}: {fault}") from fault
        self._each("hints", n, lambda _text: None, None)
        for said in self._each("approaches", n, str, "unrestricted"):
            if said != "unrestricted":
                raise OsrmFault(
                    "InvalidValue", "approaches: only unrestricted; a place is reached from either side here"
                )
        return Asked(
            np.array(lon), np.array(lat),
            self._each("bearings", n, _bearing, None), self._each("radiuses", n, _radius, math.inf),
            self.flag("generate_hints", default=True), not self.flag("skip_waypoints", default=False),
        )  # fmt: skip

    def _each(self, name: str, n: int, read: Callable[[str], T], default: T) -> list[T]:
        """What an option says of each of n places; empty means nothing."""
        if name not in self._said:
            return [default] * n
        words = self._said[name].split(";")
        if len(words) != n:
            raise OsrmFault(
                "InvalidOptions", f"Number of elements in {name} size {len(words)} does not match coordinate size {n}"
            )
        return [default if word == "" else read(word) for word in words]


def _lon_lat(text: str) -> tuple[list[float], list[float]]:
    line = _LINE.fullmatch(text)
    if line is not None:
        try:
            lon, lat = decode(line[2], 6 if line[1] else 5)
        except ValueError as fault:
            raise OsrmFault("InvalidQuery", f"coordinates: {fault}") from fault
        return lon.tolist(), lat.tolist()
    found = []
    for row, word in enumerate(text.split(";")):
        pair = _PAIR.fullmatch(word)
        if pair is None:
            raise OsrmFault("InvalidQuery", f"coordinate {row}: {word[:60]!r} is not longitude,latitude in degrees")
        found.append((float(pair[1]), float(pair[2])))
    return [lon for lon, _ in found], [lat for _, lat in found]


def _bearing(text: str) -> tuple[int, int] | None:
    said = _BEARING.fullmatch(text)
    if said is None or int(said[1]) > 360 or int(said[2]) > 180:
        raise OsrmFault("InvalidQuery", f"bearings: {text[:40]!r} is not value,range with 0..360 and 0..180 degrees")
    return int(said[1]), int(said[2])


def _radius(text: str) -> float:
    if text == "unlimited":
        return math.inf
    if re.fullmatch(_NUMBER, text) is None or float(text) < 0:
        raise OsrmFault("InvalidQuery", f"radiuses: {text[:40]!r} is neither metres from 0 on nor unlimited")
    return float(text)
