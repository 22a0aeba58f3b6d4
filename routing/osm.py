"""Reads an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz, .osm.bz2) into drafted links, by pyosmium.

Three passes, each letting through in C++ only what it needs, so that the order of objects in the file does not matter
and memory holds the roads alone: ways and relations; the nodes of drivable ways; nodes that are points of interest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from osmium import osm
from osmium.filter import IdFilter, KeyFilter, TagFilter

from geo.faults import BadInput
from routing.draft import Reading
from routing.osm_bans import restricted
from routing.osm_marks import marked_links
from routing.osm_nodes import RoadNode, read_node
from routing.osm_restrictions import Member, TurnRule, is_restriction, read_restriction
from routing.osm_tags import NO_LINE, RoadWay, read_way
from routing.osm_ways import NodePlaces
from routing.roads import PointOfInterest

ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"
SUFFIXES = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2", ".pbf")
POI_TAGS = (("amenity", "hospital"), ("amenity", "fuel"), ("amenity", "police"), ("shop", "car_repair"))
CUT = "ways: cut at the edge of the extract (the part inside is kept)"
POI_RELATION = "points of interest: drawn as a relation of several outlines"
POI_LOST = "points of interest: no node of the outline inside the extract"


@dataclass(slots=True)
class _Found:
    """What the first pass collects."""

    roads: list[RoadWay] = field(default_factory=list)
    outlines: list[tuple[str, str, tuple[int, ...]]] = field(default_factory=list)
    rules: list[TurnRule] = field(default_factory=list)
    restrictions: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


def read_osm(path: Path, progress: Callable[[str], None]) -> Reading:
    """Drafted links, turn bans and points of interest of the extract at `path`.

    Raises BadInput where the file is missing, truncated or no OSM data, or holds no drivable road.
    """
    progress(f"reading roads and turn restrictions of {path.name}")
    found = _roads_and_relations(path)
    if not found.roads:
        raise BadInput(
            f"{path.name}: no drivable road in it ({_left_out(found.dropped)}); give an extract that holds the streets"
        )
    progress(f"reading the places of {len(found.roads)} drivable ways")
    places, nodes = _places(path, found)
    cut, notes = marked_links(found.roads, places, nodes)
    if not len(cut.draft.link_tail):
        raise BadInput(f"{path.name}: it names {len(found.roads)} drivable ways, but not the places of their nodes")
    draft, unused = restricted(cut.draft, found.rules)
    pois = (*_poi_nodes(path), *_poi_outlines(found, places))
    found.dropped.update(unused)
    found.dropped.update({CUT: cut.cut, NO_LINE: cut.lost})
    return Reading(
        draft=draft,
        pois=pois,
        source=path.name,
        attribution=ATTRIBUTION,
        restrictions=found.restrictions,
        dropped={reason: count for reason, count in sorted(found.dropped.items()) if count},
        notes=notes,
    )


def poi_kind(tags: Mapping[str, str]) -> str | None:
    """hospital, fuel, police or car_repair, or None."""
    return next((value for key, value in POI_TAGS if tags.get(key) == value), None)


def _objects(path: Path, entities: Any, *filters: Any) -> Iterator[Any]:
    """The objects of one pass; whatever osmium finds wrong with the file is BadInput."""
    try:
        processor = osmium.FileProcessor(str(path), entities)
        for chosen in filters:
            processor = processor.with_filter(chosen)
        yield from processor
    except (RuntimeError, ValueError, OSError) as error:
        raise BadInput(
            f"{path.name}: cannot be read as OSM data ({error}); it may be truncated, or be something else "
            f"under that name. Readable are {', '.join(SUFFIXES)}"
        ) from error


def _roads_and_relations(path: Path) -> _Found:
    found = _Found()
    for thing in _objects(path, osm.WAY | osm.RELATION, KeyFilter("highway", "amenity", "shop", "type")):
        tags = dict(thing.tags)
        if thing.is_way():
            _take_way(found, thing, tags)
        elif is_restriction(tags):
            found.restrictions += 1
            members = [Member(member.type, member.ref, member.role) for member in thing.members]
            rule = read_restriction(tags, members)
            if isinstance(rule, str):
                found.dropped[rule] += 1
            else:
                found.rules.append(rule)
        elif poi_kind(tags):
            found.dropped[POI_RELATION] += 1
    return found


def _take_way(found: _Found, way: Any, tags: Mapping[str, str]) -> None:
    kind = poi_kind(tags)
    nodes = tuple(node.ref for node in way.nodes) if kind or "highway" in tags else ()
    if kind:
        found.outlines.append((kind, tags.get("name", ""), nodes))
    if "highway" in tags:
        road = read_way(way.id, nodes, tags)
        if isinstance(road, str):
            found.dropped[road] += 1
        else:
            found.roads.append(road)


def _places(path: Path, found: _Found) -> tuple[NodePlaces, list[RoadNode]]:
    """The places of all nodes that the ways name, and those on drivable ones that say something."""
    on_roads = {ref for way in found.roads for ref in way.nodes}
    wanted = on_roads.union(*(nodes for _, _, nodes in found.outlines))
    rows: list[tuple[int, int, int]] = []
    said: dict[int, RoadNode] = {}
    for node in _objects(path, osm.NODE, IdFilter(wanted)):
        place = node.location
        if not place.valid():
            continue
        rows.append((node.id, place.x, place.y))
        if node.tags and node.id in on_roads:
            road_node = read_node(node.id, dict(node.tags))
            if road_node:
                said[node.id] = road_node
    table = np.array(rows, np.int64).reshape(-1, 3)
    _, first = np.unique(table[:, 0], return_index=True)
    table = table[first]
    places = NodePlaces(table[:, 0].copy(), table[:, 1].astype(np.int32), table[:, 2].astype(np.int32))
    return places, list(said.values())


def _poi_nodes(path: Path) -> Iterator[PointOfInterest]:
    for node in _objects(path, osm.NODE, TagFilter(*POI_TAGS)):
        tags = dict(node.tags)
        kind = poi_kind(tags)
        if kind and node.location.valid():
            yield PointOfInterest(kind, tags.get("name", ""), node.location.x / 1e7, node.location.y / 1e7)


def _poi_outlines(found: _Found, places: NodePlaces) -> Iterator[PointOfInterest]:
    for kind, name, nodes in found.outlines:
        rows = places.rows_of(np.array(nodes, np.int64))
        rows = np.unique(rows[rows >= 0])
        if not len(rows):
            found.dropped[POI_LOST] += 1
            continue
        lon_deg, lat_deg = places.lon_e7[rows].mean() / 1e7, places.lat_e7[rows].mean() / 1e7
        yield PointOfInterest(kind, name, round(float(lon_deg), 7), round(float(lat_deg), 7))


def _left_out(dropped: Mapping[str, int]) -> str:
    ways = sum(count for reason, count in dropped.items() if reason.startswith("ways"))
    return f"{ways} ways of other kinds" if ways else "no way tagged `highway`"
