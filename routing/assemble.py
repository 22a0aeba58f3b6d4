"""From drafted links to Roads: lengths, free-flow times, turn bans in order, and what is strongly connected."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.points import great_circles_m
from routing.draft import Draft
from routing.roads import Roads
from routing.turns import permitted_turns

T = TypeVar("T", bound=np.generic)
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

SHORTEST_LINK_MM = 1
MS_OF_MM_AT_1_KMH = 3.6


def assemble(draft: Draft) -> Roads:
    """Roads of `draft`: nodes without a link left out, everything else in the draft's order.

    A link's length is that of its geometry on the mean sphere (`geo.points`) unless the draft gives one; two points
    of the same street at one place make 1 mm. The draft needs at least one link.
    """
    used = np.unique(np.concatenate([draft.link_tail, draft.link_head]))
    row_of = np.full(len(draft.node_lon_e7), -1, np.int32)
    row_of[used] = np.arange(len(used), dtype=np.int32)
    length_mm = _lengths_mm(draft)
    ban_in, ban_out = _sorted_pairs(draft.ban_in, draft.ban_out)
    heavy_in, heavy_out = _sorted_pairs(draft.heavy_ban_in, draft.heavy_ban_out, beside=(ban_in, ban_out))
    path_offset, path_link = _needed_paths(draft, set(zip(ban_in.tolist(), ban_out.tolist(), strict=True)))
    roads = Roads(
        node_lon_e7=_column(draft.node_lon_e7[used], np.int32),
        node_lat_e7=_column(draft.node_lat_e7[used], np.int32),
        link_tail=_column(row_of[draft.link_tail], np.int32),
        link_head=_column(row_of[draft.link_head], np.int32),
        link_length_mm=_column(length_mm, np.int32),
        link_duration_ms=_column(_durations_ms(length_mm, draft.link_speed_kmh), np.int32),
        link_speed_kmh=_column(draft.link_speed_kmh, np.uint8),
        link_speed_assumed=_column(draft.link_speed_assumed, np.bool_),
        link_class=_column(draft.link_class, np.uint8),
        link_lanes=_column(draft.link_lanes, np.uint8),
        link_reverse=_column(draft.link_reverse, np.int32),
        link_name=_column(draft.link_name, np.int32),
        link_ref=_column(draft.link_ref, np.int64),
        link_signal=_column(draft.link_signal, np.bool_),
        link_max_weight_kg=_column(draft.link_max_weight_kg, np.int32),
        link_max_height_cm=_column(draft.link_max_height_cm, np.int32),
        link_no_heavy=_column(draft.link_no_heavy, np.bool_),
        shape_offset=_column(draft.shape_offset, np.int64),
        shape_lon_e7=_column(draft.shape_lon_e7, np.int32),
        shape_lat_e7=_column(draft.shape_lat_e7, np.int32),
        ban_in=_column(ban_in, np.int32),
        ban_out=_column(ban_out, np.int32),
        heavy_ban_in=_column(heavy_in, np.int32),
        heavy_ban_out=_column(heavy_out, np.int32),
        path_ban_offset=_column(path_offset, np.int64),
        path_ban_link=_column(path_link, np.int32),
        link_strong=np.zeros(len(draft.link_tail), np.bool_),
        names=draft.names,
    )
    return dataclasses.replace(roads, link_strong=_column(strong_links(roads), np.bool_))


def strong_links(roads: Roads) -> NDArray[np.bool_]:
    """bool[L]: in the largest strongly connected part of links under the permitted turns (the first of equal ones).

    A U-turn into `link_reverse` is permitted unless it is banned. Banned paths do not count: seldom is a link to be
    reached by just one way, and a graph that knows them would have a node for each link of each banned path.
    """
    turns = permitted_turns(roads)
    turn_in = np.repeat(np.arange(roads.link_count, dtype=np.int32), np.diff(turns.onward_offset))
    return _in_largest_part(turn_in, turns.onward, roads.link_count)


def strongly_connected_share(roads: Roads) -> float:
    """Share of the nodes in the largest strongly connected part of the node graph, turn bans aside."""
    return float(_in_largest_part(roads.link_tail, roads.link_head, roads.node_count).mean())


def _in_largest_part(tail: NDArray[np.int32], head: NDArray[np.int32], rows: int) -> NDArray[np.bool_]:
    arcs = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(rows, rows))
    # Duplicate arcs are summed: in int8 they would wrap to 0 and vanish.
    _, part = connected_components(arcs.astype(np.int32).tocsr(), directed=True, connection="strong")
    return np.asarray(part == np.argmax(np.bincount(part)))


def shape_lengths_m(
    lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32], offset: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Great-circle metres along each of the K polylines `offset[k]:offset[k+1]` (at least two points each)."""
    lon_deg, lat_deg = lon_e7 / 1e7, lat_e7 / 1e7
    steps_m = great_circles_m(lon_deg[:-1], lat_deg[:-1], lon_deg[1:], lat_deg[1:])
    steps_m[offset[1:-1] - 1] = 0.0  # the step from the last point of one line to the first of the next
    return np.add.reduceat(steps_m, offset[:-1]) if len(offset) > 1 else np.zeros(0)


def _lengths_mm(draft: Draft) -> NDArray[np.int64]:
    along_m = shape_lengths_m(draft.shape_lon_e7, draft.shape_lat_e7, draft.shape_offset)
    length_m = np.where(np.isnan(draft.given_length_m), along_m, draft.given_length_m)
    return np.maximum(np.rint(length_m * 1000.0), SHORTEST_LINK_MM).astype(np.int64)


def _durations_ms(length_mm: NDArray[np.int64], speed_kmh: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.maximum(np.rint(length_mm * MS_OF_MM_AT_1_KMH / speed_kmh), 1.0).astype(np.int64)


def _sorted_pairs(left: NDArray[np.int64], right: NDArray[np.int64], beside: Pairs | None = None) -> Pairs:
    """The pairs once each, in order, without those of `beside`."""
    pairs = np.unique(np.stack([left, right], axis=1), axis=0)
    if beside is not None:
        others = set(zip(beside[0].tolist(), beside[1].tolist(), strict=True))
        pairs = pairs[np.array([pair not in others for pair in map(tuple, pairs.tolist())], np.bool_)]
    return pairs[:, 0], pairs[:, 1]


def _needed_paths(draft: Draft, banned: set[tuple[int, ...]]) -> Pairs:
    """Offsets and links of the banned paths, without those that hold a banned turn or a shorter banned path."""
    links, bounds = draft.path_ban_link.tolist(), itertools.pairwise(draft.path_ban_offset.tolist())
    paths = {tuple(links[first:end]) for first, end in bounds}
    forbidden = banned | paths
    lengths = sorted({2, *map(len, paths)})
    needed = sorted(path for path in paths if not any(part in forbidden for part in _parts(path, lengths)))
    offset = np.cumsum([0, *map(len, needed)]).astype(np.int64)
    return offset, np.array([link for path in needed for link in path], np.int64)


def _parts(path: tuple[int, ...], lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The shorter runs of a path that have one of the lengths."""
    for length in lengths:
        if length < len(path):
            yield from (path[at : at + length] for at in range(len(path) - length + 1))


def _column(values: NDArray[Any], dtype: type[T]) -> NDArray[T]:
    column = np.array(values, dtype=dtype, order="C")
    column.setflags(write=False)
    return column
