"""The road nearest to a place: exact nearest-segment search on a uniform grid.

Distances are measured in the plane that is tangent at the asked place (equirectangular, scaled by the cosine of its
own latitude), so that they are true near it wherever in the city it lies. Cells are searched in square rings around
the place (the grid file of Nievergelt, Hinterberger and Sevcik, ACM TODS 9 (1984), with one cell a bucket) until no
cell that is left can hold anything nearer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from routing.arrays import read_only
from routing.positions import Positions
from routing.roads import NO_LINK, Roads
from routing.shapes import METRES_PER_E7, point_shares

HEADING_REACH_M = 25.0
"""How much farther than the nearest road a road may be that goes the way of the heading."""

_SLACK_M = 1e-6  # cell bounds and distances are rounded apart; a cell that close to the limit is still looked into
_RADIANS_PER_E7 = math.pi / 180 * 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class SegmentGrid:
    """Every geometry segment of every directed link, by the cells of a grid over longitude and latitude.

    A street's two directions are both in it (their geometries need not agree, and either may be closed alone).

    lon_e7, lat_e7   int32[points]    the roads' `shape_*`
    share            float64[points]  share of the link before each point
    segment_point    int32[S]         the point that a segment starts at (it ends at the next)
    segment_link     int32[S]
    cell_offset      int64[nx*ny+1]   segments of cell (i, j) at row j*nx + i
    cell_segment     int32[]          a segment is in every cell that it passes through
    frame            float64[4]       west and south edge, width and height of a cell, in 10^-7 degrees
    columns, rows    nx, ny
    """

    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]
    share: NDArray[np.float64]
    segment_point: NDArray[np.int32]
    segment_link: NDArray[np.int32]
    cell_offset: NDArray[np.int64]
    cell_segment: NDArray[np.int32]
    frame: NDArray[np.float64]
    columns: int
    rows: int


def segment_grid(roads: Roads) -> SegmentGrid:
    """Sort the geometry of all links into cells of about one segment each."""
    pieces = np.diff(roads.shape_offset) - 1
    link = np.repeat(np.arange(roads.link_count, dtype=np.int32), pieces)
    nth = np.arange(len(link)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    point = read_only(roads.shape_offset[:-1][link] + nth, np.int32)
    lon_e7, lat_e7 = read_only(roads.shape_lon_e7, np.int32), read_only(roads.shape_lat_e7, np.int32)
    frame, columns, rows = _frame(lon_e7, lat_e7, len(link))
    count = np.zeros(columns * rows + 1, dtype=np.int64)
    _sort_into_cells(lon_e7, lat_e7, point, frame, columns, rows, count, np.empty(0, dtype=np.int32))
    offset = np.cumsum(count)
    cell_segment = np.empty(int(offset[-1]), dtype=np.int32)
    _sort_into_cells(lon_e7, lat_e7, point, frame, columns, rows, offset.copy(), cell_segment)
    return SegmentGrid(
        lon_e7, lat_e7, read_only(point_shares(roads), np.float64), point, read_only(link, np.int32),
        read_only(offset, np.int64), read_only(cell_segment, np.int32), frame, columns, rows,
    )  # fmt: skip


def snap(
    grid: SegmentGrid,
    roads: Roads,
    offered: NDArray[np.bool_],
    lon_deg: ArrayLike,
    lat_deg: ArrayLike,
    heading_deg: ArrayLike | None = None,
) -> Positions:
    """The nearest place on an offered link for each of n places (WGS-84 degrees, scalars or arrays).

    Of links at the same distance (the two directions of a street, links that meet at a node) the lowest row is taken,
    and `reverse` is its opposite if that is offered too. With a heading (compass degrees, NaN where unknown) a
    direction that differs from it by more than 90 degrees where the place is nearest is not offered, and `reverse` is
    NO_LINK; but if no road that is left lies within `HEADING_REACH_M` more than the nearest, the heading is taken to
    be wrong. Where nothing is offered at all, `link` is NO_LINK and `off_m` infinite.

    Raises ValueError naming the row of a place or heading that is not finite or out of range.
    """
    lon, lat = _row(lon_deg), _row(lat_deg)
    if lon.shape != lat.shape:
        lon, lat = (read_only(each, np.float64) for each in np.broadcast_arrays(lon, lat))
    n = len(lon)
    heading = _NO_HEADINGS if heading_deg is None else _row(np.broadcast_to(np.asarray(heading_deg, np.float64), n))
    fault = _first_fault(lon, lat, heading)
    if fault >= 0:
        raise ValueError(f"row {fault}: {_what_is_wrong(lon, lat, heading, fault)}")
    found = Positions(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n), np.empty(n))
    _nearest(
        lon, lat, heading, read_only(offered, np.bool_), read_only(roads.link_reverse, np.int32),
        grid.lon_e7, grid.lat_e7, grid.share, grid.segment_point, grid.segment_link,
        grid.cell_offset, grid.cell_segment, grid.frame, grid.columns, grid.rows,
        found.link, found.reverse, found.along, found.off_m,
    )  # fmt: skip
    return found


_NO_HEADINGS = read_only([], np.float64)
"""Stands for headings that nobody knows."""


def _row(values: ArrayLike) -> NDArray[np.float64]:
    """The numbers in one row of their own, read-only as the kernels are compiled for."""
    row = np.array(values, dtype=np.float64, ndmin=1)
    row.flags.writeable = False
    return row


@njit(cache=True, nogil=True)
def _first_fault(lon: NDArray[np.float64], lat: NDArray[np.float64], heading: NDArray[np.float64]) -> int:
    """The first row that is no place, or whose heading is none; -1 where all is well."""
    for row in range(len(lon)):
        if not (abs(lon[row]) <= 180.0 and abs(lat[row]) <= 90.0):
            return row
        if len(heading) > 0 and not (math.isnan(heading[row]) or 0.0 <= heading[row] <= 360.0):
            return row
    return -1


def _what_is_wrong(lon: NDArray[np.float64], lat: NDArray[np.float64], heading: NDArray[np.float64], row: int) -> str:
    for name, degrees, limit in (("lon", lon[row], 180), ("lat", lat[row], 90)):
        if not abs(degrees) <= limit:
            return f"{name} {degrees} is not a number of degrees within ±{limit}"
    return f"heading {heading[row]} is neither 0..360 degrees nor unknown (NaN)"


def _frame(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32], segments: int) -> tuple[NDArray[np.float64], int, int]:
    """The grid's edges and cells: about as many cells as segments, square on the ground."""
    if len(lon_e7) == 0:
        return read_only([0.0, 0.0, 1.0, 1.0], np.float64), 1, 1
    west, south = float(lon_e7.min()), float(lat_e7.min())
    width, height = float(lon_e7.max()) - west + 1.0, float(lat_e7.max()) - south + 1.0
    narrowing = max(math.cos((south + height / 2) * _RADIANS_PER_E7), 1e-3)
    side = max(math.sqrt(width * narrowing * height / max(segments, 1)), 1.0)
    most = 4 * segments + 1  # a city strung out along one line would ask for many more cells than it has segments
    columns = min(math.ceil(width * narrowing / side), most)
    rows = min(math.ceil(height / side), max(most // columns, 1))
    return read_only([west, south, width / columns, height / rows], np.float64), columns, rows


@njit(cache=True, nogil=True)
def _cell(coordinate: float, edge: float, size: float, cells: int) -> int:
    return min(max(math.floor((coordinate - edge) / size), 0), cells - 1)


@njit(cache=True, nogil=True)
def _sort_into_cells(
    lon_e7: NDArray[np.int32],
    lat_e7: NDArray[np.int32],
    segment_point: NDArray[np.int32],
    frame: NDArray[np.float64],
    columns: int,
    rows: int,
    place: NDArray[np.int64],
    cell_segment: NDArray[np.int32],
) -> None:
    """With an empty `cell_segment` count the segments of cell c in place[c+1]; else write them from place[c] on.

    A segment is cut by the rows of cells; each piece goes to the columns it covers, 1 cm wider on either side.
    """
    west, south, width, height = frame
    for segment in range(len(segment_point)):
        p = segment_point[segment]
        x_a, y_a, x_b, y_b = float(lon_e7[p]), float(lat_e7[p]), float(lon_e7[p + 1]), float(lat_e7[p + 1])
        low, high = min(y_a, y_b) - 1.0, max(y_a, y_b) + 1.0
        for j in range(_cell(low, south, height, rows), _cell(high, south, height, rows) + 1):
            x_from, x_to = min(x_a, x_b), max(x_a, x_b)
            if y_a != y_b:
                x_at_low = x_a + (south + j * height - 1.0 - y_a) / (y_b - y_a) * (x_b - x_a)
                x_at_high = x_a + (south + (j + 1) * height + 1.0 - y_a) / (y_b - y_a) * (x_b - x_a)
                x_from = max(x_from, min(x_at_low, x_at_high))
                x_to = min(x_to, max(x_at_low, x_at_high))
            for i in range(_cell(x_from - 1.0, west, width, columns), _cell(x_to + 1.0, west, width, columns) + 1):
                if len(cell_segment) == 0:
                    place[j * columns + i + 1] += 1
                else:
                    cell_segment[place[j * columns + i]] = segment
                    place[j * columns + i] += 1


@njit(cache=True, nogil=True)
def _box_m(x: float, y: float, scale: float, west: float, south: float, east: float, north: float) -> float:
    """Metres from a place to a box of longitudes and latitudes, infinite for a box without extent."""
    if east <= west or north <= south:
        return np.inf
    return math.hypot(max(west - x, 0.0, x - east) * scale, max(south - y, 0.0, y - north) * METRES_PER_E7)


@njit(cache=True, nogil=True)
def _segment_place(
    x: float, y: float, scale: float, x_a: float, y_a: float, x_b: float, y_b: float
) -> tuple[float, float]:
    """Metres from a place to a segment, and the share of the segment before the nearest point.

    Computed from the lesser end on, so that both directions of a street come to the very same distance.
    """
    turned = x_b < x_a or (x_b == x_a and y_b < y_a)
    if turned:
        x_a, y_a, x_b, y_b = x_b, y_b, x_a, y_a
    east, north = (x_b - x_a) * scale, (y_b - y_a) * METRES_PER_E7
    to_east, to_north = (x - x_a) * scale, (y - y_a) * METRES_PER_E7
    square = east * east + north * north
    t = 0.0 if square == 0.0 else min(max((to_east * east + to_north * north) / square, 0.0), 1.0)
    if t == 1.0:
        off = math.hypot((x - x_b) * scale, (y - y_b) * METRES_PER_E7)
    else:
        off = math.hypot(to_east - t * east, to_north - t * north)
    return off, 1.0 - t if turned else t


@njit(cache=True, nogil=True)
def _nearest(
    lon_deg: NDArray[np.float64],
    lat_deg: NDArray[np.float64],
    heading_deg: NDArray[np.float64],
    offered: NDArray[np.bool_],
    link_reverse: NDArray[np.int32],
    lon_e7: NDArray[np.int32],
    lat_e7: NDArray[np.int32],
    share: NDArray[np.float64],
    segment_point: NDArray[np.int32],
    segment_link: NDArray[np.int32],
    cell_offset: NDArray[np.int64],
    cell_segment: NDArray[np.int32],
    frame: NDArray[np.float64],
    columns: int,
    rows: int,
    out_link: NDArray[np.int32],
    out_reverse: NDArray[np.int32],
    out_along: NDArray[np.float64],
    out_off_m: NDArray[np.float64],
) -> None:
    west, south, width, height = frame
    east, north = west + columns * width, south + rows * height
    # index 0: the nearest link whatever its direction, 1: the nearest that goes the way of the heading
    off_m, link, along = np.empty(2), np.empty(2, np.int64), np.empty(2)
    for row in range(len(lon_deg)):
        x, y = lon_deg[row] * 1e7, lat_deg[row] * 1e7
        scale = METRES_PER_E7 * math.cos(lat_deg[row] * math.pi / 180)
        heads = len(heading_deg) > 0 and not math.isnan(heading_deg[row])
        to_east = math.sin(heading_deg[row] * math.pi / 180) if heads else 0.0
        to_north = math.cos(heading_deg[row] * math.pi / 180) if heads else 0.0
        off_m[:], link[:], along[:] = np.inf, NO_LINK, 0.0
        out_link[row], out_reverse[row], out_along[row], out_off_m[row] = NO_LINK, NO_LINK, 0.0, np.inf
        limit = np.inf
        i_mid, j_mid = _cell(x, west, width, columns), _cell(y, south, height, rows)
        for ring in range(max(columns, rows)):
            i_from, i_to, j_from, j_to = i_mid - ring, i_mid + ring, j_mid - ring, j_mid + ring
            for j in range(max(j_from, 0), min(j_to, rows - 1) + 1):
                stride = 1 if j in (j_from, j_to) else max(i_to - i_from, 1)
                for i in range(i_from, i_to + 1, stride):
                    if i < 0 or i >= columns:
                        continue
                    cell_west, cell_south = west + i * width, south + j * height
                    bound = _box_m(x, y, scale, cell_west, cell_south, cell_west + width, cell_south + height)
                    if bound > limit + _SLACK_M:
                        continue
                    for c in range(cell_offset[j * columns + i], cell_offset[j * columns + i + 1]):
                        segment = cell_segment[c]
                        k = segment_link[segment]
                        if not offered[k]:
                            continue
                        p = segment_point[segment]
                        x_a, y_a, x_b, y_b = lon_e7[p], lat_e7[p], lon_e7[p + 1], lat_e7[p + 1]
                        off, t = _segment_place(x, y, scale, float(x_a), float(y_a), float(x_b), float(y_b))
                        ahead = (x_b - x_a) * scale * to_east + (y_b - y_a) * METRES_PER_E7 * to_north
                        for which in range(2):
                            if which == 1 and not (heads and ahead >= 0.0):
                                continue
                            place = share[p] + t * (share[p + 1] - share[p])
                            if off < off_m[which] or (
                                off == off_m[which] and (k < link[which] or (k == link[which] and place < along[which]))
                            ):
                                off_m[which], link[which], along[which] = off, k, place
                        limit = min(off_m[1], off_m[0] + HEADING_REACH_M) if heads else off_m[0]
            seen_west, seen_east = west + max(i_from, 0) * width, west + (min(i_to, columns - 1) + 1) * width
            seen_south, seen_north = south + max(j_from, 0) * height, south + (min(j_to, rows - 1) + 1) * height
            unseen = min(
                _box_m(x, y, scale, west, south, seen_west, north) if i_from > 0 else np.inf,
                _box_m(x, y, scale, seen_east, south, east, north) if i_to < columns - 1 else np.inf,
                _box_m(x, y, scale, west, south, east, seen_south) if j_from > 0 else np.inf,
                _box_m(x, y, scale, west, seen_north, east, north) if j_to < rows - 1 else np.inf,
            )
            if unseen > limit + _SLACK_M:
                break
        which = 1 if heads and off_m[1] <= off_m[0] + HEADING_REACH_M and link[1] != NO_LINK else 0
        chosen = link[which]
        if chosen == NO_LINK:
            continue
        reverse = link_reverse[chosen]
        out_link[row], out_along[row], out_off_m[row] = chosen, along[which], off_m[which]
        if which == 0 and reverse != NO_LINK and offered[reverse]:
            out_reverse[row] = reverse
