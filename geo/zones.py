"""Districts and zones: named areas with their population, read from GeoJSON (RFC 7946), and who lies in which."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.faults import BadInput

NO_ZONE = -1
SHOWN_FAULTS = 50


@dataclass(frozen=True, slots=True)
class Zone:
    """A named area in WGS-84; `population` is 0 where the source gives none."""

    id: str
    name: str
    population: int
    polygon: BaseGeometry


def read_zones(path: Path) -> tuple[Zone, ...]:
    """Zones of a GeoJSON FeatureCollection of Polygons and MultiPolygons, in file order.

    Properties read: `id` (or the feature's own id; required, unique), `name` (default: the id), `population`
    (a number >= 0, rounded; default 0). Raises BadInput naming each faulty feature by its JSON pointer.
    """
    features = _features(path)
    faults: list[str] = []
    zones: list[Zone] = []
    first_of: dict[str, int] = {}
    for row, feature in enumerate(features):
        try:
            zone = _zone(feature, f"/features/{row}")
        except BadInput as fault:
            faults.append(str(fault))
            continue
        if zone.id in first_of:
            faults.append(f"/features/{row}/properties/id: {zone.id!r} is already feature {first_of[zone.id]}")
        first_of.setdefault(zone.id, row)
        zones.append(zone)
    if faults:
        raise BadInput(f"{path.name}: {len(faults)} faulty zones, the first at {faults[0]}", faults[:SHOWN_FAULTS])
    return tuple(zones)


def zone_of(zones: Sequence[Zone], lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.int32]:
    """Row of the zone that covers each place (border included), NO_ZONE outside all; of several the first."""
    lon = np.atleast_1d(np.asarray(lon_deg, np.float64))
    lat = np.atleast_1d(np.asarray(lat_deg, np.float64))
    rows = np.full(len(lon), len(zones), np.int32)
    if zones:
        tree = shapely.STRtree([zone.polygon for zone in zones])
        place, zone = tree.query(shapely.points(lon, lat), predicate="intersects")
        np.minimum.at(rows, place, zone.astype(np.int32))
    rows[rows == len(zones)] = NO_ZONE
    return rows


def _features(path: Path) -> list[object]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(f"{path.name}: cannot be read ({error.strerror}); give a zones GeoJSON file") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: not UTF-8 at byte {error.start}; GeoJSON is UTF-8 (RFC 7946)") from error
    except json.JSONDecodeError as error:
        raise BadInput(f"{path.name}, line {error.lineno}, column {error.colno}: not JSON ({error.msg})") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise BadInput(f"{path.name}: not a GeoJSON FeatureCollection with its list of features")
    return features


def _zone(feature: object, at: str) -> Zone:
    if not isinstance(feature, dict):
        raise BadInput(f"{at}: not a Feature")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise BadInput(f"{at}/properties: not an object")
    given = properties.get("id", feature.get("id"))
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        raise BadInput(f"{at}/properties/id: missing; each zone needs an id (text or whole number)")
    name = properties.get("name")
    return Zone(
        id=str(given),
        name=str(name) if name else str(given),
        population=_population(properties, at),
        polygon=_polygon(feature.get("geometry"), at),
    )


def _population(properties: Mapping[str, object], at: str) -> int:
    given = properties.get("population", 0)
    good = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given) and given >= 0
    if given is None:
        return 0
    if not good:
        raise BadInput(f"{at}/properties/population: {given!r} is not a number >= 0")
    return round(float(str(given)))


def _polygon(geometry: object, at: str) -> BaseGeometry:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadInput(f"{at}/geometry: {kind or 'missing'}; a zone is a Polygon or a MultiPolygon")
    try:
        polygon = shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.GEOSException, ValueError) as error:
        raise BadInput(f"{at}/geometry: {error}") from error
    if polygon.is_empty:
        raise BadInput(f"{at}/geometry: has no area")
    west, south, east, north = polygon.bounds
    if not all(map(math.isfinite, (west, south, east, north))):
        raise BadInput(f"{at}/geometry: a coordinate is not a finite number")
    if max(abs(south), abs(north)) > 90 or max(abs(west), abs(east)) > 180:
        swapped = max(abs(west), abs(east)) <= 90 and max(abs(south), abs(north)) <= 180
        hint = ": lon and lat look swapped (lon comes first)" if swapped else " (degrees, WGS-84)"
        raise BadInput(f"{at}/geometry: coordinates out of range{hint}")
    if not polygon.is_valid:
        raise BadInput(f"{at}/geometry: {shapely.is_valid_reason(polygon)}; repair the polygon first")
    return polygon
