"""Events of the live service: trucks that break down, shops that owners choose, closures, amendments."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dispatch import events as ev
from dispatch.engine import Engine
from dispatch.fleet import Shop, Truck, TruckStatus
from dispatch.orders import Job, JobStatus, Order
from dispatch.policy import get_policy
from dispatch.road_closures import Closure
from dispatch.states import ImpossibleStep
from geo.faults import BadInput
from routing.router import Router
from tests.worlds import degrees, grid_world, link_between

ROADS = grid_world(4, 4)
ROUTER = Router(ROADS)
TRUCK = Truck("T", frozenset({"flatbed"}), "A")
SHOP = Shop("S", "S", 0.0, 0.0, frozenset(), 1, 60)
OTHER = Shop("O", "O", *degrees(300, 300), frozenset({"flatbed"}), 1, 60)
ON_SCENE: list[ev.Event] = [
    ev.Offered("J.1", "J", "T", "S", 90_000, 0), ev.OfferAccepted("J.1"), ev.SetOff("J"), ev.Arrived("J"),
]  # fmt: skip


def engine(*events: ev.Event) -> Engine:
    made = Engine(ROUTER, get_policy("production"))
    order = Order("R", 0, 0.0, 0.0, 1200, (Job("J", frozenset({"flatbed"}), 60), Job("K", frozenset({"crane"}), 60)))
    first: list[ev.Event] = [
        ev.TruckRegistered(TRUCK), ev.ShopRegistered(SHOP), ev.ShopRegistered(OTHER), ev.OrderReported(order),
        ev.OnDuty("T", None),
    ]  # fmt: skip
    for event in (*first, *events):
        made.observe(event, 1)
    return made


def closure(name: str = "X", east_m: float = 100) -> Closure:
    line = {"type": "LineString", "coordinates": [degrees(0, 0), degrees(east_m, 0)]}
    return Closure(name, json.dumps(line), 15, 0, None, "")


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_truck_that_breaks_down_leaves_its_job_open(steps: int) -> None:
    made = engine(*ON_SCENE[:steps])
    made.observe(ev.WentOutOfService("T", "engine"), 5)
    job, truck = made.book.job("J"), made.book.truck("T")
    assert (job.status, job.truck, job.offer) == (JobStatus.REPORTED, None, None)
    assert (truck.status, truck.job) == (TruckStatus.OUT_OF_SERVICE, None)
    if steps:
        with pytest.raises(ImpossibleStep, match="no longer open"):
            made.observe(ev.OfferAccepted("J.1"), 6)
    made.observe(ev.OnDuty("T", None), 7)


def test_a_truck_at_the_scene_does_not_just_go() -> None:
    made = engine(*ON_SCENE)
    before = made.book.state()
    with pytest.raises(ImpossibleStep, match="is on_scene"):
        made.observe(ev.WentOutOfService("T", "engine"), 5)
    assert made.book.state() == before


@pytest.mark.parametrize(("steps", "taken"), [(0, 0), (1, 0), (3, 0), (4, 1)])
def test_the_owner_chooses_before_hook_up(steps: int, taken: int) -> None:
    made = engine(*ON_SCENE[:steps])
    made.observe(ev.OwnerChoseShop("R", "O"), 5)
    assert made.book.order("R").order.shop == "O"
    assert made.book.job("J").shop == ("O" if steps else None)
    assert made.book.job("K").shop is None  # a crane takes nothing anywhere
    assert made.book.taken_places == {"S": 0, "O": taken}


@pytest.mark.parametrize(
    ("events", "chosen", "says"),
    [
        ([*ON_SCENE, ev.HookedUp("J")], "O", "can still be taken elsewhere"),
        ([ev.JobCancelled("J", "x", "")], "O", "can still be taken elsewhere"),
        ([], "none", "not known"),
        ([ev.ShopAmended(replace(OTHER, can=frozenset({"heavy"})))], "O", "does not take"),
        ([*ON_SCENE, ev.ShopAmended(replace(OTHER, places=0))], "O", "no place left"),
    ],
)
def test_a_choice_that_cannot_be_changes_nothing(events: list[ev.Event], chosen: str, says: str) -> None:
    made = engine(*events)
    before = made.book.state()
    with pytest.raises(ImpossibleStep, match=says):
        made.observe(ev.OwnerChoseShop("R", chosen), 5)
    assert made.book.state() == before


def test_closures_add_up_and_each_opens_its_own() -> None:
    made = engine(ev.ClosurePosted(closure()), ev.ClosurePosted(closure("Y", 200)))
    assert not made.book.router.closed.any()
    made.observe(ev.ClosureBegan("X"), 2)
    made.observe(ev.ClosureBegan("Y"), 3)
    first, second = link_between(ROADS, 0, 1), link_between(ROADS, 2, 1)
    assert made.book.router.closed[[first, second]].all()
    made.observe(ev.ClosureLifted("Y", "x"), 4)
    assert made.book.router.closed[[first, second]].tolist() == [True, False]
    made.observe(ev.ClosureLifted("X", "x"), 5)
    assert not made.book.router.closed.any()
    assert (made.book.closures, made.book.traffic_version, made.wants_plan) == ({}, 4, True)


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        (ev.ClosurePosted(closure()), ImpossibleStep),
        (ev.ClosureBegan("none"), ImpossibleStep),
        (ev.ClosureBegan("X"), ImpossibleStep),
        (ev.ClosureLifted("none", "x"), ImpossibleStep),
        (ev.ClosureBegan("bad"), BadInput),
    ],
)
def test_closures_that_cannot_be(event: ev.Event, fault: type[Exception]) -> None:
    bad = replace(closure("bad"), geometry='{"type":"Point","coordinates":[0,0]}')
    made = engine(ev.ClosurePosted(closure()), ev.ClosureBegan("X"), ev.ClosurePosted(bad))
    before = made.book.state()
    with pytest.raises(fault):
        made.observe(event, 5)
    assert made.book.state() == before


def test_amendments_keep_what_is_going_on() -> None:
    made = engine(*ON_SCENE)
    version = made.book.truck("T").version
    made.observe(ev.TruckAmended(replace(TRUCK, driver="王")), 5)
    truck = made.book.truck("T")
    assert (truck.truck.driver, truck.status, truck.job, truck.version) == (
        "王",
        TruckStatus.ON_SCENE,
        "J",
        version + 1,
    )
    made.observe(ev.ShopAmended(replace(SHOP, places=5)), 6)
    assert made.book.free_places("S") == 4
    for unknown in (ev.TruckAmended(replace(TRUCK, id="none")), ev.ShopAmended(replace(SHOP, id="none"))):
        with pytest.raises(ImpossibleStep, match="not known"):
            made.observe(unknown, 7)
