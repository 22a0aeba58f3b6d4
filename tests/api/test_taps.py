"""What a driver's tap comes to, in every state of the truck."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from api.taps import Stand, tap_events, turned_away_events
from dispatch import events as ev
from dispatch.engine import Engine
from dispatch.fleet import Shop, Truck, TruckStatus
from dispatch.ledger import Ledger
from dispatch.orders import Job, Order
from dispatch.policy import get_policy
from dispatch.states import ImpossibleStep
from routing.router import Router
from tests.worlds import grid_world

S = TruckStatus
STEPS: Sequence[ev.Event] = (
    ev.OnDuty("T", None), ev.Offered("J.1", "J", "T", "S", 90_000, 0), ev.OfferAccepted("J.1"), ev.SetOff("J"),
    ev.Arrived("J"), ev.HookedUp("J"), ev.ReachedShop("J"), ev.Delivered("J"),
)  # fmt: skip
ROUTER = Router(grid_world(3, 3))


def book_after(steps: int, needs: str = "flatbed", shop: str | None = "S") -> Ledger:
    engine = Engine(ROUTER, get_policy("production"))
    order = Order("O", 0, 0.0, 0.0, 1200, (Job("J", frozenset({needs}), 60),))
    first: list[ev.Event] = [
        ev.TruckRegistered(Truck("T", frozenset({needs}), "A")),
        ev.ShopRegistered(Shop("S", "S", 0.0, 0.0, frozenset(), None, 60)),
        ev.OrderReported(order),
    ]
    for event in [*first, *STEPS[:steps]]:
        offered = isinstance(event, ev.Offered)
        engine.observe(ev.Offered("J.1", "J", "T", shop, 90_000, 0) if offered else event, 0)
    return engine.book


def taps(steps: int, tapped: TruckStatus, job: str | None = None, shift_end_ms: int | None = None) -> list[object]:
    return list(tap_events(book_after(steps), "T", tapped, job, shift_end_ms, "why"))


@pytest.mark.parametrize(
    ("steps", "tapped", "events"),
    [
        (0, S.STANDBY, [ev.OnDuty("T", None)]),
        (0, S.REPOSITIONING, [ev.OnDuty("T", None), ev.Repositioning("T")]),
        (0, S.OFF_DUTY, []),
        (1, S.STANDBY, []),
        (1, S.REPOSITIONING, [ev.Repositioning("T")]),
        (1, S.OFF_DUTY, [ev.OffDuty("T")]),
        (1, S.OUT_OF_SERVICE, [ev.WentOutOfService("T", "why")]),
        (2, S.OUT_OF_SERVICE, [ev.WentOutOfService("T", "why")]),
        (3, S.OUT_OF_SERVICE, [ev.BrokeDown("T", "J", "why")]),
        (4, S.OUT_OF_SERVICE, [ev.BrokeDown("T", "J", "why")]),
        (5, S.OUT_OF_SERVICE, [ev.BrokeDown("T", "J", "why")]),
        (8, S.OUT_OF_SERVICE, [ev.WentOutOfService("T", "why")]),
        (3, S.EN_ROUTE, [ev.SetOff("J")]),
        (4, S.EN_ROUTE, []),
        (4, S.ON_SCENE, [ev.Arrived("J")]),
        (5, S.LOADED, [ev.HookedUp("J")]),
        (6, S.AT_SHOP, [ev.ReachedShop("J")]),
        (6, S.STANDBY, [ev.ReachedShop("J"), ev.Delivered("J")]),
        (7, S.STANDBY, [ev.Delivered("J")]),
        (7, S.REPOSITIONING, [ev.Delivered("J"), ev.Repositioning("T")]),
        (7, S.OFF_DUTY, [ev.Delivered("J"), ev.OffDuty("T")]),
        (8, S.STANDBY, []),
    ],
)
def test_a_tap_where_the_truck_stands(steps: int, tapped: TruckStatus, events: list[object]) -> None:
    assert taps(steps, tapped) == events


@pytest.mark.parametrize("steps", range(len(STEPS) + 1))
@pytest.mark.parametrize("tapped", list(TruckStatus))
def test_every_tap_is_taken_in_or_refused_and_a_second_one_is_nothing(steps: int, tapped: TruckStatus) -> None:
    engine = Engine(ROUTER, get_policy("production"), book_after(steps))
    before = engine.book.state()
    try:
        for event in tap_events(engine.book, "T", tapped, None, None, ""):
            engine.observe(event, 1)  # type: ignore[arg-type]
    except ImpossibleStep:
        assert engine.book.state() == before
        return
    assert engine.book.truck("T").status is tapped
    assert tap_events(engine.book, "T", tapped, None, None, "") == []


@pytest.mark.parametrize("steps", range(len(STEPS) + 1))
@pytest.mark.parametrize("tapped", list(TruckStatus))
def test_another_shift_end_is_told_with_any_tap_of_a_truck_on_duty(steps: int, tapped: TruckStatus) -> None:
    engine = Engine(ROUTER, get_policy("production"), book_after(steps))
    stays = tapped not in (S.OFF_DUTY, S.OUT_OF_SERVICE)
    try:
        plain = tap_events(engine.book, "T", tapped, None, None, "")
        told = tap_events(engine.book, "T", tapped, None, 9, "")
        for event in told:
            engine.observe(event, 1)  # type: ignore[arg-type]
    except ImpossibleStep:
        return
    if steps > 0:
        assert told == [*plain, *([ev.ShiftAmended("T", 9)] if stays else [])]
    if stays:
        assert engine.book.truck("T").shift_end_at_ms == 9
        assert tap_events(engine.book, "T", tapped, None, 9, "") == []
        assert tap_events(engine.book, "T", tapped, None, 8, "") == [ev.ShiftAmended("T", 8)]


@pytest.mark.parametrize(("steps", "tapped"), [(4, S.ON_SCENE), (8, S.ON_SCENE), (0, S.STANDBY)])
def test_a_job_that_is_not_with_the_truck(steps: int, tapped: TruckStatus) -> None:
    with pytest.raises(ImpossibleStep, match="not with it"):
        taps(steps, tapped, "another")


def test_a_repeated_delivery_names_its_job() -> None:
    assert taps(8, S.STANDBY, "J") == []


def test_a_crane_is_done_at_the_scene() -> None:
    book = book_after(5, "crane", None)
    assert list(tap_events(book, "T", S.STANDBY, "J", None, "")) == [ev.Delivered("J")]
    with pytest.raises(ImpossibleStep, match="tap loaded first"):
        taps(5, S.STANDBY)


def test_a_loaded_truck_breaks_down_where_it_stands() -> None:
    stand = Stand(1.0, 2.0, 3, 900)
    events = tap_events(book_after(6), "T", S.OUT_OF_SERVICE, None, None, "why", stand)
    assert events == [ev.BrokeDownLoaded("T", "J", "why", 1.0, 2.0, 900, 3)]
    with pytest.raises(ImpossibleStep, match="send its location"):
        tap_events(book_after(6), "T", S.OUT_OF_SERVICE, None, None, "why")
    with pytest.raises(ImpossibleStep, match="tap standby once it is unloaded"):
        tap_events(book_after(7), "T", S.OUT_OF_SERVICE, None, None, "why", stand)


def test_a_shop_turns_a_vehicle_away_once() -> None:
    book = book_after(7)
    (event,) = turned_away_events(book, "T", "S", "full")
    assert event == ev.TurnedAway("J", "T", "S", "full")
    Engine(ROUTER, get_policy("production"), book).observe(event, 1)
    assert turned_away_events(book, "T", "S", "full") == []
    with pytest.raises(ImpossibleStep, match="no vehicle"):
        turned_away_events(book_after(1), "T", "S", "")
