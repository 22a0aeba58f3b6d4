"""The state as text, and back: the same, closures included, and what follows is the same too."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cases.events import Case, CaseArchived, CaseOpened, RescueArchived, RescueAsked
from data.event_text import Event
from data.state import State
from dispatch import events as ev
from dispatch.fleet import Shop, Truck
from dispatch.policy import get_policy
from dispatch.road_closures import Closure
from dispatch.states import ImpossibleStep
from routing.router import Router
from routing.traffic_tables import CHINA_DEFAULT
from tests.cases.test_duplicates import rescue
from tests.worlds import degrees, grid_world

ROUTER = Router(grid_world(4, 4))
POLICY = replace(get_policy("production"), traffic=CHINA_DEFAULT)
ASKED = rescue("R")
LINE = json.dumps({"type": "LineString", "coordinates": [degrees(0, 0), degrees(100, 0)]})
EVENTS: list[Event] = [
    ev.TruckRegistered(Truck("T", frozenset({"wheel_lift", "crane", "flatbed"}), "A")),
    ev.ShopRegistered(Shop("S", "救援", *degrees(300, 300), frozenset({"wheel_lift"}), 2, 60)),
    ev.ClosurePosted(Closure("X", LINE, 15, 0, None, "works")),
    ev.ClosurePosted(Closure("Y", LINE, 15, 9_000, 10_000, "later")),
    ev.ClosureBegan("X"),
    ev.TrafficMoved(8),
    ev.TrafficPosted(0, 60, (4, 2), (20, 90)),
    CaseOpened(Case("K", "ref", 0.5, 0.5, None)),
    RescueAsked(ASKED, held=False),
    ev.OrderReported(ASKED.order),
    CaseArchived("K"),
    ev.OnDuty("T", 99_000),
    ev.Offered("R-1.1", "R-1", "T", "S", 90_000, 5_000),
    ev.OfferExpired("R-1.1"),
    ev.Offered("R-1.2", "R-1", "T", "S", 90_000, 5_000),
    ev.OfferAccepted("R-1.2"),
    ev.SetOff("R-1"),
    ev.Arrived("R-1"),
    ev.ClosureLifted("X", "request"),
    ev.ClosureBegan("Y"),
    ev.TrafficPosted(1, 60, (4,), (5,)),
    ev.TrafficMoved(9),
    ev.HookedUp("R-1"),
    ev.ReachedShop("R-1"),
    ev.Delivered("R-1"),
    ev.PlaceFreed("S"),
    RescueArchived("R"),
]


@pytest.mark.parametrize("kept", range(len(EVENTS) + 1))
def test_a_state_that_was_kept_goes_on_as_if_it_had_not_been(kept: int) -> None:
    whole = State.empty(ROUTER, POLICY)
    for event in EVENTS[:kept]:
        whole.observe(event, 1)
    again = State.restored(ROUTER, POLICY, whole.text())
    assert again.text() == whole.text()
    _same_roads(again, whole)
    for event in EVENTS[kept:]:
        whole.observe(event, 2)
        again.observe(event, 2)
        assert again.sha256() == whole.sha256()
        _same_roads(again, whole)
        (scene,) = [state.scene.link.tolist() for state in whole.engine.book.orders.values()] or [None]
        (other,) = [state.scene.link.tolist() for state in again.engine.book.orders.values()] or [None]
        if whole.engine.book.open_jobs:
            assert scene == other


def _same_roads(one: State, other: State) -> None:
    for name in ("router", "heavy_router"):
        a, b = getattr(one.engine.book, name), getattr(other.engine.book, name)
        assert (a.closed == b.closed).all()
        assert (a.link_ms == b.link_ms).all()


def test_a_state_does_not_hang_on_the_table_of_hours() -> None:
    """`towline journal replay` knows no policy, and its digest is the service's all the same."""
    by_table, plain = State.empty(ROUTER, POLICY), State.empty(ROUTER, get_policy("production"))
    for event in EVENTS:
        by_table.observe(event, 1)
        plain.observe(event, 1)
    assert by_table.sha256() == plain.sha256()
    assert (by_table.engine.book.router.link_ms != plain.engine.book.router.link_ms).any()


@pytest.mark.parametrize("at", range(len(EVENTS) - 2))
def test_a_rescue_that_is_not_over_does_not_leave(at: int) -> None:
    state = State.empty(ROUTER, POLICY)
    for event in EVENTS[:at]:
        state.observe(event, 1)
    before = state.text()
    over = "R" in state.cases.rescues and state.over_since_ms("R") is not None
    assert over is (EVENTS[-2] in EVENTS[:at])
    with pytest.raises(ImpossibleStep, match=r"not over|not known"):
        state.observe(RescueArchived("R"), 2)
    assert state.text() == before


def test_a_rescue_that_has_left_leaves_nothing_but_a_count() -> None:
    without, with_it = State.empty(ROUTER, POLICY), State.empty(ROUTER, POLICY)
    for event in EVENTS:
        with_it.observe(event, 1)
    told = (
        ev.TruckRegistered, ev.ShopRegistered, ev.ClosurePosted, ev.ClosureBegan, ev.ClosureLifted, ev.OnDuty,
        ev.TrafficPosted, ev.TrafficMoved,
    )  # fmt: skip
    for event in EVENTS:
        if isinstance(event, told):
            without.observe(event, 1)
    assert with_it.cases.state() == replace(without.cases.state(), archived=1)
    one, other = with_it.engine.book.state(), without.engine.book.state()
    (truck,) = one.trucks
    assert replace(one, trucks=(replace(truck, version=other.trucks[0].version),)) == other


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b"\xff", b'{"cases": null, "ledger": null}'])
def test_text_that_is_no_state(text: bytes) -> None:
    with pytest.raises(ValueError, match="validation error"):
        State.restored(ROUTER, POLICY, text)
