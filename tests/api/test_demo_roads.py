"""The demo's trucks on real roads: they drive, arrive, are seen on the way, and keep off what is closed."""

from __future__ import annotations

import os
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from api.demo_drivers import Body, Driver, Goal
from api.demo_roads import Roads
from api.demo_views import Place, TruckSeen
from data.catalogue import SHIPPED, open_city_named, shipped_fleet
from data.home import towline_home
from geo.points import Point, great_circle_m
from routing.router import Router
from simulator.world import Leg

NOW_MS = 1_772_463_600_000
FLEET = shipped_fleet()
POST, FAR = (Place(truck.lon_deg, truck.lat_deg) for truck in FLEET[:2])
THERE = Goal(Leg.TO_SCENE, "J1", FAR)
HOME = Goal(Leg.RETURN, None, POST)
SEEN = TruckSeen("T1", 1, "standby", NOW_MS, None, None, None)


def apart_m(a: Place, b: Place) -> float:
    return great_circle_m(Point(a.lon_deg, a.lat_deg), Point(b.lon_deg, b.lat_deg))


@pytest.fixture(scope="module")
def router() -> Router:
    return Router(open_city_named(towline_home(os.environ), SHIPPED, progress=lambda _: None).roads)


@pytest.fixture
def roads(router: Router) -> Roads:
    made = Roads(router, {"T1": Driver("T1", POST, None, ZoneInfo("UTC"), 7)})
    made.put(SEEN, NOW_MS)
    return made


def arrival_ms(roads: Roads, now_ms: int = NOW_MS) -> int:
    body = roads.body("T1", now_ms)
    assert body.drives is not None
    return body.arrive_ms


def test_a_truck_begins_at_its_post_and_arrives_where_it_is_sent(roads: Roads) -> None:
    assert roads.body("T1", NOW_MS) == Body(stands=HOME)
    assert roads.fix("T1", NOW_MS).speed_kn == 0
    assert roads.set_off("T1", THERE, NOW_MS)
    due_ms = arrival_ms(roads)
    assert due_ms > NOW_MS + 60_000
    assert roads.body("T1", due_ms - 1).drives == THERE
    assert roads.body("T1", due_ms) == Body(stands=THERE)
    assert apart_m(roads.fix("T1", due_ms + 5).place, FAR) < 100


def test_its_device_sees_it_drive(roads: Roads) -> None:
    roads.set_off("T1", THERE, NOW_MS)
    fixes = [roads.fix("T1", NOW_MS + 1000 * second) for second in range(0, 60)]
    for one, next_one in pairwise(fixes[5:]):
        assert one.heading_deg is not None
        driven_m = apart_m(one.place, next_one.place)
        assert driven_m == pytest.approx(one.speed_kn * 1.852 / 3.6, abs=15)
        assert one.speed_kn * 1.852 < 130


def test_another_goal_is_driven_to_from_where_it_is(roads: Roads) -> None:
    roads.set_off("T1", THERE, NOW_MS)
    whole_ms = arrival_ms(roads) - NOW_MS
    half_ms = NOW_MS + whole_ms // 2
    before = roads.fix("T1", half_ms).place
    assert roads.set_off("T1", HOME, half_ms)
    assert apart_m(roads.fix("T1", half_ms).place, before) < 1
    assert roads.body("T1", arrival_ms(roads, half_ms)) == Body(stands=HOME)


def test_it_is_placed_where_it_was_seen_last(router: Router) -> None:
    roads = Roads(router, {"T1": Driver("T1", POST, None, ZoneInfo("UTC"), 7)})
    seen = TruckSeen("T1", 9, "loaded", NOW_MS, "J1", "R1", (FAR, 90.0))
    roads.put(seen, NOW_MS)
    assert roads.body("T1", NOW_MS) == Body()
    assert apart_m(roads.fix("T1", NOW_MS).place, FAR) < 100
    roads.put(SEEN, NOW_MS)
    assert apart_m(roads.fix("T1", NOW_MS).place, FAR) < 100


def test_a_truck_off_duty_is_at_its_post_wherever_it_was_seen(router: Router) -> None:
    roads = Roads(router, {"T1": Driver("T1", POST, None, ZoneInfo("UTC"), 7)})
    roads.put(TruckSeen("T1", 9, "off_duty", NOW_MS, None, None, (FAR, None)), NOW_MS)
    assert roads.body("T1", NOW_MS) == Body(stands=HOME)


def test_roads_that_are_closed_are_kept_off_and_taken_again(roads: Roads, router: Router) -> None:
    roads.set_off("T1", THERE, NOW_MS)
    free_ms = arrival_ms(roads)
    way = router.route(router.snap([POST.lon_deg], [POST.lat_deg]), router.snap([FAR.lon_deg], [FAR.lat_deg]))
    assert way is not None
    closed = np.zeros(router.roads.link_count, np.bool_)
    closed[way.links[len(way.links) // 2]] = True
    roads.close(closed, NOW_MS)
    assert arrival_ms(roads) > free_ms
    roads.close(np.zeros_like(closed), NOW_MS)
    assert arrival_ms(roads) == free_ms


def test_where_no_way_leads_it_stays(roads: Roads, router: Router) -> None:
    closed = np.ones(router.roads.link_count, np.bool_)
    roads.set_off("T1", THERE, NOW_MS)
    roads.close(closed, NOW_MS + 10_000)
    stays = roads.fix("T1", NOW_MS + 10_000).place
    assert not roads.set_off("T1", HOME, NOW_MS + 20_000)
    assert roads.fix("T1", NOW_MS + 30_000).place == stays
    assert roads.body("T1", NOW_MS + 30_000) == Body()
