"""Cuts drivable ways into directed links at junctions.

A junction is a node that the drivable ways use at least twice (two ways, or one way that meets itself), at which a way
ends, or which the caller names (a barrier that nobody passes). Nothing else is merged or simplified: every node between
two junctions stays in the geometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.draft import Draft, NameTable
from routing.osm_tags import Direction, RoadWay
from routing.roads import NO_LINK


@dataclass(frozen=True, slots=True, eq=False)
class NodePlaces:
    """M located nodes, sorted by id: id int64[M], lon_e7 and lat_e7 int32[M]."""

    id: NDArray[np.int64]
    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each id, -1 where the node has no place."""
        if not len(self.id):
            return np.full(len(ids), -1, np.int64)
        rows = np.minimum(np.searchsorted(self.id, ids), len(self.id) - 1)
        return np.where(self.id[rows] == ids, rows, -1)


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """P undirected pieces between junctions: `start[k]..end[k]` (inclusive) in `node`, and the way of each."""

    node: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    way: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CutWays:
    """The links of ways, without bans and signals, and how they came about.

    against     bool[L]  the link is driven against the nodes of its way
    shape_node  int64[]  the node row of each point of `draft.shape_*`
    cut, lost            ways of which a node has no place (the parts inside stay), and of which nothing is left
    """

    draft: Draft
    against: NDArray[np.bool_]
    shape_node: NDArray[np.int64]
    cut: int
    lost: int


def links_of_ways(ways: Sequence[RoadWay], places: NodePlaces, cut_at: Sequence[int] = ()) -> CutWays:
    """The directed links of `ways`, in order of the ways; forward before its opposite direction.

    `cut_at` are nodes (OSM ids) that are junctions whatever meets there.
    """
    way_of = np.repeat(np.arange(len(ways)), [len(way.nodes) for way in ways])
    refs = np.fromiter((ref for way in ways for ref in way.nodes), np.int64, len(way_of))
    rows = places.rows_of(refs)
    cut = np.unique(way_of[rows < 0])
    pieces = _pieces(way_of, rows, len(places.id), places.rows_of(np.array(cut_at, np.int64)))
    kept = np.unique(pieces.way)
    draft, against, shape_node = _directed(ways, places, pieces)
    return CutWays(draft, against, shape_node, len(np.intersect1d(cut, kept)), len(ways) - len(kept))


def streets_at(draft: Draft) -> NDArray[np.int64]:
    """int64[N]: how many streets meet at each node; one of two directions counts once, one that returns twice."""
    nodes, two_way = len(draft.node_key), draft.link_reverse != NO_LINK
    ends = np.concatenate([draft.link_tail, draft.link_head[~two_way]])
    return np.bincount(ends, minlength=nodes)


def _pieces(
    way_of: NDArray[np.int64], rows: NDArray[np.int64], node_count: int, cut_rows: NDArray[np.int64]
) -> _Pieces:
    """Runs of located nodes of one way, without immediate repeats, cut at the junctions."""
    same_way = way_of[1:] == way_of[:-1]
    repeat = np.concatenate([[False], same_way & (rows[1:] == rows[:-1])])
    gap = np.concatenate([[True], ~same_way | (rows[:-1] < 0)])
    run = np.cumsum(gap)[(rows >= 0) & ~repeat]
    way, node = way_of[(rows >= 0) & ~repeat], rows[(rows >= 0) & ~repeat]
    long_enough = np.bincount(run, minlength=1)[run] >= 2
    run, way, node = run[long_enough], way[long_enough], node[long_enough]
    changes = run[1:] != run[:-1]
    first, last = np.concatenate([[True], changes]), np.concatenate([changes, [True]])
    if not len(run):
        first = last = np.zeros(0, np.bool_)
    uses = np.bincount(node, minlength=node_count)
    uses[cut_rows[cut_rows >= 0]] = 2
    junction = np.flatnonzero((uses[node] >= 2) | first | last)
    start = junction[~last[junction]]
    end = junction[~first[junction]]
    return _Pieces(node, start, end, way[start])


def _directed(
    ways: Sequence[RoadWay], places: NodePlaces, pieces: _Pieces
) -> tuple[Draft, NDArray[np.bool_], NDArray[np.int64]]:
    """The links, which of them run against their way, and the node row of each point of their shapes."""
    direction = np.array([way.direction for way in ways], np.int64)[pieces.way]
    # Column 0 is the direction along the nodes, column 1 the one against them.
    exists = np.stack([direction != Direction.BACKWARD, direction != Direction.FORWARD], axis=1)
    piece, against = np.nonzero(exists)
    number = np.full(exists.shape, NO_LINK, np.int64)
    number[piece, against] = np.arange(len(piece))
    way = pieces.way[piece]
    names = NameTable()
    name_row = np.array([names.row(way.name) for way in ways], np.int64)
    begin = np.where(against == 0, pieces.start[piece], pieces.end[piece])
    finish = np.where(against == 0, pieces.end[piece], pieces.start[piece])
    offset, shape = _shapes(begin, finish)
    shape_node = pieces.node[shape]
    limits = [way.limits for way in ways]
    draft = Draft(
        node_key=places.id,
        node_lon_e7=places.lon_e7,
        node_lat_e7=places.lat_e7,
        link_tail=pieces.node[begin].astype(np.int32),
        link_head=pieces.node[finish].astype(np.int32),
        link_speed_kmh=_sides([way.speed_kmh for way in ways], np.uint8)[way, against],
        link_speed_assumed=_sides([way.speed_assumed for way in ways], np.bool_)[way, against],
        link_class=np.array([way.road_class for way in ways], np.uint8)[way],
        link_lanes=_sides([way.lanes for way in ways], np.uint8)[way, against],
        link_reverse=number[piece, 1 - against].astype(np.int32),
        link_name=name_row[way].astype(np.int32),
        link_ref=np.array([way.id for way in ways], np.int64)[way],
        link_signal=np.zeros(len(piece), np.bool_),
        link_max_weight_kg=_sides([one.max_weight_kg for one in limits], np.int32)[way, against],
        link_max_height_cm=_sides([one.max_height_cm for one in limits], np.int32)[way, against],
        link_no_heavy=_sides([one.no_heavy for one in limits], np.bool_)[way, against],
        given_length_m=np.full(len(piece), np.nan),
        shape_offset=offset,
        shape_lon_e7=places.lon_e7[shape_node],
        shape_lat_e7=places.lat_e7[shape_node],
        ban_in=np.zeros(0, np.int64),
        ban_out=np.zeros(0, np.int64),
        heavy_ban_in=np.zeros(0, np.int64),
        heavy_ban_out=np.zeros(0, np.int64),
        path_ban_offset=np.zeros(1, np.int64),
        path_ban_link=np.zeros(0, np.int64),
        names=names.names(),
    )
    return draft, against == 1, shape_node


def _sides(pairs: Sequence[tuple[int, int]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.array(pairs, dtype).reshape(-1, 2)


def _shapes(begin: NDArray[np.int64], finish: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets and positions of begin..finish inclusive, counting down where finish lies before begin."""
    points = np.abs(finish - begin) + 1
    offset = np.concatenate([[0], np.cumsum(points)]).astype(np.int64)
    step = np.repeat(np.sign(finish - begin), points)
    nth = np.arange(offset[-1]) - np.repeat(offset[:-1], points)
    return offset, np.repeat(begin, points) + step * nth
