"""The lines of GMNS links: WKT geometry checked against the nodes, or a straight line where none is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.points import great_circles_m
from routing.assemble import shape_lengths_m
from routing.gmns_links import GmnsLink, GmnsNode
from routing.gmns_tables import Faults

STRAIGHT = "links have no geometry: a straight line stands in"
FLIPPED = "geometries ran from the `to` node to the `from` node and were turned round"
FAR_END = "geometries end more than 50 m from their node: a straight line was put between"
LINESTRING = 1
SAME_PLACE_M = 1.0
FAR_M = 50.0

Pair = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """K polylines in e7 degrees from tail node to head node; `drawn[k]` is False where a straight line stands in."""

    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]
    offset: NDArray[np.int64]
    length_m: NDArray[np.float64]
    drawn: NDArray[np.bool_]
    remarks: Counter[str]

    def key(self, row: int) -> bytes:
        """Equal for equal lines."""
        part = slice(self.offset[row], self.offset[row + 1])
        return self.lon_e7[part].tobytes() + self.lat_e7[part].tobytes()

    def rows(self, keep: Sequence[int]) -> Lines:
        """The lines of these rows alone."""
        rows = np.array(keep, np.int64)
        offset, point = self.points(rows, np.zeros(len(rows), np.bool_))
        return Lines(
            self.lon_e7[point], self.lat_e7[point], offset, self.length_m[rows], self.drawn[rows], self.remarks
        )

    def points(
        self, rows: NDArray[np.int64], against: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Offsets and positions of the points of these lines, backwards where `against`."""
        count = np.diff(self.offset)[rows]
        offset = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        nth = np.arange(offset[-1]) - np.repeat(offset[:-1], count)
        begin = np.repeat(np.where(against, self.offset[rows + 1] - 1, self.offset[rows]), count)
        return offset, begin + np.where(np.repeat(against, count), -nth, nth)


def lines_of(links: Sequence[GmnsLink], nodes: Sequence[GmnsNode], file: str, faults: Faults) -> Lines:
    """The line of every link. Bad geometry is a fault; small gaps at the ends are closed, as the counts say."""
    remarks: Counter[str] = Counter()
    places = np.array([(node.lon_e7, node.lat_e7) for node in nodes], np.int64).reshape(-1, 2)
    parsed = shapely.from_wkt([link.wkt or None for link in links], on_invalid="ignore")
    parts: list[Pair] = []
    for link, geometry in zip(links, parsed, strict=True):
        ends = places[[link.tail, link.head]].astype(np.int32)
        points = _points(link, geometry, file, faults)
        parts.append(ends if points is None else _joined(points, ends, remarks))
    drawn = np.array([bool(link.wkt) for link in links], np.bool_)
    remarks[STRAIGHT] += int(np.count_nonzero(~drawn))
    flat = np.concatenate([np.zeros((0, 2), np.int32), *parts])
    offset = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    lon_e7, lat_e7 = flat[:, 0].copy(), flat[:, 1].copy()
    return Lines(lon_e7, lat_e7, offset, shape_lengths_m(lon_e7, lat_e7, offset), drawn, remarks)


def _points(link: GmnsLink, geometry: object, file: str, faults: Faults) -> Pair | None:
    """The points of a link's WKT in e7 degrees; None where it has none or (after adding a fault) a bad one."""
    if not link.wkt:
        return None
    if geometry is None or shapely.get_type_id(geometry) != LINESTRING or shapely.is_empty(geometry):
        faults.add(file, link.line, f"link {link.id}: geometry is no WKT LINESTRING with two points or more")
        return None
    degrees = shapely.get_coordinates(geometry)
    if not np.isfinite(degrees).all() or np.abs(degrees).max(axis=0)[1] > 90 or np.abs(degrees).max() > 180:
        swapped = np.isfinite(degrees).all() and np.abs(degrees[:, 0]).max() <= 90
        hint = ": lon and lat look swapped (lon comes first)" if swapped else ""
        faults.add(file, link.line, f"link {link.id}: geometry is out of range in WGS-84 degrees{hint}")
        return None
    points: Pair = np.rint(degrees * 1e7).astype(np.int32)
    return points


def _joined(points: Pair, ends: Pair, remarks: Counter[str]) -> Pair:
    """The line from its tail node to its head node: turned round, and ends moved or added, where it misses them."""
    if np.array_equal(points[[0, -1]], ends):
        return points
    if _off_m(points[[-1, 0]], ends).sum() < _off_m(points[[0, -1]], ends).sum():
        remarks[FLIPPED] += 1
        points = points[::-1]
    off_m = _off_m(points[[0, -1]], ends)
    remarks[FAR_END] += bool((off_m > FAR_M).any())
    head = points[1:] if off_m[0] <= SAME_PLACE_M else points
    return np.concatenate([ends[:1], head[: len(head) - int(off_m[1] <= SAME_PLACE_M)], ends[1:]])


def _off_m(points: Pair, ends: Pair) -> NDArray[np.float64]:
    return great_circles_m(points[:, 0] / 1e7, points[:, 1] / 1e7, ends[:, 0] / 1e7, ends[:, 1] / 1e7)
