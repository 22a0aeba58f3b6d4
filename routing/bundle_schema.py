"""What a city bundle of this version holds: its columns, and how facts and points of interest stand in the manifest.

Of the hierarchy only what does not follow from the rest is kept; `routing.hierarchy.hierarchy_of` makes up the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.hierarchy import hierarchy_of
from routing.network import Structure
from routing.roads import City, CityFacts, PointOfInterest, Roads
from routing.turns import turns_from

FORMAT = "towline-city"
VERSION = 3

ROAD_COLUMNS: Mapping[str, np.dtype[Any]] = {
    name: np.dtype(dtype)
    for name, dtype in {
        "node_lon_e7": np.int32,
        "node_lat_e7": np.int32,
        "link_tail": np.int32,
        "link_head": np.int32,
        "link_length_mm": np.int32,
        "link_duration_ms": np.int32,
        "link_speed_kmh": np.uint8,
        "link_speed_assumed": np.bool_,
        "link_class": np.uint8,
        "link_lanes": np.uint8,
        "link_reverse": np.int32,
        "link_name": np.int32,
        "link_ref": np.int64,
        "link_signal": np.bool_,
        "link_max_weight_kg": np.int32,
        "link_max_height_cm": np.int32,
        "link_no_heavy": np.bool_,
        "shape_offset": np.int64,
        "shape_lon_e7": np.int32,
        "shape_lat_e7": np.int32,
        "ban_in": np.int32,
        "ban_out": np.int32,
        "heavy_ban_in": np.int32,
        "heavy_ban_out": np.int32,
        "path_ban_offset": np.int64,
        "path_ban_link": np.int32,
        "link_strong": np.bool_,
    }.items()
}


STRUCTURE_COLUMNS: Mapping[str, np.dtype[Any]] = {
    name: np.dtype(dtype)
    for name, dtype in {
        "turn_node_link": np.int32,
        "turn_offset": np.int64,
        "turn_onward": np.int32,
        "rank_order": np.int32,
        "rank_parent": np.int32,
        "up_offset": np.int64,
        "up_top": np.int32,
        "down_offset": np.int64,
        "down_top": np.int32,
        "turn_arc": np.int32,
    }.items()
}

COLUMNS: Mapping[str, np.dtype[Any]] = {**ROAD_COLUMNS, **STRUCTURE_COLUMNS}


def columns_of(city: City) -> dict[str, NDArray[Any]]:
    """All columns of a city by name."""
    turns, hierarchy = city.structure.turns, city.structure.hierarchy
    structure = {
        "turn_node_link": turns.node_link,
        "turn_offset": turns.onward_offset,
        "turn_onward": turns.onward,
        "rank_order": hierarchy.order,
        "rank_parent": hierarchy.parent,
        "up_offset": hierarchy.up.offset,
        "up_top": hierarchy.up.top,
        "down_offset": hierarchy.down.offset,
        "down_top": hierarchy.down.top,
        "turn_arc": hierarchy.turn_arc,
    }
    return {**{name: getattr(city.roads, name) for name in ROAD_COLUMNS}, **structure}


def structure_from(columns: Mapping[str, NDArray[Any]], links: int) -> Structure:
    """The structure of a city of `links` links. `routing.soundness` must have found nothing."""
    hierarchy = hierarchy_of(
        columns["rank_order"], columns["rank_parent"], columns["up_offset"], columns["up_top"],
        columns["down_offset"], columns["down_top"], columns["turn_arc"],
    )  # fmt: skip
    turns = turns_from(columns["turn_node_link"], columns["turn_offset"], columns["turn_onward"], links)
    return Structure(turns, hierarchy)


def facts_of(stored: Mapping[str, Any]) -> CityFacts:
    """The facts as the manifest holds them. Raises KeyError or TypeError where one is missing or unknown."""
    tuples = {"bbox": tuple(stored["bbox"]), "notes": tuple(stored["notes"])}
    if len(tuples["bbox"]) != 4:
        raise TypeError("bbox")
    return CityFacts(**{**stored, **tuples})


def pois_of(stored: Iterable[Mapping[str, Any]]) -> tuple[PointOfInterest, ...]:
    """The points of interest as the manifest holds them. Raises TypeError where one is garbled."""
    return tuple(PointOfInterest(**poi) for poi in stored)


def misfit(roads: Roads, facts: CityFacts) -> str | None:
    """The first way in which the columns do not fit each other or the facts, None where all is well."""
    for name in ROAD_COLUMNS:
        if getattr(roads, name).ndim != 1:
            return f"{name} is no plain column"
    for group, rows in _rows_of_groups(roads).items():
        for name in ROAD_COLUMNS:
            if name.startswith(group) and len(getattr(roads, name)) != rows:
                return f"{name} has {len(getattr(roads, name))} rows, not {rows}"
    if len(roads.shape_offset) != roads.link_count + 1:
        return f"shape_offset has {len(roads.shape_offset)} rows, not {roads.link_count + 1}"
    if not len(roads.path_ban_offset):
        return "path_ban_offset is empty"
    if (facts.nodes, facts.links) != (roads.node_count, roads.link_count):
        return f"the facts speak of {facts.nodes} nodes and {facts.links} links"
    return None


def _rows_of_groups(roads: Roads) -> dict[str, int]:
    shape_points = int(roads.shape_offset[-1]) if len(roads.shape_offset) else 0
    return {
        "node_": roads.node_count,
        "link_": roads.link_count,
        "shape_l": shape_points,
        "ban_": len(roads.ban_in),
        "heavy_ban_": len(roads.heavy_ban_in),
        "path_ban_link": int(roads.path_ban_offset[-1]) if len(roads.path_ban_offset) else 0,
    }
