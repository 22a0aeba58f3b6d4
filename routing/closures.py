"""Which links a closure closes, from a line or a polygon that somebody drew on the map (WGS-84)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import shape

from geo.faults import BadInput
from geo.points import Point
from geo.projection import LocalProjection
from routing.roads import Roads

ALONG_SHARE = 0.7
"""A road runs along a line if, for each metre near it, it advances by this much: up to 45 degrees apart."""

ENOUGH_SHARE = 0.5
LONG_ENOUGH_BUFFERS = 4.0


def links_in_polygon(roads: Roads, lon_deg: ArrayLike, lat_deg: ArrayLike, buffer_m: float = 0.0) -> NDArray[np.bool_]:
    """bool[L]: the links of which some length lies in a polygon (its outer ring) or within `buffer_m` metres of it.

    Raises BadInput for fewer than three corners, a ring that crosses itself, or a place that is none.
    """
    return links_in_geometry(roads, {"type": "Polygon", "coordinates": [_ring(_places(lon_deg, lat_deg))]}, buffer_m)


def links_along_line(roads: Roads, lon_deg: ArrayLike, lat_deg: ArrayLike, buffer_m: float) -> NDArray[np.bool_]:
    """bool[L]: the links, in both directions, that run along a line at most `buffer_m` > 0 metres from it.

    Streets that only cross the line, or meet it at a junction, are not closed: of the part of a link near the line, at
    least `ALONG_SHARE` must advance along it, and the part must be half of the link, half of the line, or too long
    to be a crossing (four buffers). A buffer of 10 to 20 m suits a line drawn by hand; a larger one takes in the
    opposite carriageway.
    """
    return links_in_geometry(roads, {"type": "LineString", "coordinates": _places(lon_deg, lat_deg)}, buffer_m)


def links_in_geometry(roads: Roads, geometry: Mapping[str, Any], buffer_m: float) -> NDArray[np.bool_]:
    """bool[L]: the links closed by a GeoJSON (RFC 7946) Polygon, MultiPolygon, LineString or MultiLineString.

    Polygons close as `links_in_polygon` does (holes stay open), lines as `links_along_line`. Raises BadInput.
    """
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon", "LineString", "MultiLineString"):
        raise BadInput(f"a closure is a line or a polygon, not {kind!r}")
    is_line = "Line" in kind
    if not np.isfinite(buffer_m) or buffer_m < 0 or (is_line and buffer_m == 0):
        raise BadInput(f"buffer {buffer_m} m: give a distance of 0 m or more, and more than 0 for a line")
    drawn = _drawn(geometry)
    west, south, east, north = drawn.bounds
    try:
        plane = LocalProjection(Point((west + east) / 2, (south + north) / 2))
        Point(west, south)
        Point(east, north)
    except ValueError as fault:
        raise BadInput(f"closure: {fault}") from fault
    drawn = shapely.transform(drawn, lambda at: np.column_stack(plane.to_plane(at[:, 0], at[:, 1])))
    area = shapely.buffer(drawn, buffer_m) if buffer_m else drawn
    links, lines = _links_near(roads, plane, area)
    if is_line:
        hit = np.zeros(len(links), dtype=np.bool_)
        for line in shapely.get_parts(drawn):
            hit |= _runs_along(lines, line, buffer_m)
    else:
        hit = shapely.length(shapely.intersection(lines, area)) > 0
    closed = np.zeros(roads.link_count, dtype=np.bool_)
    closed[links[hit]] = True
    return closed


def _places(lon_deg: ArrayLike, lat_deg: ArrayLike) -> list[list[float]]:
    columns = np.broadcast_arrays(np.asarray(lon_deg, np.float64), np.asarray(lat_deg, np.float64))
    return [list(place) for place in np.column_stack(columns).tolist()]


def _ring(places: list[list[float]]) -> list[list[float]]:
    return places if not places or places[0] == places[-1] else [*places, places[0]]


def _drawn(geometry: Mapping[str, Any]) -> shapely.Geometry:
    try:
        with np.errstate(invalid="ignore"):
            drawn = shapely.force_2d(shape(geometry))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as fault:
        raise BadInput(f"closure: the {geometry['type']} cannot be read ({fault})") from fault
    if drawn.is_empty or not np.isfinite(shapely.get_coordinates(drawn)).all():
        raise BadInput(f"closure: the {geometry['type']} is empty or has a coordinate that is not a finite number")
    if not drawn.is_valid:
        raise BadInput(f"closure: {shapely.is_valid_reason(drawn)}; draw it again without crossing itself")
    return drawn


def _links_near(
    roads: Roads, plane: LocalProjection, area: shapely.Geometry
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """The links of which some piece comes near the area's bounding box, and their lines in metres."""
    if roads.link_count == 0:
        return np.empty(0, np.int64), np.empty(0, np.object_)
    links = _links_in_box(roads, plane, area.bounds)
    count = np.diff(roads.shape_offset)[links]
    owner = np.repeat(np.arange(len(links)), count)
    point = np.arange(len(owner)) + np.repeat(roads.shape_offset[links] - (np.cumsum(count) - count), count)
    x, y = plane.to_plane(roads.shape_lon_e7[point] / 1e7, roads.shape_lat_e7[point] / 1e7)
    return links, np.asarray(shapely.linestrings(x, y, indices=owner))


def _links_in_box(roads: Roads, plane: LocalProjection, box: tuple[float, float, float, float]) -> NDArray[np.int64]:
    """The links of which some straight piece meets a box (west, south, east, north in metres) in its own box; some more
    where the box lies across the date line. In the roads' own integers: a tenth of the time of projecting the city."""
    origin = plane.origin
    west, east = (origin.lon_deg + metres / plane.east_m_per_deg for metres in box[::2])
    south, north = (origin.lat_deg + metres / plane.north_m_per_deg for metres in box[1::2])
    if west < -180 or east > 180:
        return np.arange(roads.link_count)
    lon, lat = roads.shape_lon_e7, roads.shape_lat_e7
    meets = (np.minimum(lon[:-1], lon[1:]) <= east * 1e7 + 1) & (np.maximum(lon[:-1], lon[1:]) >= west * 1e7 - 1)
    meets &= (np.minimum(lat[:-1], lat[1:]) <= north * 1e7 + 1) & (np.maximum(lat[:-1], lat[1:]) >= south * 1e7 - 1)
    piece = np.flatnonzero(meets)
    # from the end of one link to the beginning of the next there is no road; a link too many is only looked at
    return np.unique(np.searchsorted(roads.shape_offset, piece, side="right") - 1)


def _runs_along(lines: NDArray[np.object_], line: shapely.Geometry, buffer_m: float) -> NDArray[np.bool_]:
    """Which of the lines run along one line, part by part of each that lies beside it (not beyond its ends)."""
    pieces, owner = shapely.get_parts(
        shapely.intersection(lines, shapely.buffer(line, buffer_m, cap_style="flat")), return_index=True
    )
    is_piece = shapely.get_type_id(pieces) == shapely.GeometryType.LINESTRING
    pieces, owner = pieces[is_piece], owner[is_piece]
    from_m = shapely.line_locate_point(line, shapely.get_point(pieces, 0))
    to_m = shapely.line_locate_point(line, shapely.get_point(pieces, -1))
    near_m = np.bincount(owner, shapely.length(pieces), minlength=len(lines))
    advance_m = np.bincount(owner, np.abs(to_m - from_m), minlength=len(lines))
    enough = near_m >= ENOUGH_SHARE * shapely.length(lines)
    enough |= advance_m >= ENOUGH_SHARE * shapely.length(line)
    enough |= near_m > LONG_ENOUGH_BUFFERS * buffer_m
    return np.asarray((near_m > 0) & (advance_m >= ALONG_SHARE * near_m) & enough)
