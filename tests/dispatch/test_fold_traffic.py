"""Traffic in the ledger: speeds that are told, hours that begin, and what lapses by the instants of the records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dispatch import events as ev
from dispatch.engine import Engine
from dispatch.policy import get_policy
from dispatch.states import ImpossibleStep
from routing.roads import RoadClass
from routing.router import Router
from routing.traffic_tables import CHINA_DEFAULT
from tests.worlds import grid_world

ROUTER = Router(grid_world(4, 4))
FREE_MS = ROUTER.roads.link_duration_ms
NOW_MS = 1_000_000
RUSH = CHINA_DEFAULT.permille[8, RoadClass.RESIDENTIAL - 1]


def engine() -> Engine:
    return Engine(ROUTER, replace(get_policy("production"), traffic=CHINA_DEFAULT))


def posted(*links: int, kmh: int = 18, at_ms: int = NOW_MS, valid_s: int = 300) -> ev.TrafficPosted:
    return ev.TrafficPosted(at_ms, valid_s, links, (kmh,) * len(links))


def test_an_hour_changes_every_link_and_asks_for_a_plan() -> None:
    made = engine()
    made.observe(ev.TrafficMoved(8), NOW_MS)
    assert (made.book.router.link_ms == FREE_MS * RUSH // 1000).all()
    assert (made.book.traffic_version, made.book.wants_plan) == (1, True)


def test_an_hour_like_the_one_before_makes_no_other_roads_and_asks_for_nothing() -> None:
    made = engine()
    made.observe(ev.TrafficMoved(2), NOW_MS)
    assert made.book.router is ROUTER
    assert (made.book.traffic_version, made.book.wants_plan) == (1, False)


def test_speeds_hold_until_they_lapse_and_then_the_hour_does() -> None:
    made = engine()
    made.observe(ev.TrafficMoved(8), NOW_MS)
    rush = made.book.router
    made.observe(posted(3, 5), NOW_MS)
    slow = made.book.router.link_ms != rush.link_ms
    assert np.flatnonzero(slow).tolist() == [3, 5]
    assert (made.book.router.link_ms[slow] == 2 * FREE_MS[slow]).all(), "18 km/h where 36 are driven freely"
    made.observe(ev.TrafficMoved(8), NOW_MS + 299_999)
    assert len(made.book.traffic.live) == 2
    made.observe(ev.TrafficMoved(8), NOW_MS + 300_000)
    assert made.book.router is rush


def test_closures_and_traffic_hold_together() -> None:
    made = engine()
    made.observe(posted(3), NOW_MS)
    shut = np.arange(ROUTER.roads.link_count) == 7
    made.book.close_roads({"X": shut})
    assert (made.book.router.closed == shut).all()
    assert made.book.router.link_ms[3] == 2 * FREE_MS[3]
    made.observe(posted(4), NOW_MS)
    assert (made.book.router.closed == shut).all()
    made.book.close_roads({})
    assert np.flatnonzero(made.book.router.link_ms != FREE_MS).tolist() == [3, 4]
    assert (made.book.heavy_router.link_ms == made.book.router.link_ms).all()


@pytest.mark.parametrize(
    "event",
    [
        ev.TrafficMoved(168),
        ev.TrafficMoved(-1),
        ev.TrafficPosted(NOW_MS, 300, (1, 2), (9,)),
        posted(-1),
        posted(2**31),
        posted(1, kmh=0),
        posted(1, kmh=201),
        posted(1, valid_s=0),
        posted(1, valid_s=3601),
        posted(1, at_ms=NOW_MS - 300_000),
        posted(1, at_ms=NOW_MS + 3_600_000),
    ],
)
def test_what_cannot_be_changes_nothing(event: ev.Event) -> None:
    made = engine()
    with pytest.raises(ImpossibleStep, match="traffic"):
        made.observe(event, NOW_MS)
    assert made.book.router is ROUTER
    assert made.book.traffic_version == 0
