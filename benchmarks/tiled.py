"""A large road graph made of a real city: copies side by side, joined by streets where they touch.

No city of a million links is at hand. A tiled one has the real one's junctions, bans and speeds, but not the motorways
that tie a region together: its cuts between copies are narrower than those of a real region of that size.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.points import great_circles_m
from routing.arrays import read_only
from routing.assemble import strong_links
from routing.network import structure_of
from routing.roads import NO_LINK, City, RoadClass, Roads

GAP_E7 = 20_000
"""About 200 m between the copies."""

BANDS = 40
"""Streets between two neighbouring copies: one for each band of their common border."""

JOIN_KMH = 50


def tiled(city: City, columns: int, rows: int) -> City:
    """columns x rows copies of a city; `City.structure` is that of the whole."""
    roads = _joined(city.roads, columns, rows)
    facts = replace(
        city.facts, name=f"{city.facts.name}-{columns}x{rows}", nodes=roads.node_count, links=roads.link_count,
        turn_bans=len(roads.ban_in), heavy_turn_bans=len(roads.heavy_ban_in), path_bans=roads.path_ban_count,
        pois={}, source=f"{columns} x {rows} copies of {city.facts.source}, joined by {BANDS} streets a border",
    )  # fmt: skip
    return City(facts, roads, (), structure_of(roads))


def _joined(roads: Roads, columns: int, rows: int) -> Roads:
    copies = columns * rows
    east = np.tile(np.arange(columns), rows) * (_extent(roads.shape_lon_e7) + GAP_E7)
    north = np.repeat(np.arange(rows), columns) * (_extent(roads.shape_lat_e7) + GAP_E7)
    tail, head = _joins(roads, columns, rows)
    links, joins = roads.link_count * copies, len(tail)
    lon, lat = _shifted(roads.node_lon_e7, east), _shifted(roads.node_lat_e7, north)
    length_mm = np.rint(1000 * great_circles_m(lon[tail] / 1e7, lat[tail] / 1e7, lon[head] / 1e7, lat[head] / 1e7))
    both = np.arange(joins) ^ 1
    extra: dict[str, Any] = {
        "link_length_mm": length_mm,
        "link_duration_ms": np.rint(length_mm * 3.6 / JOIN_KMH),
        "link_speed_kmh": JOIN_KMH,
        "link_speed_assumed": True,
        "link_class": int(RoadClass.SECONDARY),
        "link_lanes": 1,
        "link_ref": -1,
    }
    per_link = {
        name: np.concatenate([np.tile(old, copies), np.broadcast_to(extra.get(name, 0), joins).astype(old.dtype)])
        for name in Roads.__dataclass_fields__
        if name.startswith("link_") and (old := getattr(roads, name)) is not None
    }
    reverse = _copied(roads.link_reverse, copies, roads.link_count)
    reverse[np.tile(roads.link_reverse, copies) == NO_LINK] = NO_LINK
    ends = np.column_stack([tail, head]).reshape(-1)
    points = len(roads.shape_lon_e7)
    shape_offset = np.concatenate([
        _copied(roads.shape_offset[:-1], copies, points), copies * points + 2 * np.arange(joins + 1),
    ])  # fmt: skip
    columns_of_copies = {
        "node_lon_e7": lon,
        "node_lat_e7": lat,
        "link_tail": np.append(_copied(roads.link_tail, copies, roads.node_count), tail),
        "link_head": np.append(_copied(roads.link_head, copies, roads.node_count), head),
        "link_reverse": np.append(reverse, links + both),
        "shape_offset": shape_offset,
        "shape_lon_e7": np.append(_shifted(roads.shape_lon_e7, east), lon[ends]),
        "shape_lat_e7": np.append(_shifted(roads.shape_lat_e7, north), lat[ends]),
        "path_ban_offset": np.append(
            _copied(roads.path_ban_offset[:-1], copies, len(roads.path_ban_link)), copies * len(roads.path_ban_link)
        ),
        **{
            name: _copied(getattr(roads, name), copies, roads.link_count)
            for name in ("ban_in", "ban_out", "heavy_ban_in", "heavy_ban_out", "path_ban_link")
        },
    }
    whole = {**per_link, **columns_of_copies}
    made: dict[str, Any] = {name: read_only(values, getattr(roads, name).dtype) for name, values in whole.items()}
    joined = replace(roads, **made)
    return replace(joined, link_strong=read_only(strong_links(joined), np.bool_))


def _joins(roads: Roads, columns: int, rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tails and heads of the streets between neighbouring copies, each street's two directions one after the other."""
    west, east = _borders(roads.node_lat_e7, roads.node_lon_e7, roads)
    south, north = _borders(roads.node_lon_e7, roads.node_lat_e7, roads)
    pairs: list[tuple[np.int64, np.int64]] = []
    for row in range(rows):
        for column in range(columns):
            here = (row * columns + column) * roads.node_count
            if column + 1 < columns:
                pairs += zip(east + here, west + here + roads.node_count, strict=True)
            if row + 1 < rows:
                pairs += zip(north + here, south + here + columns * roads.node_count, strict=True)
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    both_ways = np.stack([ends, ends[:, ::-1]], axis=1).reshape(-1, 2)
    return both_ways[:, 0], both_ways[:, 1]


def _borders(
    along: NDArray[np.int32], across: NDArray[np.int32], roads: Roads
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and the last junction across, of each band along a border, of those that can be left and reached."""
    nodes = np.unique(roads.link_head[roads.link_strong]).astype(np.int64)
    in_order = nodes[np.argsort(along[nodes], kind="stable")]
    bands = [band for band in np.array_split(in_order, BANDS) if len(band)]
    return (
        np.array([band[np.argmin(across[band])] for band in bands]),
        np.array([band[np.argmax(across[band])] for band in bands]),
    )


def _extent(values: NDArray[np.int32]) -> int:
    return int(values.max()) - int(values.min())


def _shifted(values: NDArray[np.int32], by: NDArray[np.int64]) -> NDArray[np.int64]:
    return (values.astype(np.int64)[None, :] + by[:, None]).reshape(-1)


def _copied(rows: NDArray[np.int32] | NDArray[np.int64], copies: int, step: int) -> NDArray[np.int64]:
    """Row numbers of all copies, `step` rows apart."""
    return (rows.astype(np.int64)[None, :] + step * np.arange(copies)[:, None]).reshape(-1)
