"""Reads a place by name from OpenStreetMap over the internet, through osmnx.

osmnx hands over a graph of single steps between neighbouring nodes. The ways are put together again from it and go
through the same reader as those of an extract. Turn restrictions are not part of such a graph: a note says so.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import Any

import networkx
import numpy as np
import osmnx

from geo.faults import BadInput
from routing.draft import Reading
from routing.osm import ATTRIBUTION, CUT, POI_TAGS, poi_kind
from routing.osm_limits import LIMIT_TAGS
from routing.osm_marks import marked_links
from routing.osm_nodes import NODE_TAGS, RoadNode, read_node
from routing.osm_tags import ACCESS_KEYS, CLASS_OF_HIGHWAY, NO_LINE, RoadWay, read_way
from routing.osm_ways import NodePlaces
from routing.roads import PointOfInterest

WAY_TAGS = [
    "access", "area", "highway", "junction", "lanes", "lanes:backward", "lanes:forward", "maxspeed",
    "maxspeed:backward", "maxspeed:forward", "maxspeed:type", "motor_vehicle", "motorcar", "name", "oneway",
    "oneway:motor_vehicle", "oneway:vehicle", "ref", "service", "source:maxspeed", "vehicle", "zone:maxspeed",
    *LIMIT_TAGS, *(f"{key}:{side}" for key in ACCESS_KEYS for side in ("forward", "backward")),
]  # fmt: skip
ROADS_FILTER = f'["highway"~"^({"|".join(CLASS_OF_HIGHWAY)})(_link)?$"]'
NO_RESTRICTIONS = "turn restrictions are not read by name: build from an extract to have them"
TURNED_ROUND = frozenset({"-1", "reverse", "T"})


def read_place(query: str, progress: Callable[[str], None]) -> Reading:
    """Drafted links and points of interest inside the boundary that Nominatim finds for `query`."""
    progress(f"asking OpenStreetMap for the roads of {query}")
    with _settings(), _as_bad_input(query):
        graph = osmnx.graph_from_place(query, simplify=False, retain_all=True, custom_filter=ROADS_FILTER)
    progress(f"asking OpenStreetMap for the points of interest of {query}")
    with _settings(), _as_bad_input(query):
        pois = _pois(query)
    return reading_of_graph(graph, pois, source=query)


def reading_of_graph(graph: networkx.MultiDiGraph, pois: tuple[PointOfInterest, ...], *, source: str) -> Reading:
    """The reading of an unsimplified osmnx graph that was made with `all_oneway` (each step once, in travel order)."""
    dropped: Counter[str] = Counter()
    roads: list[RoadWay] = []
    for way_id, tags, steps in _ways(graph):
        for nodes in chains(steps):
            road = read_way(way_id, nodes, tags)
            if isinstance(road, str):
                dropped[road] += 1
            else:
                roads.append(road)
    if not roads:
        raise BadInput(f"{source}: OpenStreetMap has no drivable road there; give a larger place")
    cut, notes = marked_links(roads, _places(graph), _nodes(graph))
    dropped.update({CUT: cut.cut, NO_LINE: cut.lost})
    return Reading(
        draft=cut.draft,
        pois=pois,
        source=source,
        attribution=ATTRIBUTION,
        restrictions=0,
        dropped={reason: count for reason, count in sorted(dropped.items()) if count},
        notes=(NO_RESTRICTIONS, *notes),
    )


def chains(steps: Iterable[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """Puts steps (from, to) of one way together into as few runs of nodes as they allow, each step used once.

    A run begins where more steps leave than arrive; what then remains are closed rounds.
    """
    onward: dict[int, list[int]] = {}
    balance: Counter[int] = Counter()
    for tail, head in steps:
        onward.setdefault(tail, []).append(head)
        balance[tail] += 1
        balance[head] -= 1
    starts = [node for node in onward for _ in range(balance[node])]
    for start in (*starts, *onward):
        run = [start]
        while onward.get(run[-1]):
            run.append(onward[run[-1]].pop(0))
        if len(run) > 1:
            yield tuple(run)


def _ways(graph: networkx.MultiDiGraph) -> Iterator[tuple[int, dict[str, str], list[tuple[int, int]]]]:
    steps: dict[int, list[tuple[int, int]]] = {}
    tags: dict[int, dict[str, str]] = {}
    for tail, head, attributes in graph.edges(data=True):
        way_id = int(attributes["osmid"])
        steps.setdefault(way_id, []).append((int(tail), int(head)))
        tags.setdefault(way_id, _tags(attributes))
    for way_id, way_steps in steps.items():
        yield way_id, tags[way_id], way_steps


def _tags(attributes: Mapping[str, object]) -> dict[str, str]:
    tags = _texts(attributes, WAY_TAGS)
    if tags.get("oneway") in TURNED_ROUND:
        tags["oneway"] = "yes"  # osmnx has put the nodes into the direction of travel already
    return tags


def _texts(attributes: Mapping[str, object], keys: Collection[str]) -> dict[str, str]:
    return {key: value for key, value in attributes.items() if key in keys and isinstance(value, str)}


def _places(graph: networkx.MultiDiGraph) -> NodePlaces:
    table = sorted((int(node), float(place["x"]), float(place["y"])) for node, place in graph.nodes(data=True))
    return NodePlaces(
        np.array([row[0] for row in table], np.int64),
        np.rint(np.array([row[1] for row in table]) * 1e7).astype(np.int32),
        np.rint(np.array([row[2] for row in table]) * 1e7).astype(np.int32),
    )


def _nodes(graph: networkx.MultiDiGraph) -> list[RoadNode]:
    read = (read_node(int(node), _texts(said, NODE_TAGS)) for node, said in graph.nodes(data=True))
    return [node for node in read if node]


def _pois(query: str) -> tuple[PointOfInterest, ...]:
    wanted: dict[str, bool | str | list[str]] = {
        key: [value for other, value in POI_TAGS if other == key] for key, _ in POI_TAGS
    }
    try:
        table = osmnx.features_from_place(query, tags=wanted)
    except _nothing_found():
        return ()
    return tuple(_poi_rows(table.to_dict("records")))


def _poi_rows(rows: Iterable[Mapping[Hashable, Any]]) -> Iterator[PointOfInterest]:
    for row in rows:
        kind = poi_kind({str(key): value for key, value in row.items() if isinstance(value, str)})
        if kind:
            middle = row["geometry"].centroid
            name = row.get("name")
            yield PointOfInterest(kind, name if isinstance(name, str) else "", round(middle.x, 7), round(middle.y, 7))


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """osmnx keeps its settings in a module: ours hold during a download and are put back after it."""
    ours = {
        "all_oneway": True, "useful_tags_node": [*NODE_TAGS], "useful_tags_way": WAY_TAGS, "use_cache": False,
    }  # fmt: skip
    before = {key: getattr(osmnx.settings, key) for key in ours}
    try:
        for key, value in ours.items():
            setattr(osmnx.settings, key, value)
        yield
    finally:
        for key, value in before.items():
            setattr(osmnx.settings, key, value)


@contextlib.contextmanager
def _as_bad_input(query: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # what requests raises is an OSError
        raise BadInput(
            f"{query}: a place by name needs the internet, and OpenStreetMap's servers could not be reached; "
            "build from an OSM extract or a GMNS folder instead"
        ) from error
    except _nothing_found() as error:
        raise BadInput(f"{query}: OpenStreetMap finds no such place with drivable roads ({error})") from error
    except (ValueError, TypeError) as error:
        raise BadInput(f"{query}: OpenStreetMap's answer cannot be used ({error})") from error


def _nothing_found() -> type[Exception]:
    nothing_found: type[Exception] = osmnx._errors.InsufficientResponseError
    return nothing_found
