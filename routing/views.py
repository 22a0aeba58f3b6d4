"""A city as planners' tools know it: a graph of NetworkX, tables of GeoPandas.

Names and units are those of OSMnx (graphs of crossings with `x`, `y`, `length`, `speed_kph`, `travel_time`; links
indexed by `u`, `v`, `key`), so that its functions take them. They are copies: changing one changes no city. NetworkX
and GeoPandas are imported when they are asked for, since nothing else in the house needs them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routing.customise import NEVER
from routing.roads import NO_LINK, City, RoadClass, Roads
from routing.router import Router

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx

CRS = "EPSG:4326"


def to_geopandas(city: City) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Nodes and directed links of a city, in WGS-84 degrees.

    Nodes   indexed by their row: x, y, geometry (Point).
    Links   indexed by (u, v, key): tail, head and a number that tells parallel links apart, in the order of their
            rows: link (the row), osmid (the source's own number), name (NaN where there is none), highway, oneway,
            lanes (NaN where unknown), length (m), speed_kph, travel_time (s, free flow), signal (at its end),
            maxweight_kg and maxheight_cm (NaN where none is posted), hgv (False where goods vehicles are barred),
            geometry (LineString).
    """
    import geopandas as gpd
    import pandas as pd

    roads = city.roads
    x, y = roads.node_lon_e7 / 1e7, roads.node_lat_e7 / 1e7
    nodes = gpd.GeoDataFrame({"x": x, "y": y}, geometry=gpd.points_from_xy(x, y), crs=CRS)
    nodes.index.name = "osmid"
    ends = pd.DataFrame({"u": roads.link_tail, "v": roads.link_head})
    index = pd.MultiIndex.from_arrays(
        [ends["u"], ends["v"], ends.groupby(["u", "v"]).cumcount()], names=["u", "v", "key"]
    )
    links = gpd.GeoDataFrame(_columns(roads), geometry=_lines(roads), crs=CRS)
    links.index = index
    return nodes, links


def to_networkx(city: City) -> nx.MultiDiGraph:
    """The graph of crossings, with the columns of `to_geopandas` as attributes of nodes and edges.

    Its shortest paths know of no turn bans and no turn costs; those of `to_turn_graph` do.
    """
    import networkx as nx

    nodes, links = to_geopandas(city)
    graph = nx.MultiDiGraph(crs=CRS, name=city.facts.name, simplified=True)
    places = zip(nodes.index.tolist(), nodes["x"].tolist(), nodes["y"].tolist(), strict=True)
    graph.add_nodes_from((node, {"x": x, "y": y}) for node, x, y in places)
    names = list(links.columns)
    rows = zip(*(links[name].tolist() for name in names), strict=True)
    for (tail, head, key), row in zip(links.index.tolist(), rows, strict=True):
        known = {name: value for name, value in zip(names, row, strict=True) if not _is_unknown(value)}
        graph.add_edge(tail, head, key, **known)
    return graph


def to_turn_graph(router: Router) -> nx.DiGraph:
    """The graph that the router searches: nodes are directed links, arcs are the turns that may be taken now.

    A node's `link` is its row (a link that a banned path goes through has several nodes); an arc's `travel_time_ms` is
    from the end of the one link to the end of the other, the turn included. Closed links are not entered, and what is
    banned for the router's kind of vehicle is left out.
    """
    import networkx as nx

    turns, turn_ms = router.network.turns, router.turn_ms
    graph = nx.DiGraph(crs=CRS)
    graph.add_nodes_from((node, {"link": link}) for node, link in enumerate(turns.node_link.tolist()))
    taken = np.flatnonzero(turn_ms != NEVER)
    arcs = zip(turns.tail[taken].tolist(), turns.onward[taken].tolist(), turn_ms[taken].tolist(), strict=True)
    graph.add_weighted_edges_from(arcs, weight="travel_time_ms")
    return graph


def _is_unknown(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _columns(roads: Roads) -> dict[str, Any]:
    names = np.array([name or None for name in roads.names], object)
    classes = np.array([None, *(each.name.lower() for each in RoadClass)], object)
    return {
        "link": np.arange(roads.link_count),
        "osmid": roads.link_ref.copy(),
        "name": names[roads.link_name],
        "highway": classes[roads.link_class],
        "oneway": roads.link_reverse == NO_LINK,
        "lanes": np.where(roads.link_lanes > 0, roads.link_lanes, np.nan),
        "length": roads.link_length_mm / 1000,
        "speed_kph": roads.link_speed_kmh.astype(np.float64),
        "travel_time": roads.link_duration_ms / 1000,
        "signal": roads.link_signal.copy(),
        "maxweight_kg": np.where(roads.link_max_weight_kg > 0, roads.link_max_weight_kg, np.nan),
        "maxheight_cm": np.where(roads.link_max_height_cm > 0, roads.link_max_height_cm, np.nan),
        "hgv": ~roads.link_no_heavy,
    }


def _lines(roads: Roads) -> Any:
    points = np.column_stack([roads.shape_lon_e7 / 1e7, roads.shape_lat_e7 / 1e7])
    link = np.repeat(np.arange(roads.link_count), np.diff(roads.shape_offset))
    return shapely.linestrings(points, indices=link)
