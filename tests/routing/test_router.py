"""The router on worlds whose times follow by arithmetic: bans, closures, same streets, versions and kept trees."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from routing.positions import Positions, position_on
from routing.profiles import ANY, HEAVY, LIGHT
from routing.roads import NO_LINK, Roads
from routing.router import NO_WAY_MS, Router
from routing.turns import permitted_turns
from tests.worlds import banned_left_world, degrees, grid_world, link_between, ring_world, roads_of, split_world


def crossings(router: Router) -> Positions:
    return router.snap(router.roads.node_lon_e7 / 1e7, router.roads.node_lat_e7 / 1e7)


def closing(roads: Roads, *ends: tuple[int, int]) -> Router:
    closed = np.zeros(roads.link_count, dtype=np.bool_)
    closed[[link_between(roads, tail, head) for tail, head in ends]] = True
    return Router(roads, closed=closed)


def test_a_grid_is_driven_at_manhattan_distance() -> None:
    router = Router(grid_world(5, 4, spacing_m=200, speed_kmh=72))
    x, y = np.arange(20) % 5, np.arange(20) // 5
    steps = np.abs(x[:, None] - x) + np.abs(y[:, None] - y)
    np.testing.assert_array_equal(router.table(crossings(router), crossings(router)), steps * 10_000)


def test_a_one_way_ring_is_driven_round() -> None:
    router = Router(ring_world(6, spacing_m=50))
    middles = Positions(np.arange(6, dtype=np.int32), np.full(6, NO_LINK, np.int32), np.full(6, 0.5), np.zeros(6))
    rounds = (np.arange(6) - np.arange(6)[:, None]) % 6
    np.testing.assert_array_equal(router.table(middles, middles), rounds * 5_000)


def test_a_banned_left_turn_is_driven_round() -> None:
    free, banned = Router(grid_world(3, 3)), Router(banned_left_world())
    on_the_way = position_on(link_between(free.roads, 1, 4), 1.0)
    west = crossings(free).take(3)
    assert free.table(on_the_way, west)[0, 0] == 10_000
    assert banned.table(on_the_way, west)[0, 0] == 30_000
    assert banned.table(crossings(free).take(1), west)[0, 0] == 20_000


def test_turning_round_is_free_unless_it_is_banned() -> None:
    roads = grid_world(2, 1)
    there, back = link_between(roads, 0, 1), link_between(roads, 1, 0)
    ahead, behind = position_on(there, 0.9), position_on(there, 0.8)
    assert Router(roads).table(ahead, position_on(back, 0.2))[0, 0] == 1_000 + 2_000
    assert Router(roads).table(ahead, behind)[0, 0] == 1_000 + 10_000 + 8_000
    banned = Router(grid_world(2, 1, bans=[(there, back)]))
    assert banned.table(ahead, behind)[0, 0] == NO_WAY_MS
    assert banned.route(ahead, behind) is None


def test_on_the_same_street_a_place_ahead_is_reached_directly_and_either_way_if_both_are_open() -> None:
    roads = grid_world(2, 2)
    router = Router(roads)
    one = position_on(0, 0.2, reverse=1)
    other = position_on(0, 0.9, reverse=1)
    swapped = position_on(1, 0.1, reverse=0)
    assert router.table(one, other)[0, 0] == 7_000
    assert router.table(other, one)[0, 0] == 7_000
    assert router.table(one, swapped)[0, 0] == 7_000
    way = router.route(other, one)
    assert way is not None
    assert way.links.tolist() == [1]
    assert way.start_along == pytest.approx(0.1)
    assert way.end_along == pytest.approx(0.8)


def test_between_parts_without_a_way_there_is_none() -> None:
    router = Router(split_world())
    places = router.snap(*np.transpose([degrees(50, 0), degrees(10_050, 0)]), strong_only=False)
    assert router.table(places, places).tolist() == [[0, int(NO_WAY_MS)], [int(NO_WAY_MS), 0]]
    assert router.route(places.take(0), places.take(1)) is None


def test_to_and_from_a_place_that_was_not_found_there_is_no_way() -> None:
    router = Router(grid_world(2, 2))
    places = Positions.concatenate([position_on(0, 0.5), position_on(NO_LINK, 0.0)])
    assert router.table(places, places).tolist() == [[0, int(NO_WAY_MS)], [int(NO_WAY_MS)] * 2]
    assert router.route(places.take(1), places.take(0)) is None
    assert router.route(places.take(0), places.take(1)) is None


def test_a_closed_link_is_driven_round() -> None:
    roads = grid_world(3, 2)
    router = closing(roads, (0, 1))
    places = crossings(Router(roads))
    start, end = position_on(link_between(roads, 3, 0), 1.0), position_on(link_between(roads, 1, 2), 0.5)
    assert Router(roads).table(start, end)[0, 0] == 15_000
    assert router.table(start, end)[0, 0] == 35_000
    assert router.table(places, places)[2, 0] == 20_000


def test_a_truck_on_a_closed_link_may_leave_it_and_drive_on_along_it() -> None:
    roads = grid_world(3, 2)
    router = closing(roads, (0, 1))
    link = link_between(roads, 0, 1)
    truck = position_on(link, 0.25)
    assert router.table(truck, position_on(link_between(roads, 1, 2), 0.0))[0, 0] == 7_500
    assert router.table(truck, position_on(link, 0.75))[0, 0] == 5_000
    assert router.table(truck, position_on(link, 0.2))[0, 0] == NO_WAY_MS


@pytest.mark.parametrize("origins", [1, 4])
def test_a_place_on_a_closed_link_is_reached_from_the_other_direction_or_not_at_all(origins: int) -> None:
    roads = grid_world(3, 2)
    router = closing(roads, (0, 1))
    link, reverse = link_between(roads, 0, 1), link_between(roads, 1, 0)
    starts = Positions.concatenate([position_on(link_between(roads, 2, 1), 0.5 + o / 10) for o in range(origins)])
    ends = Positions.concatenate([position_on(link, 0.5), position_on(link, 0.5, reverse=reverse)])
    times = router.table(starts, ends)
    assert (times[:, 0] == NO_WAY_MS).all()
    assert times[:, 1].tolist() == [10_000 - 1_000 * o for o in range(origins)]


def test_closures_make_a_new_version_and_leave_the_old_one_as_it_was() -> None:
    roads = grid_world(3, 3)
    router = Router(roads)
    places = crossings(router)
    before = router.table(places, places)
    closed = np.zeros(roads.link_count, dtype=np.bool_)
    closed[link_between(roads, 4, 5)] = True
    shut = router.with_closed(closed)
    assert shut is not router
    assert shut.with_closed(closed.copy()) is shut
    assert (shut.table(places, places) >= before).all()
    closed[:] = True
    assert shut.closed.sum() == 1, "a version must not change with the array that it was made from"
    np.testing.assert_array_equal(router.table(places, places), before)
    np.testing.assert_array_equal(shut.with_closed(np.zeros_like(closed)).table(places, places), before)


def test_closures_of_another_city_are_refused() -> None:
    with pytest.raises(ValueError, match="there are 24 links"):
        Router(grid_world(3, 3), closed=np.zeros(5, dtype=np.bool_))


def test_a_route_has_one_origin_and_one_destination() -> None:
    router = Router(grid_world(3, 3))
    with pytest.raises(ValueError, match="not 9 and 1"):
        router.route(crossings(router), position_on(0, 0.5))


@pytest.mark.parametrize(("n", "m"), [(0, 3), (3, 0), (0, 0)])
def test_an_empty_side_gives_an_empty_table(n: int, m: int) -> None:
    router = Router(grid_world(2, 2))
    nobody = Positions.concatenate([])
    sides = [Positions.concatenate([position_on(0, 0.5)] * size) if size else nobody for size in (n, m)]
    assert router.table(sides[0], sides[1]).shape == (n, m)


def test_repeats_change_no_time() -> None:
    roads = banned_left_world()
    router = Router(roads)
    places = crossings(router)
    whole = router.table(places, places)
    rows, columns = np.array([3, 3, 8, 0]), np.array([5, 1, 5, 7, 2, 2, 0, 4, 6])
    np.testing.assert_array_equal(router.table(places.take(rows), places.take(columns)), whole[rows][:, columns])
    np.testing.assert_array_equal(router.table(places.take(columns), places.take(rows)), whole[columns][:, rows])
    np.testing.assert_array_equal(router.times(places.take(rows), places.take(columns[:4])), whole[rows, columns[:4]])
    with pytest.raises(ValueError, match="4 origins do not pair with 9"):
        router.times(places.take(rows), places.take(columns))


@pytest.mark.parametrize(("n", "m"), [(700, 3), (3, 700), (200, 150)])
def test_large_tables_in_several_threads_equal_single_times(n: int, m: int) -> None:
    router = Router(grid_world(12, 12), threads=3)
    rng = np.random.default_rng(n)
    links = rng.integers(0, router.roads.link_count, n + m).astype(np.int32)
    reverse = np.where(rng.random(n + m) < 0.5, router.roads.link_reverse[links], NO_LINK).astype(np.int32)
    places = Positions(links, reverse, rng.random(n + m), np.zeros(n + m))
    origins, ends = places.take(np.arange(n)), places.take(np.arange(n, n + m))
    o, d = np.divmod(np.arange(n * m), m)
    np.testing.assert_array_equal(router.table(origins, ends).reshape(-1), router.times(origins.take(o), ends.take(d)))


@pytest.mark.parametrize(
    ("link", "along", "fault"), [(99, 0.5, "link 99 is none of the 24"), (0, 1.5, "not between"), (0, np.nan, "nan")]
)
def test_a_place_that_is_none_is_refused_before_any_kernel_sees_it(link: int, along: float, fault: str) -> None:
    router = Router(grid_world(3, 3))
    with pytest.raises(ValueError, match=fault):
        router.table(position_on(link, along), position_on(0, 0.5))


@pytest.mark.parametrize("ms", [-1, 2**31 - 1])
def test_a_link_that_takes_no_time_that_there_is_is_refused(ms: int) -> None:
    roads = grid_world(2, 2)
    with pytest.raises(ValueError, match=f"link 3 takes {ms} ms"):
        Router(roads).version(link_ms=np.where(np.arange(roads.link_count) == 3, ms, 5).astype(np.int32))


@pytest.mark.parametrize("values", [np.full(8, 2**32 + 5), np.full(8, 2.5), np.full(8, np.nan)])
def test_times_that_would_become_others_as_whole_milliseconds_are_refused(values: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="link_ms holds a value that is no int32"):
        Router(grid_world(2, 2)).version(link_ms=values)


def test_a_link_beyond_the_type_is_not_taken_for_another() -> None:
    far = Positions(np.array([2**32 + 1]), np.array([NO_LINK]), np.array([0.5]), np.zeros(1))
    with pytest.raises(ValueError, match="link holds a value that is no int32"):
        Router(grid_world(2, 2)).table(far, position_on(0, 0.5))


def test_columns_of_places_that_do_not_go_together_are_refused() -> None:
    three = Positions.concatenate([position_on(k, 0.5) for k in range(3)])
    for places in (replace(three, reverse=three.reverse[:1]), replace(three, along=three.along[:2])):
        with pytest.raises(ValueError, match="do not go together"):
            Router(grid_world(2, 2)).times(places, places)


def test_arrays_with_gaps_and_of_other_types_give_the_same_table() -> None:
    router = Router(grid_world(6, 6))
    wide = crossings(router).take(np.repeat(np.arange(36), 2))
    gaps = Positions(wide.link[::2], wide.reverse[::2].astype(np.int64), wide.along[::2], wide.off_m[::2])
    np.testing.assert_array_equal(router.table(gaps, gaps), router.table(crossings(router), crossings(router)))


def test_turns_that_are_banned_for_heavy_vehicles_alone_hold_for_these_alone() -> None:
    roads = banned_left_world()
    heavy_only = replace(
        roads, ban_in=roads.heavy_ban_in, ban_out=roads.heavy_ban_out, heavy_ban_in=roads.ban_in,
        heavy_ban_out=roads.ban_out,
    )  # fmt: skip
    router = Router(heavy_only)
    on_the_way, west = position_on(link_between(roads, 1, 4), 1.0), crossings(Router(grid_world(3, 3))).take(3)
    assert router.table(on_the_way, west)[0, 0] == 10_000
    assert router.version(profile=HEAVY).table(on_the_way, west)[0, 0] == 30_000
    assert router.version(profile=ANY) is router


def test_several_threads_may_ask_one_router() -> None:
    router = Router(grid_world(12, 12))
    places = crossings(router)
    whole = Router(router.roads).table(places, places)
    with ThreadPoolExecutor(4) as threads:
        tables = list(threads.map(lambda k: router.table(places, places.take(np.arange(k, 144, 8))), range(8)))
    for k, table in enumerate(tables):
        np.testing.assert_array_equal(table, whole[:, np.arange(k, 144, 8)])


def test_turns_are_all_pairs_that_meet_but_the_banned() -> None:
    roads = banned_left_world()
    turns = permitted_turns(roads)
    bans = set(zip(roads.ban_in.tolist(), roads.ban_out.tolist(), strict=True))
    meeting = {
        (a, b)
        for a in range(roads.link_count)
        for b in range(roads.link_count)
        if roads.link_head[a] == roads.link_tail[b]
    }
    onward = list(zip(turns.tail.tolist(), turns.onward.tolist(), strict=True))
    assert onward == sorted(meeting - bans)


@pytest.mark.parametrize(
    ("limit", "value", "light", "heavy"),
    [
        ("link_max_height_cm", 329, False, False), ("link_max_height_cm", 330, True, False),
        ("link_max_height_cm", 400, True, True), ("link_max_weight_kg", 7_499, False, False),
        ("link_max_weight_kg", 7_500, True, False), ("link_no_heavy", 1, True, False),
    ],
)  # fmt: skip
def test_a_posted_limit_closes_a_link_to_what_exceeds_it(limit: str, value: int, light: bool, heavy: bool) -> None:
    roads = grid_world(3, 2)
    there = link_between(roads, 0, 1)
    column = getattr(roads, limit).copy()
    column[there] = value
    router = Router(replace(roads, **{limit: column}))
    start, end = position_on(link_between(roads, 3, 0), 1.0), position_on(link_between(roads, 1, 2), 0.5)
    direct, around = 15_000, 35_000
    assert router.table(start, end)[0, 0] == direct
    assert router.version(profile=LIGHT).table(start, end)[0, 0] == (direct if light else around)
    assert router.version(profile=HEAVY).table(start, end)[0, 0] == (direct if heavy else around)


def test_places_can_be_taken_and_put_together() -> None:
    places = Positions.concatenate([position_on(0, 0.5), position_on(NO_LINK, 0.0), position_on(3, 0.25, reverse=2)])
    assert len(places) == 3
    assert places.found.tolist() == [True, False, True]
    assert places.take(places.found).link.tolist() == [0, 3]
    assert places.take([2, 0]).along.tolist() == [0.25, 0.5]
    assert len(places.take([])) == 0
    assert len(places.take(1)) == 1


def test_roads_without_any_link_have_no_way() -> None:
    router = Router(roads_of([(0.0, 0.0)], []))
    places = router.snap([0.0, 0.1], [0.0, 0.1])
    assert (router.table(places, places) == NO_WAY_MS).all()
