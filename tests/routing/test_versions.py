"""Versions by what they rest on: the same one while it is kept, the right times always."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from routing.profiles import HEAVY
from routing.router import Router
from routing.traffic import TrafficState, link_times_ms
from routing.traffic_tables import CHINA_DEFAULT, FREE
from routing.versions import MOST_LIVE, Versions
from tests.worlds import grid_world

ROUTER = Router(grid_world(5, 4))
OPEN = np.zeros(ROUTER.roads.link_count, np.bool_)
SHUT = np.arange(ROUTER.roads.link_count) == 3


def at_hour(hour: int | None) -> TrafficState:
    return TrafficState(hour_of_week=hour)


def test_a_calm_version_is_the_router_itself() -> None:
    assert Versions(ROUTER, CHINA_DEFAULT).get(OPEN, TrafficState()) is ROUTER
    assert Versions(ROUTER, FREE).get(OPEN, at_hour(8)) is ROUTER


def test_the_same_closures_hour_and_speeds_are_one_version() -> None:
    versions = Versions(ROUTER, CHINA_DEFAULT)
    rush = versions.get(OPEN, at_hour(8))
    assert versions.get(OPEN.copy(), at_hour(8)) is rush
    assert versions.get(OPEN, at_hour(24 + 8)) is rush, "Tuesday is like Monday"
    np.testing.assert_array_equal(rush.link_ms, link_times_ms(ROUTER.roads, CHINA_DEFAULT, 8, TrafficState().live, 0))
    shut = versions.get(SHUT, at_hour(8))
    np.testing.assert_array_equal(shut.closed, SHUT)
    np.testing.assert_array_equal(shut.link_ms, rush.link_ms)
    live = at_hour(8).posted([5], [7], 0, 100, 0)
    seen = versions.get(SHUT, live)
    assert seen.link_ms[5] != rush.link_ms[5]
    assert versions.get(SHUT, live.posted([5], [7], 50, 900, 60)) is seen
    assert versions.get(SHUT, live.moved(8, 100)) is shut
    heavy = versions.get(SHUT, live, HEAVY)
    assert (heavy.profile, versions.get(SHUT, live, HEAVY)) == (HEAVY, heavy)
    np.testing.assert_array_equal(heavy.link_ms, seen.link_ms)


def test_the_least_recently_asked_goes_first() -> None:
    versions = Versions(ROUTER, CHINA_DEFAULT, most=2)
    first, _ = versions.get(OPEN, at_hour(8)), versions.get(OPEN, at_hour(9))
    assert versions.get(OPEN, at_hour(8)) is first
    versions.get(OPEN, at_hour(10))
    assert len(versions) == 2
    assert versions.get(OPEN, at_hour(8)) is first
    with pytest.raises(ValueError, match="at least one"):
        Versions(ROUTER, FREE, most=0)


def test_versions_with_live_speeds_do_not_drive_the_hours_out() -> None:
    versions = Versions(ROUTER, CHINA_DEFAULT, most=5)
    rush = versions.get(OPEN, at_hour(8))
    for speed in range(1, 30):
        versions.get(OPEN, at_hour(8).posted([5], [speed], 0, 100, 0))
    assert len(versions) == 1 + MOST_LIVE
    assert versions.get(OPEN, at_hour(8)) is rush


def test_several_threads_get_one_and_the_same() -> None:
    versions = Versions(ROUTER, CHINA_DEFAULT)
    got: list[list[Router]] = [[] for _ in range(4)]
    start = threading.Barrier(4)

    def ask(found: list[Router]) -> None:
        start.wait()
        found += [versions.get(SHUT if hour % 2 else OPEN, at_hour(hour)) for hour in range(24)]

    threads = [threading.Thread(target=ask, args=(found,)) for found in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for hour, same in enumerate(zip(*got, strict=True)):
        assert len(set(map(id, same))) == 1, hour
