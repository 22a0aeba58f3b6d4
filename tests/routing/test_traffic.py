"""Link times: free flow, the hour's factor, and live speeds for as long as they are worth something."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.roads import RoadClass
from routing.router import LONGEST_LINK_MS
from routing.traffic import (
    HOUR_MS,
    NOTHING_LIVE,
    LiveSpeeds,
    TrafficState,
    hour_of_week,
    link_times_ms,
    next_hour_ms,
    speeds_of_ways,
)
from routing.traffic_tables import CHINA_DEFAULT, FREE, HOURS, TrafficTable
from tests.worlds import grid_world

GRID = grid_world(3, 3, spacing_m=333)
ROADS = replace(GRID, link_class=(np.arange(GRID.link_count) % len(RoadClass) + 1).astype(np.uint8))
NOW_MS = 1_772_438_400_000
"""2026-03-02T08:00:00Z, a Monday; 16:00 in Shanghai, 13:30 in Kolkata."""

hours = st.integers(0, HOURS - 1)
links = st.integers(0, ROADS.link_count - 1)
live_speeds = st.dictionaries(links, st.tuples(st.integers(1, 200), st.integers(-9, 9)), max_size=8).map(
    lambda told: LiveSpeeds.of_rows((link, kmh, NOW_MS - 10, NOW_MS + left) for link, (kmh, left) in told.items())
)


def table_of(seed: int) -> TrafficTable:
    return TrafficTable("drawn", np.random.default_rng(seed).integers(1000, 9000, (HOURS, len(RoadClass)), np.int32))


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 99), hours, live_speeds)
def test_each_link_takes_what_the_rules_say(seed: int, hour: int, live: LiveSpeeds) -> None:
    table = table_of(seed)
    got = link_times_ms(ROADS, table, hour, live, NOW_MS)
    told = {link: kmh for link, kmh, _, until_ms in live.rows() if until_ms > NOW_MS}
    for link in range(ROADS.link_count):
        factor = Fraction(int(table.permille[hour, ROADS.link_class[link] - 1]), 1000)
        wanted = half_up(int(ROADS.link_duration_ms[link]) * factor)
        if link in told:
            wanted = half_up(Fraction(int(ROADS.link_length_mm[link]) * 36, 10 * told[link]))
        assert got[link] == wanted
        assert link in told or got[link] >= ROADS.link_duration_ms[link]


@pytest.mark.parametrize("table", [FREE, CHINA_DEFAULT])
def test_no_hour_known_and_nothing_live_is_free_flow(table: TrafficTable) -> None:
    np.testing.assert_array_equal(link_times_ms(ROADS, table, None, NOTHING_LIVE, NOW_MS), ROADS.link_duration_ms)


def test_a_speed_older_than_its_validity_gives_way_to_the_hour() -> None:
    live = NOTHING_LIVE.told([4], [5], NOW_MS, NOW_MS + 60_000)
    rush, still = link_times_ms(ROADS, CHINA_DEFAULT, 8, NOTHING_LIVE, NOW_MS), NOW_MS + 59_999
    assert link_times_ms(ROADS, CHINA_DEFAULT, 8, live, still)[4] == 333_000 * 36 // 50
    np.testing.assert_array_equal(link_times_ms(ROADS, CHINA_DEFAULT, 8, live, NOW_MS + 60_000), rush)


def test_live_speeds_of_links_that_a_city_does_not_have_say_nothing() -> None:
    live = NOTHING_LIVE.told([ROADS.link_count, 2**31 - 1], [50, 50], NOW_MS, NOW_MS + 1)
    np.testing.assert_array_equal(link_times_ms(ROADS, FREE, 0, live, NOW_MS), ROADS.link_duration_ms)


def test_no_link_takes_longer_than_a_router_takes() -> None:
    long = replace(ROADS, link_length_mm=np.full(ROADS.link_count, 2**31 - 1, np.int32))
    live = NOTHING_LIVE.told(range(ROADS.link_count), [1] * ROADS.link_count, NOW_MS, NOW_MS + 1)
    assert (link_times_ms(long, FREE, 0, live, NOW_MS) == LONGEST_LINK_MS).all()


def test_the_last_speed_of_a_link_counts_and_a_later_measurement_stays() -> None:
    first = NOTHING_LIVE.told([7, 3, 7], [10, 20, 30], at_ms=100, until_ms=500)
    assert first.rows() == ((3, 20, 100, 500), (7, 30, 100, 500))
    late = first.told([3, 9], [99, 40], at_ms=50, until_ms=900)
    assert late.rows() == ((3, 20, 100, 500), (7, 30, 100, 500), (9, 40, 50, 900))
    again = late.told([3], [15], at_ms=100, until_ms=400)
    assert again.rows()[0] == (3, 15, 100, 400)
    assert again.at(400).rows() == ((7, 30, 100, 500), (9, 40, 50, 900))
    assert LiveSpeeds.of_rows(again.rows()).sha256() == again.sha256() != late.sha256()


def test_the_same_speeds_told_anew_are_the_same() -> None:
    live = NOTHING_LIVE.told([1], [10], 0, 100)
    assert live.told([1], [10], 50, 150).sha256() == live.sha256()


def test_a_state_forgets_what_has_lapsed() -> None:
    state = TrafficState().posted([1], [10], 0, 100, now_ms=5).posted([2], [10], 0, 200, now_ms=6)
    assert (len(state.live), state.hour_of_week, state.at_ms) == (2, None, 6)
    moved = state.moved(9, 100)
    assert (moved.live.link.tolist(), moved.hour_of_week, moved.at_ms) == ([2], 9, 100)


@pytest.mark.parametrize(
    ("zone", "hour"), [("UTC", 8), ("Asia/Shanghai", 16), ("Asia/Kolkata", 13), ("America/Santiago", 5)]
)
def test_hours_are_those_of_the_city(zone: str, hour: int) -> None:
    assert hour_of_week(NOW_MS, ZoneInfo(zone)) == hour


def test_a_week_begins_on_monday_at_local_midnight() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    sunday_ms = round(datetime(2026, 3, 1, 23, 59, 59, tzinfo=zone).timestamp() * 1000)
    assert (hour_of_week(sunday_ms, zone), hour_of_week(sunday_ms + 1000, zone)) == (167, 0)


@given(st.integers(0, 2**42), st.sampled_from(["UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/Santiago"]))
def test_the_next_hour_is_the_first_instant_of_it(at_ms: int, name: str) -> None:
    zone = ZoneInfo(name)
    after = next_hour_ms(at_ms, zone)
    assert 0 < after - at_ms <= HOUR_MS
    assert hour_of_week(after - 1, zone) == hour_of_week(at_ms, zone)


def test_a_way_means_all_links_of_its_street() -> None:
    roads = replace(ROADS, link_ref=(np.arange(ROADS.link_count) // 2 + 900).astype(np.int64))
    link, kmh, known = speeds_of_ways(roads, [902, 7, 900, 902], [10, 20, 30, 40])
    assert dict(zip(link.tolist(), kmh.tolist(), strict=True)) == {0: 30, 1: 30, 4: 40, 5: 40}
    assert known.tolist() == [True, False, True, True]
    for nothing in ([], [7], [2**62]):
        link, kmh, known = speeds_of_ways(roads, nothing, [10] * len(nothing))
        assert (len(link), len(kmh), known.tolist()) == (0, 0, [False] * len(nothing))
