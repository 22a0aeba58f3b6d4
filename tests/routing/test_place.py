"""A city by name: osmnx's graph put together into ways again, and what is said where there is no internet."""

from __future__ import annotations

import itertools
from collections import Counter
from random import Random
from typing import Any

import geopandas
import networkx
import osmnx
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.faults import BadInput
from routing.build import build_place
from routing.osm import ATTRIBUTION
from routing.place import NO_RESTRICTIONS, chains, reading_of_graph
from routing.roads import PointOfInterest
from tests.osm_worlds import bans, links, signalled

PLACES = {1: (120.10, 33.3), 2: (120.11, 33.3), 3: (120.12, 33.3), 4: (120.11, 33.31), 5: (120.115, 33.3)}


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def graph() -> networkx.MultiDiGraph:
    """Way 10: 1-2-5-3, way 11: 4-2 that osmnx has turned round, way 12: a parking aisle."""
    made = networkx.MultiDiGraph(crs="epsg:4326")
    for node, (x, y) in PLACES.items():
        made.add_node(node, x=x, y=y, street_count=2)
    for tail, head in ((5, 3), (1, 2), (2, 5)):
        made.add_edge(tail, head, osmid=10, highway="primary", name="世纪大道", maxspeed="60", reversed=False)
    made.add_edge(4, 2, osmid=11, highway="residential", oneway="-1", reversed=False)
    made.add_edge(4, 3, osmid=12, highway="service", service="parking_aisle", reversed=False)
    return made


def test_ways_are_put_together_and_cut_at_junctions_only() -> None:
    reading = reading_of_graph(graph(), (), source="Yancheng")
    key, draft = reading.draft.node_key, reading.draft
    ends = [(int(key[a]), int(key[b])) for a, b in zip(draft.link_tail, draft.link_head, strict=True)]
    assert sorted(ends) == [(1, 2), (2, 1), (2, 3), (3, 2), (4, 2)]
    assert sorted(draft.link_speed_kmh.tolist()) == [30, 60, 60, 60, 60]
    assert draft.shape_offset[-1] == 2 + 2 + 3 + 3 + 2
    assert (reading.attribution, reading.notes) == (ATTRIBUTION, (NO_RESTRICTIONS,))
    assert sum(reading.dropped.values()) == 1


def test_signals_barriers_and_limits_come_with_the_nodes_and_ways() -> None:
    made = graph()
    made.nodes[2].update(highway="traffic_signals")
    made.nodes[5].update(barrier="bollard", access="no")
    made.add_edge(3, 4, osmid=13, highway="residential", maxweight="3.5", hgv="no", reversed=False)
    reading = reading_of_graph(made, (), source="Yancheng")
    assert signalled(reading.draft) == {(1, 2, 10), (5, 2, 10), (4, 2, 11)}
    assert bans(reading.draft) == {((2, 5, 10), (5, 3, 10)), ((3, 5, 10), (5, 2, 10))}
    marked = zip(links(reading.draft), reading.draft.link_max_weight_kg, reading.draft.link_no_heavy, strict=True)
    assert {link for link, kg, no_heavy in marked if (kg, no_heavy) == (3500, True)} == {(3, 4, 13), (4, 3, 13)}
    assert reading.notes[1].startswith("1 barriers on drivable roads let no motor vehicle pass")


@given(st.lists(st.integers(1, 6), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_chains_use_each_step_once_and_are_few(nodes: list[int], shuffler: Random) -> None:
    steps = list(itertools.pairwise(nodes))
    shuffler.shuffle(steps)
    runs = list(chains(steps))
    assert Counter(step for run in runs for step in itertools.pairwise(run)) == Counter(steps)
    # A simple path comes back as the one way that it was.
    if len(set(nodes)) == len(nodes):
        assert runs == [tuple(nodes)]


def test_a_city_is_built_from_what_osmnx_hands_over(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def roads(query: str, **options: object) -> networkx.MultiDiGraph:
        seen.update(options, query=query, all_oneway=osmnx.settings.all_oneway, cache=osmnx.settings.use_cache)
        seen.update(node_tags=osmnx.settings.useful_tags_node, way_tags=osmnx.settings.useful_tags_way)
        return graph()

    square = shapely.box(120.1, 33.3, 120.2, 33.4)
    table = geopandas.GeoDataFrame(
        {"amenity": ["hospital", None], "shop": [None, "car_repair"], "name": ["市一院", None]},
        geometry=[square, shapely.Point(120.11, 33.31)],
        crs="epsg:4326",
    )
    monkeypatch.setattr(osmnx, "graph_from_place", roads)
    monkeypatch.setattr(osmnx, "features_from_place", lambda _query, **_: table)
    city = build_place("Yancheng, China", name="yancheng", progress=quiet)
    assert (city.facts.source, city.facts.timezone) == ("Yancheng, China", "Asia/Shanghai")
    assert (city.facts.nodes, city.facts.links) == (4, 5)
    assert city.facts.pois == {"car_repair": 1, "hospital": 1}
    assert city.pois[0] == PointOfInterest("hospital", "市一院", 120.15, 33.35)
    assert seen["simplify"] is False
    assert {"barrier", "highway", "traffic_signals:direction", "motor_vehicle"} <= set(seen["node_tags"])
    assert {"maxweight:hgv:forward", "maxheight", "hgv", "goods:backward"} <= set(seen["way_tags"])
    assert (seen["all_oneway"], seen["cache"]) == (True, False)
    assert (osmnx.settings.all_oneway, osmnx.settings.use_cache) == (False, True)


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (ConnectionError("no route to host"), "needs the internet"),
        (TimeoutError("too slow"), "needs the internet"),
        (osmnx._errors.InsufficientResponseError("nothing there"), "finds no such place"),
        (TypeError("no polygon"), "cannot be used .no polygon"),
    ],
)
def test_what_goes_wrong_over_the_internet_is_said(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, words: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(osmnx, "graph_from_place", fail)
    with pytest.raises(BadInput, match=words):
        build_place("Nowhere", name="nowhere", progress=quiet)
    assert osmnx.settings.all_oneway is False


def test_a_place_without_points_of_interest_is_a_city_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise osmnx._errors.InsufficientResponseError("no features")

    monkeypatch.setattr(osmnx, "graph_from_place", lambda _query, **_: graph())
    monkeypatch.setattr(osmnx, "features_from_place", nothing)
    assert build_place("Village", name="village", timezone="Asia/Tokyo", progress=quiet).pois == ()


def test_a_place_without_roads_is_refused() -> None:
    made = networkx.MultiDiGraph()
    made.add_node(1, x=1.0, y=1.0)
    with pytest.raises(BadInput, match="no drivable road"):
        reading_of_graph(made, (), source="Desert")
