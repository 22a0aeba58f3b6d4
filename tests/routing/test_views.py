"""Views of a city for planners' tools, held by what those tools compute."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np
import osmnx as ox
import pytest

from routing.positions import Positions
from routing.roads import NO_LINK, Roads
from routing.router import NO_WAY_MS, Router
from routing.shapes import link_shape
from routing.turn_costs import TurnModel
from routing.views import to_geopandas, to_networkx, to_turn_graph
from tests.worlds import (
    Street,
    banned_left_world,
    city_of_roads,
    grid_world,
    link_between,
    ring_world,
    roads_of,
    with_path_bans,
)


def rich_world() -> Roads:
    """Two parallel streets of which one is bent and slow, and a one-way street on; limits and names on some."""
    roads = roads_of(
        [(0, 0), (100, 0), (300, 0)],
        [Street(0, 1, name="High Street"), Street(0, 1, via_m=((50, 50),), speed_kmh=18), Street(1, 2, two_way=False)],
    )
    weight, lanes = roads.link_max_weight_kg.copy(), roads.link_lanes.copy()
    weight[2], lanes[4] = 3500, 0
    return replace(roads, link_max_weight_kg=weight, link_lanes=lanes)


def path_banned_world() -> Roads:
    """A grid in which three streets in a row may not be driven one after the other."""
    roads = grid_world(4, 4)
    row = [link_between(roads, a, b) for a, b in ((0, 1), (1, 2), (2, 3))]
    return with_path_bans(roads, [row])


@pytest.mark.parametrize(
    "roads",
    [grid_world(5, 4), banned_left_world(), ring_world(8), path_banned_world()],
    ids=["grid", "ban", "ring", "path"],
)
@pytest.mark.parametrize("closes", [False, True])
def test_shortest_paths_of_the_turn_graph_take_as_long_as_the_routers(roads: Roads, closes: bool) -> None:
    """From the end of each link to the end of each other, to the millisecond, with what turns cost."""
    closed = np.zeros(roads.link_count, np.bool_)
    closed[2] = closes
    router = Router(roads, turn_model=TurnModel(), closed=closed)
    graph = to_turn_graph(router)
    n = roads.link_count
    links = np.arange(n, dtype=np.int32)
    ends = Positions(links, np.full(n, NO_LINK, np.int32), np.ones(n), np.zeros(n))
    expected = router.table(ends, ends)
    link_of = nx.get_node_attributes(graph, "link")
    for origin in range(n):
        found = np.full(n, NO_WAY_MS, np.uint32)
        for node, ms in nx.single_source_dijkstra_path_length(graph, origin, weight="travel_time_ms").items():
            found[link_of[node]] = min(found[link_of[node]], ms)
        differs = np.flatnonzero(found != expected[origin])
        assert not len(differs), (origin, differs)


def test_a_path_of_osmnx_is_as_long_as_the_routers_where_turns_are_free() -> None:
    roads = grid_world(6, 5, spacing_m=120)
    graph = to_networkx(city_of_roads(roads, "Gridham"))
    path = ox.routing.shortest_path(graph, 0, 27, weight="travel_time")
    assert path is not None
    took_s = sum(graph.edges[u, v, 0]["travel_time"] for u, v in pairwise(path))
    router = Router(roads)
    way = router.route(
        router.snap([graph.nodes[0]["x"]], [graph.nodes[0]["y"]]),
        router.snap([graph.nodes[27]["x"]], [graph.nodes[27]["y"]]),
    )
    assert way is not None
    assert took_s == pytest.approx(way.duration_ms / 1000)


def test_the_tables_say_what_the_roads_say() -> None:
    roads = rich_world()
    nodes, links = to_geopandas(city_of_roads(roads))
    assert nodes.crs == links.crs == "EPSG:4326"
    assert (len(nodes), len(links)) == (roads.node_count, roads.link_count)
    assert links.index.is_unique
    assert links.index.tolist()[:4] == [(0, 1, 0), (1, 0, 0), (0, 1, 1), (1, 0, 1)]
    assert links["link"].tolist() == list(range(roads.link_count))
    assert links["name"].fillna("-").tolist() == ["High Street", "High Street", "-", "-", "-"]
    assert links["highway"].tolist() == ["residential"] * 5
    assert links["oneway"].tolist() == [False] * 4 + [True]
    assert links["length"].tolist() == pytest.approx([100, 100, 2 * 50 * 2**0.5, 2 * 50 * 2**0.5, 200], abs=0.001)
    assert links["travel_time"].tolist() == pytest.approx([10, 10, 28.284, 28.284, 20], abs=0.001)
    assert links["speed_kph"].tolist() == [36, 36, 18, 18, 36]
    assert links["maxweight_kg"].fillna(0).tolist() == [0, 0, 3500, 0, 0]
    assert links["lanes"].isna().tolist() == [False] * 4 + [True]
    for k, line in enumerate(links.geometry):
        lon, lat, _ = link_shape(roads, k)
        assert list(line.coords) == list(zip(lon.tolist(), lat.tolist(), strict=True))


def test_the_graph_is_one_that_osmnx_turns_into_the_same_tables() -> None:
    city = city_of_roads(rich_world())
    nodes, links = to_geopandas(city)
    graph = to_networkx(city)
    assert (graph.graph["crs"], graph.graph["name"]) == ("EPSG:4326", "world")
    assert "maxweight_kg" not in graph.edges[0, 1, 0]
    back_nodes, back_links = ox.convert.graph_to_gdfs(graph)
    assert back_nodes["x"].tolist() == nodes["x"].tolist()
    back = back_links.loc[links.index]
    for column in ("link", "length", "travel_time", "speed_kph", "oneway", "geometry"):
        assert back[column].tolist() == links[column].tolist()


def test_a_view_is_a_copy() -> None:
    roads = grid_world(2, 2)
    _, links = to_geopandas(city_of_roads(roads))
    links["osmid"] = -1
    assert (roads.link_ref >= 0).all()
