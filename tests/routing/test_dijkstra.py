"""Every time that the searches give, against a plain independent Dijkstra, on random little graphs and on Milan."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from routing.build import build_city
from routing.positions import SHARE_ONE, Positions, part
from routing.roads import NO_LINK, Roads
from routing.router import NO_WAY_MS, Router
from routing.way import Way
from tests.slow_router import SlowRouter
from tests.worlds import Street, grid_world, roads_of

MILAN_PAIRS = (40, 60)


@st.composite
def small_roads(draw: st.DrawFn) -> Roads:
    """Up to six nodes and ten streets: loops, parallel links, parts without a way between them, any turn banned."""
    nodes = draw(st.integers(1, 6))
    node = st.integers(0, nodes - 1)
    street = st.builds(
        Street,
        tail=node,
        head=node,
        two_way=st.booleans(),
        speed_kmh=st.sampled_from([1, 36, 50]),
        length_m=st.floats(0.0, 40.0),
        via_m=st.sampled_from([(), ((50.0, 50.0),)]),
    )
    streets = draw(st.lists(street, min_size=1, max_size=10))
    roads = roads_of([(100.0 * k, 0.0) for k in range(nodes)], streets)
    meeting = [
        (a, b)
        for a in range(roads.link_count)
        for b in range(roads.link_count)
        if roads.link_head[a] == roads.link_tail[b]
    ]
    bans = draw(st.lists(st.sampled_from(meeting), max_size=8)) if meeting else []
    return roads_of([(100.0 * k, 0.0) for k in range(nodes)], streets, bans)


@st.composite
def places_on(draw: st.DrawFn, roads: Roads, most: int) -> Positions:
    """Places at ends, middles and anywhere of any link, taken in one direction or both; now and then none at all."""
    link = draw(st.lists(st.integers(NO_LINK, roads.link_count - 1), min_size=1, max_size=most))
    both = [draw(st.booleans()) for _ in link]
    share = st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0.0, 1.0)
    reverse = [int(roads.link_reverse[k]) if k != NO_LINK and b else NO_LINK for k, b in zip(link, both, strict=True)]
    return Positions(
        np.array(link, dtype=np.int32),
        np.array(reverse, dtype=np.int32),
        np.array([draw(share) for _ in link]),
        np.zeros(len(link)),
    )


def assert_permitted(roads: Roads, closed: NDArray[np.bool_], way: Way, origin: Positions, end: Positions) -> None:
    """The way's links follow one another, no turn is banned, no closed link is entered, the parts add up."""
    links = way.links.tolist()
    bans = set(zip(roads.ban_in.tolist(), roads.ban_out.tolist(), strict=True))
    for a, b in pairwise(links):
        assert roads.link_head[a] == roads.link_tail[b]
        assert (a, b) not in bans
        assert not closed[b]
    for link, along, place in ((links[0], way.start_along, origin), (links[-1], way.end_along, end)):
        assert link in (place.link[0], place.reverse[0])
        on = place.along[0] if link == place.link[0] else 1 - place.along[0]
        assert along == pytest.approx(on, abs=2e-9)
    for whole, total in ((roads.link_duration_ms, way.duration_ms), (roads.link_length_mm, way.length_mm)):
        driven = [int(whole[link]) for link in links]
        driven[-1] = part(driven[-1], round(way.end_along * SHARE_ONE))
        driven[0] -= part(int(whole[links[0]]), round(way.start_along * SHARE_ONE))
        assert sum(driven) == total


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_times_and_ways_equal_the_slow_ones_on_any_small_graph(data: st.DataObject) -> None:
    roads = data.draw(small_roads())
    closed = np.array(data.draw(st.lists(st.booleans(), min_size=roads.link_count, max_size=roads.link_count)))
    closed &= data.draw(st.booleans())
    origins, ends = data.draw(places_on(roads, 4)), data.draw(places_on(roads, 4))
    router = Router(roads, closed=closed)
    times = router.table(origins, ends)
    np.testing.assert_array_equal(times, SlowRouter(roads, closed).table(origins, ends))
    for o in range(len(origins)):
        for d in range(len(ends)):
            way = router.route(origins.take(o), ends.take(d))
            if way is None:
                assert times[o, d] == NO_WAY_MS
            else:
                assert way.duration_ms == times[o, d]
                assert_permitted(roads, closed, way, origins.take(o), ends.take(d))


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_on_a_way_the_time_left_is_what_is_not_yet_spent(data: st.DataObject) -> None:
    roads = data.draw(small_roads())
    router = Router(roads)
    origin, end = data.draw(places_on(roads, 1)), data.draw(places_on(roads, 1))
    way = router.route(origin, end)
    if way is None:
        return
    for spent_ms in {0, way.duration_ms, *(data.draw(st.integers(0, way.duration_ms)) for _ in range(4))}:
        assert router.table(way.position_at(spent_ms), end)[0, 0] == way.duration_ms - spent_ms


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_searches_from_origins_and_trees_to_destinations_come_to_the_same(data: st.DataObject) -> None:
    roads = data.draw(small_roads())
    places = data.draw(places_on(roads, 6))
    forward = np.concatenate([Router(roads).table(places.take(o), places) for o in range(len(places))])
    backward = np.concatenate([Router(roads).table(places, places.take(d)) for d in range(len(places))], axis=1)
    np.testing.assert_array_equal(forward, backward)


def test_a_way_too_long_for_the_type_is_none() -> None:
    slow = [Street(k, k + 1, two_way=False, speed_kmh=1, length_m=590_000) for k in range(5)]
    roads = roads_of([(1000.0 * k, 0.0) for k in range(6)], slow)
    assert int(roads.link_duration_ms[0]) == 2_124_000_000
    starts = Positions(np.zeros(5, np.int32), np.full(5, NO_LINK, np.int32), np.zeros(5), np.zeros(5))
    ends = Positions(
        np.arange(5, dtype=np.int32), np.full(5, NO_LINK, np.int32), np.array([1.0, 1.0, 0.5, 0.0, 0.0]), np.zeros(5)
    )
    for times in (Router(roads).table(starts.take(0), ends)[0], Router(roads).table(starts, ends)[0]):
        assert times.tolist() == [2_124_000_000, 4_248_000_000, *[4294967295] * 3]


def test_of_equal_ways_the_one_that_leaves_along_link_and_turns_into_the_lowest_rows_is_taken() -> None:
    roads = grid_world(3, 3)
    router = Router(roads)
    way = router.route(router.snap(0.0, 0.0), router.snap(roads.node_lon_e7[8] / 1e7, roads.node_lat_e7[8] / 1e7))
    assert way is not None
    ends = [(int(roads.link_tail[link]), int(roads.link_head[link])) for link in way.links]
    assert ends[:-1] == [(0, 1), (1, 2), (2, 5), (5, 8)]
    assert way.duration_ms == 40_000


@pytest.mark.shared
def test_two_thousand_pairs_on_milan_with_its_turn_bans(shared_data: Path) -> None:
    city = build_city(shared_data / "osm" / "milan_2015.osm.pbf", name="milan", progress=lambda _: None)
    roads = city.roads
    assert len(roads.ban_in) > 1000
    rng = np.random.default_rng(20)
    west, south, east, north = city.facts.bbox
    places = Router(roads).snap(rng.uniform(west, east, sum(MILAN_PAIRS)), rng.uniform(south, north, sum(MILAN_PAIRS)))
    origins, ends = places.take(np.arange(MILAN_PAIRS[0])), places.take(np.arange(MILAN_PAIRS[0], sum(MILAN_PAIRS)))
    slow = SlowRouter(roads).table(origins, ends)
    router = Router(roads)
    assert slow.size >= 2000
    np.testing.assert_array_equal(router.table(origins, ends), slow)
    forward = [Router(roads, cache_bytes=0).table(origins.take(o), ends)[0] for o in range(3)]
    np.testing.assert_array_equal(forward, slow[:3])
    none = np.empty(0, dtype=np.int32)
    free = Router(replace(roads, ban_in=none, ban_out=none)).table(origins, ends)
    assert (free <= slow).all()
    assert (free < slow).any(), "no pair of this sample meets a ban, so it proves nothing about bans"
    nothing_closed = np.zeros(roads.link_count, dtype=np.bool_)
    for o in range(len(origins)):
        for d in range(len(ends)):
            way = router.route(origins.take(o), ends.take(d))
            assert way is not None
            assert way.duration_ms == slow[o, d]
            assert_permitted(roads, nothing_closed, way, origins.take(o), ends.take(d))
