"""Times for a dispatch round: heavy trucks, and what they carry, keep to the roads that heavy vehicles may drive."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dispatch import events as ev
from dispatch.engine import Engine
from dispatch.fleet import Fixes, Shop, Truck
from dispatch.orders import Job, Order
from dispatch.policy import SHIPPED
from dispatch.travel_times import TravelTimes, travel_times
from routing.router import Router
from tests.worlds import degrees, grid_world, link_between

NOW_MS = 1_700_000_000_000


def times_in_town(*, bridge: int, bridge_cm: int) -> TravelTimes:
    """Two streets of crossings 100 m (10 s) apart. A low bridge stands on Row 0 between crossings
    `bridge` and `bridge` + 1, both ways.

    Trucks, the first of them heavy, stand at 50 m; scenes are at 250 m, the first needing a crane; the shop at 450 m.
    """
    roads = grid_world(6, 2)
    height_cm = roads.link_max_height_cm.copy()
    height_cm[[link_between(roads, bridge, bridge + 1), link_between(roads, bridge + 1, bridge)]] = bridge_cm
    engine = Engine(Router(replace(roads, link_max_height_cm=height_cm)), SHIPPED["production"])
    lon, lat = degrees(450, 0)
    events: list[ev.Event] = [ev.ShopRegistered(Shop("S", "shop", lon, lat, frozenset(), None, 300))]
    for truck, can in (("H", {"heavy", "wheel_lift"}), ("L", {"wheel_lift"})):
        events += [ev.TruckRegistered(Truck(truck, frozenset(can), "A")), ev.OnDuty(truck, None)]
    lon, lat = degrees(250, 0)
    for order, needs in (("C", {"crane"}), ("W", {"wheel_lift"})):
        job = Job(f"{order}-1", frozenset(needs), 600)
        events.append(ev.OrderReported(Order(order, NOW_MS, lon, lat, 1200, (job,))))
    for event in events:
        engine.observe(event, NOW_MS)
    place = np.array([degrees(50, 0)] * 2, np.float64)
    nobody_says = np.full(2, math.nan)
    fixes = Fixes(place[:, 0].copy(), place[:, 1].copy(), nobody_says, np.full(2, NOW_MS, np.int64))
    book = engine.book
    return travel_times(book, list(book.trucks.values()), fixes, list(book.jobs.values()))


def test_a_heavy_truck_drives_round_a_low_bridge_and_a_light_one_under_it() -> None:
    times = times_in_town(bridge=1, bridge_cm=350)
    assert times.truck_scene.tolist() == [[40, 40], [20, 20]]
    assert times.truck_shop[:, 0].tolist() == [60, 40]
    assert times.scene_shop[:, 0].tolist() == [20, 20]


def test_who_serves_a_job_that_needs_a_heavy_truck_keeps_to_its_roads() -> None:
    times = times_in_town(bridge=3, bridge_cm=350)
    assert times.truck_scene.tolist() == [[20, 20], [20, 20]]
    assert times.scene_shop[:, 0].tolist() == [40, 20]
    assert times.shop_scene.tolist() == [[40, 20]]


def test_under_a_high_bridge_all_drive_alike() -> None:
    times = times_in_town(bridge=1, bridge_cm=400)
    assert times.truck_scene.tolist() == [[20, 20], [20, 20]]
