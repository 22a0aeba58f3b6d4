"""What is reached from a place within some minutes, as areas on the map.

The roads that are driven by then, the last of them in part, are drawn BUFFER_M wide to either side; then gaps narrower
than twice CLOSE_M between them are closed (a morphological closing: the drawing grows by CLOSE_M and shrinks by it
again; Serra, "Image Analysis and Mathematical Morphology", 1982). So a block of houses counts if the streets around it
are reached, and a field or a bay does not. Each area has the smaller ones united with it: they are nested by
construction, whatever rounding does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon

from geo.points import Point
from geo.projection import LocalProjection
from routing.positions import Positions
from routing.profiles import passable
from routing.roads import NO_LINK
from routing.router import NO_WAY_MS, Router
from routing.shapes import point_shares

BUFFER_M = 30.0
CLOSE_M = 90.0
FINE_M = 2.0
"""Bends of a road or of the outline smaller than this are left out; the roads stay well inside."""

ARC = 4
"""Segments of a quarter circle: a round end of 120 m lies at most 2.3 m inside the true one."""

NEVER_MS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Isochrone:
    """The area reached within `minutes`, in WGS-84 degrees, and its square metres in the plane of the place."""

    minutes: int
    area: MultiPolygon
    area_m2: int


def isochrones(router: Router, place: Positions, minutes: Sequence[int]) -> list[Isochrone]:
    """One area for each of `minutes` (positive), ascending, from a place on the roads (of length 1)."""
    drives = driven_parts(router, place)
    lon, lat = _middle(router, place)
    plane = LocalProjection(Point(lon, lat))
    grown: shapely.Geometry = MultiPolygon()
    area: shapely.Geometry = MultiPolygon()
    before_ms = 0
    found = []
    for limit in sorted(set(minutes)):
        pieces = _streets(drives.drawn(plane, before_ms, limit * 60_000))
        before_ms = limit * 60_000
        grown = shapely.union_all([grown, *shapely.buffer(pieces, BUFFER_M + CLOSE_M, quad_segs=ARC)])
        closed = shapely.simplify(shapely.buffer(grown, -CLOSE_M, quad_segs=ARC), FINE_M)
        area = _polygons(shapely.union(area, closed))
        on_map = shapely.transform(area, lambda xy: np.column_stack(plane.to_lonlat(xy[:, 0], xy[:, 1])))
        found.append(Isochrone(limit, on_map, round(area.area)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Drives:
    """When each link is driven: a link may come up twice, whole and from a place on it.

    link      int32[d]
    start     float64[d]  0..1, where on it the driving begins
    begin_ms  int64[d]    when it begins
    whole_ms  int64[d]    how long the whole link takes
    """

    router: Router
    link: NDArray[np.int32]
    start: NDArray[np.float64]
    begin_ms: NDArray[np.int64]
    whole_ms: NDArray[np.int64]

    def end_at(self, limit_ms: int) -> NDArray[np.float64]:
        """float64[d]: how far (0..1) each has been driven by then; at most `start` where it was not begun."""
        spent = (limit_ms - self.begin_ms) / np.maximum(self.whole_ms, 1)
        return np.minimum(1.0, self.start + spent)

    def drawn(self, plane: LocalProjection, from_ms: int, to_ms: int) -> NDArray[np.object_]:
        """Lines in plane metres of what is driven by `to_ms` of all that was not done by `from_ms`."""
        end = self.end_at(to_ms)
        new = (end > self.start) & ((self.end_at(from_ms) < 1.0) | (self.begin_ms >= from_ms))
        roads = self.router.roads
        share = point_shares(roads)
        rows = np.flatnonzero(new)
        x, y = plane.to_plane(roads.shape_lon_e7 / 1e7, roads.shape_lat_e7 / 1e7)
        lines = []
        for row in rows.tolist():
            link = int(self.link[row])
            at = slice(int(roads.shape_offset[link]), int(roads.shape_offset[link + 1]))
            begins, ends = self.start[row], end[row]
            if begins == 0.0 and ends == 1.0:
                lines.append(np.column_stack([x[at], y[at]]))
                continue
            inner = (share[at] > begins) & (share[at] < ends)
            where = np.concatenate([[begins], share[at][inner], [ends]])
            lines.append(np.column_stack([np.interp(where, share[at], x[at]), np.interp(where, share[at], y[at])]))
        return np.array([shapely.linestrings(line) for line in lines], object)


def driven_parts(router: Router, place: Positions) -> Drives:
    """Everything that can be driven from a place, each part of a road at its earliest."""
    reach_ms = router.reach(place).astype(np.int64)
    whole_ms = router.link_ms.astype(np.int64)
    begin_ms = np.where(reach_ms == NO_WAY_MS, NEVER_MS, reach_ms - whole_ms)
    begun = [(int(place.link[0]), float(place.along[0]))]
    if place.reverse[0] != NO_LINK:
        begun.append((int(place.reverse[0]), 1.0 - float(place.along[0])))
    for started, _ in begun:
        begin_ms[started] = _come_round_ms(router, reach_ms, started)
    link = np.arange(len(begin_ms), dtype=np.int32)
    reached = begin_ms != NEVER_MS
    first = np.array([row[0] for row in begun], np.int32)
    return Drives(
        router,
        np.concatenate([first, link[reached]]),
        np.concatenate([np.array([row[1] for row in begun]), np.zeros(int(reached.sum()))]),
        np.concatenate([np.zeros(len(begun), np.int64), begin_ms[reached]]),
        whole_ms[np.concatenate([first, link[reached]])],
    )


def _streets(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """The same lines, joined to longer ones and the two directions of a street to one: much less to unite."""
    once = shapely.from_wkb(np.unique(shapely.to_wkb(shapely.normalize(lines))))
    joined = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(once)))
    return np.asarray(shapely.simplify(joined, FINE_M), object)


def _come_round_ms(router: Router, reach_ms: NDArray[np.int64], link: int) -> int:
    """When a link on which one started is entered anew, from its beginning; NEVER_MS where it cannot be."""
    turns, cost_ms = router.network.turns, router.network.turn_cost_ms
    into = np.flatnonzero(turns.node_link[turns.onward] == link)
    before = turns.node_link[turns.tail[into]]
    into, before = into[reach_ms[before] != NO_WAY_MS], before[reach_ms[before] != NO_WAY_MS]
    if router.closed[link] or not passable(router.roads, router.profile)[link] or not len(into):
        return NEVER_MS
    return int((reach_ms[before] + cost_ms[into]).min())


def _middle(router: Router, place: Positions) -> tuple[float, float]:
    """Longitude and latitude of the beginning of the link that a place is on: near enough to draw from."""
    roads = router.roads
    node = roads.link_tail[place.link[0]]
    return float(roads.node_lon_e7[node]) / 1e7, float(roads.node_lat_e7[node]) / 1e7


def _polygons(area: shapely.Geometry) -> MultiPolygon:
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    return MultiPolygon(parts)
