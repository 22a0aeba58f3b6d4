"""Every time that the searches give, against a plain independent Dijkstra, on random little graphs and on Milan."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.build import build_city
from routing.ends import Ends
from routing.positions import SHARE_ONE, Positions, part
from routing.roads import NO_LINK, Roads
from routing.router import NO_WAY_MS, Router
from routing.search import _behind
from routing.turn_costs import FREE, TurnModel
from routing.way import Way
from tests.slow_router import SlowRouter
from tests.worlds import Street, grid_world, roads_of, with_path_bans

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


def assert_permitted(router: Router, way: Way, origin: Positions, end: Positions) -> None:
    """The way's links follow one another, nothing banned is driven, no closed link entered, the parts add up."""
    roads, links = router.roads, way.links.tolist()
    slow = SlowRouter(roads, router.closed)
    for k in range(1, len(links)):
        assert links[k] in slow.after(tuple(links[max(0, k - slow.memory) : k]))
    for link, along, place in ((links[0], way.start_along, origin), (links[-1], way.end_along, end)):
        assert link in (place.link[0], place.reverse[0])
        on = place.along[0] if link == place.link[0] else 1 - place.along[0]
        assert along == pytest.approx(on, abs=2e-9)
    costs = costs_by_turn(router)
    turns_ms = sum(costs[pair] for pair in pairwise(links))
    for whole, total, extra in ((router.link_ms, way.duration_ms, turns_ms), (roads.link_length_mm, way.length_mm, 0)):
        driven = [int(whole[link]) for link in links]
        driven[-1] = part(driven[-1], round(way.end_along * SHARE_ONE))
        driven[0] -= part(int(whole[links[0]]), round(way.start_along * SHARE_ONE))
        assert sum(driven) + extra == total


@st.composite
def path_bans(draw: st.DrawFn, roads: Roads) -> Roads:
    """The roads with up to four banned paths of three to five links, none of which holds another."""
    bans = set(zip(roads.ban_in.tolist(), roads.ban_out.tolist(), strict=True))
    after = [
        [b for b in range(roads.link_count) if roads.link_head[a] == roads.link_tail[b] and (a, b) not in bans]
        for a in range(roads.link_count)
    ]
    kept: list[list[int]] = []
    for _ in range(draw(st.integers(0, 4))):
        path = [draw(st.integers(0, roads.link_count - 1))]
        for _ in range(draw(st.integers(2, 4))):
            if after[path[-1]]:
                path.append(draw(st.sampled_from(after[path[-1]])))
        if len(path) > 2 and not any(holds(path, other) or holds(other, path) for other in kept):
            kept.append(path)
    return with_path_bans(roads, kept)


def holds(path: list[int], part_of_it: list[int]) -> bool:
    return any(path[k : k + len(part_of_it)] == part_of_it for k in range(len(path)))


def costs_by_turn(router: Router) -> dict[tuple[int, int], int]:
    """What each turn costs, by its links."""
    turns, cost_ms = router.network.turns, router.network.turn_cost_ms
    pairs = zip(turns.node_link[turns.tail].tolist(), turns.node_link[turns.onward].tolist(), strict=True)
    return dict(zip(pairs, cost_ms.tolist(), strict=True))


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_times_and_ways_equal_the_slow_ones_on_any_small_graph(data: st.DataObject) -> None:
    roads = data.draw(path_bans(data.draw(small_roads())))
    closed = np.array(data.draw(st.lists(st.booleans(), min_size=roads.link_count, max_size=roads.link_count)))
    closed &= data.draw(st.booleans())
    ms = st.sampled_from([0, 1, 7, 1000]) | st.integers(0, 100_000)
    link_ms = np.array(data.draw(st.lists(ms, min_size=roads.link_count, max_size=roads.link_count)), np.int32)
    model = data.draw(st.sampled_from([FREE, TurnModel(), TurnModel(keep_left=True), TurnModel(1, 2, 3, 4, 5, 0, 0)]))
    origins, ends = data.draw(places_on(roads, 4)), data.draw(places_on(roads, 4))
    router = Router(roads, closed=closed, link_ms=link_ms, turn_model=model)
    slow = SlowRouter(roads, closed, link_ms=link_ms, turn_ms=costs_by_turn(router)).table(origins, ends)
    np.testing.assert_array_equal(router.table(origins, ends), slow)
    for start, end in ((origins, ends), (origins.take([0] * 40), ends), (origins, ends.take([0] * 40))):
        search = router._search
        starts, goals = Ends.of(start, roads.link_count), Ends.of(end, roads.link_count)
        seeds = search.origins(starts), search.destinations(goals)
        for sweep in (search._forward, search._backward):
            times = sweep(*seeds, 2)
            rows, columns = _behind(*seeds)
            times[rows, columns] = search.pairs(starts, goals, rows, columns)
            np.testing.assert_array_equal(times, router.table(start, end))
    for o in range(len(origins)):
        for d in range(len(ends)):
            way = router.route(origins.take(o), ends.take(d))
            if way is None:
                assert slow[o, d] == NO_WAY_MS
            else:
                assert way.duration_ms == slow[o, d]
                assert_permitted(router, way, origins.take(o), ends.take(d))


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_the_end_of_each_link_is_reached_when_a_table_says(data: st.DataObject) -> None:
    roads = data.draw(path_bans(data.draw(small_roads())))
    router = Router(roads, turn_model=TurnModel())
    origins = data.draw(places_on(roads, 3))
    links = np.arange(roads.link_count, dtype=np.int32)
    ends = Positions(links, np.full(len(links), NO_LINK, np.int32), np.ones(len(links)), np.zeros(len(links)))
    np.testing.assert_array_equal(router.reach(origins), router.table(origins, ends).min(axis=0))


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
def test_rows_and_columns_asked_for_alone_come_to_the_same(data: st.DataObject) -> None:
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
        assert times.tolist() == [2_124_000_000, *[4294967295] * 4]


def test_of_equal_ways_the_same_is_taken_again_and_by_another_router() -> None:
    roads = grid_world(9, 9)
    places = Router(roads).snap(roads.node_lon_e7 / 1e7, roads.node_lat_e7 / 1e7)
    ways = [
        router.route(places.take(0), places.take(80)) for router in (Router(roads), Router(roads)) for _ in range(2)
    ]
    assert len({tuple(way.links.tolist()) for way in ways if way is not None}) == 1
    assert [way.duration_ms for way in ways if way is not None] == [160_000] * 4


@pytest.mark.shared
def test_two_thousand_pairs_on_milan_with_its_turn_bans(shared_data: Path) -> None:
    city = build_city(shared_data / "osm" / "milan_2015.osm.pbf", name="milan", progress=lambda _: None)
    roads = city.roads
    assert len(roads.ban_in) > 1000
    rng = np.random.default_rng(20)
    west, south, east, north = city.facts.bbox
    places = Router(roads).snap(rng.uniform(west, east, sum(MILAN_PAIRS)), rng.uniform(south, north, sum(MILAN_PAIRS)))
    origins, ends = places.take(np.arange(MILAN_PAIRS[0])), places.take(np.arange(MILAN_PAIRS[0], sum(MILAN_PAIRS)))
    router = Router.of(city)
    costs = costs_by_turn(router)
    slow = SlowRouter(roads, turn_ms=costs).table(origins, ends)
    assert slow.size >= 2000
    np.testing.assert_array_equal(router.table(origins, ends), slow)
    free = Router(roads).table(origins, ends)
    assert (free <= slow).all()
    none = np.empty(0, dtype=np.int32)
    unbanned = replace(roads, ban_in=none, ban_out=none, path_ban_offset=np.zeros(1, np.int64), path_ban_link=none)
    without_bans = Router(unbanned).table(origins, ends)
    assert (without_bans <= free).all()
    assert (without_bans < free).any(), "no pair of this sample meets a ban, so it proves nothing about bans"
    for o in range(0, len(origins), 4):
        for d in range(0, len(ends), 4):
            way = router.route(origins.take(o), ends.take(d))
            assert way is not None
            assert way.duration_ms == slow[o, d]
            assert_permitted(router, way, origins.take(o), ends.take(d))
