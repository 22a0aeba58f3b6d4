"""Every time that the searches give, against a plain independent Dijkstra, on random little graphs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from routing.ends import Ends
from routing.positions import SHARE_ONE, Positions, part, position_on
from routing.roads import NO_LINK
from routing.router import LONGEST_LINK_MS, NO_WAY_MS, Router
from routing.search import _in_threads
from routing.turn_costs import FREE, TurnModel
from routing.way import Way
from tests.pair_battery import costs_by_turn
from tests.slow_router import SlowRouter
from tests.small_worlds import EXAMPLES, path_bans, places_on, small_roads
from tests.worlds import Street, grid_world, link_between, roads_of


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


@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_times_and_ways_equal_the_slow_ones_on_any_small_graph(data: st.DataObject) -> None:
    roads = data.draw(path_bans(data.draw(small_roads())))
    closed = np.array(data.draw(st.lists(st.booleans(), min_size=roads.link_count, max_size=roads.link_count)))
    closed &= data.draw(st.booleans())
    ms = st.sampled_from([0, 1, 7, 1000, LONGEST_LINK_MS // 3, LONGEST_LINK_MS]) | st.integers(0, 100_000)
    link_ms = np.array(data.draw(st.lists(ms, min_size=roads.link_count, max_size=roads.link_count)), np.int32)
    model = data.draw(st.sampled_from([FREE, TurnModel(), TurnModel(keep_left=True), TurnModel(1, 2, 3, 4, 5, 0, 0)]))
    origins, ends = data.draw(places_on(roads, 4)), data.draw(places_on(roads, 4))
    router = Router(roads, closed=closed, link_ms=link_ms, turn_model=model)
    slow = SlowRouter(roads, closed, link_ms=link_ms, turn_ms=costs_by_turn(router)).table(origins, ends)
    np.testing.assert_array_equal(router.table(origins, ends), slow)
    for start, end in ((origins, ends), (origins.take([0] * 40), ends), (origins, ends.take([0] * 40))):
        for times in both_sweeps(router, start, end):
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
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_the_end_of_each_link_is_reached_when_a_table_says(data: st.DataObject) -> None:
    roads = data.draw(path_bans(data.draw(small_roads())))
    router = Router(roads, turn_model=TurnModel())
    origins = data.draw(places_on(roads, 3))
    links = np.arange(roads.link_count, dtype=np.int32)
    ends = Positions(links, np.full(len(links), NO_LINK, np.int32), np.ones(len(links)), np.zeros(len(links)))
    np.testing.assert_array_equal(router.reach(origins), router.table(origins, ends).min(axis=0))


@given(data=st.data())
@settings(max_examples=EXAMPLES // 2, deadline=None)
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
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_rows_and_columns_asked_for_alone_come_to_the_same(data: st.DataObject) -> None:
    roads = data.draw(small_roads())
    places = data.draw(places_on(roads, 6))
    forward = np.concatenate([Router(roads).table(places.take(o), places) for o in range(len(places))])
    backward = np.concatenate([Router(roads).table(places, places.take(d)) for d in range(len(places))], axis=1)
    np.testing.assert_array_equal(forward, backward)


def test_all_searches_draw_the_line_at_the_same_longest_way() -> None:
    roads = roads_of([(1000.0 * k, 0.0) for k in range(4)], [Street(k, k + 1, two_way=False) for k in range(3)])
    router = Router(roads, link_ms=np.array([LONGEST_LINK_MS - 1000, LONGEST_LINK_MS, 0], np.int32))
    start = position_on(0, 0.0)
    for share, spent_ms in ((0, 0), (930, 999), (931, 1000), (932, 1001), (SHARE_ONE, LONGEST_LINK_MS)):
        assert part(LONGEST_LINK_MS, share) == spent_ms
        end = position_on(1, share / SHARE_ONE)
        expected = LONGEST_LINK_MS - 1000 + spent_ms if spent_ms <= 1000 else int(NO_WAY_MS)
        assert every_answer(router, start, end) == {expected}


def test_a_very_slow_link_takes_no_way_from_those_that_avoid_it() -> None:
    roads = grid_world(5, 5)
    slow = link_between(roads, 11, 12)
    reverse = int(roads.link_reverse[slow])
    link_ms = roads.link_duration_ms.copy()
    link_ms[slow] = LONGEST_LINK_MS
    start = position_on(link_between(roads, 0, 1), 0.0)
    ends = Positions.concatenate([
        position_on(slow, 0.0), position_on(slow, 0.25, reverse=reverse), position_on(reverse, 0.5),
        position_on(link_between(roads, 13, 14), 1.0),
    ])  # fmt: skip
    slow_times = SlowRouter(roads, link_ms=link_ms).table(start, ends)[0]
    assert slow_times.tolist() == [30_000, 47_500, 45_000, 60_000]
    for d, expected in enumerate(slow_times.tolist()):
        assert every_answer(Router(roads, link_ms=link_ms), start, ends.take(d)) == {expected}
    for times in both_sweeps(Router(roads, link_ms=link_ms), start, ends):
        np.testing.assert_array_equal(times[0], slow_times)


def every_answer(router: Router, start: Positions, end: Positions) -> set[int]:
    """The time from one place to another, by each search that gives it."""
    way = router.route(start, end)
    sweeps = [int(times[0, 0]) for times in both_sweeps(router, start, end)]
    return {int(router.times(start, end)[0]), int(NO_WAY_MS) if way is None else way.duration_ms, *sweeps}


def both_sweeps(router: Router, start: Positions, end: Positions) -> list[NDArray[np.uint32]]:
    """The table by a sweep from the origins and by one from the destinations."""
    search = router._search
    starts, goals = Ends.of(start, router.roads.link_count), Ends.of(end, router.roads.link_count)
    return [search._swept(sweep, starts, goals, 2) for sweep in (search._forward, search._backward)]


@pytest.mark.parametrize("most", [1, 5, 300])
def test_many_places_on_few_streets_are_all_told_apart(most: int) -> None:
    roads = grid_world(5, 4, bans=[(k, k ^ 1) for k in range(0, 40, 3)])
    rng = np.random.default_rng(most)
    link = rng.choice(rng.permutation(roads.link_count)[:most], 300).astype(np.int32)
    reverse = np.where(rng.random(300) < 0.5, roads.link_reverse[link], NO_LINK).astype(np.int32)
    # Few shares in all, so that some places are one, and some ahead by so little that the time is the same.
    along = rng.choice([0.0, 0.25, 0.25 + 1e-9, 0.5, 1.0], 300)
    router = Router(roads, turn_model=TurnModel())
    places = Positions(link, reverse, along, np.zeros(300))
    origins, ends = places.take(np.arange(150)), places.take(np.arange(150, 300))
    rows, columns = np.divmod(np.arange(150 * 150), 150)
    expected = router.times(origins.take(rows), ends.take(columns)).reshape(150, 150)
    for times in both_sweeps(router, origins, ends):
        np.testing.assert_array_equal(times, expected)


def test_a_thread_that_fails_fails_the_table() -> None:
    def work(begin: int, end: int) -> None:
        if begin > 0:
            raise MemoryError(f"rows {begin} to {end}")

    with pytest.raises(MemoryError, match="rows 32 to 64"):
        _in_threads(work, rows=64, lanes=16, threads=2)


def test_of_equal_ways_the_same_is_taken_again_and_by_another_router() -> None:
    roads = grid_world(9, 9)
    places = Router(roads).snap(roads.node_lon_e7 / 1e7, roads.node_lat_e7 / 1e7)
    ways = [
        router.route(places.take(0), places.take(80)) for router in (Router(roads), Router(roads)) for _ in range(2)
    ]
    assert len({tuple(way.links.tolist()) for way in ways if way is not None}) == 1
    assert [way.duration_ms for way in ways if way is not None] == [160_000] * 4
