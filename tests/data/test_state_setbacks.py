"""The state as text, and back, while things go wrong: trucks that break down loaded, shops that turn vehicles away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cases.events import RescueArchived, RescueAsked
from data.event_text import Event, decode, encode
from data.state import State
from dispatch import events as ev
from dispatch.fleet import Shop, Truck
from dispatch.policy import get_policy
from routing.router import Router
from tests.cases.test_duplicates import rescue
from tests.worlds import degrees, grid_world

ROUTER = Router(grid_world(4, 4))
POLICY = get_policy("production")
ASKED = rescue("R")
LIFT = frozenset({"wheel_lift"})


def served(offer: int, truck: str, shop: str) -> list[Event]:
    return [
        ev.Offered(f"R-1.{offer}", "R-1", truck, shop, 90_000, 5_000), ev.OfferAccepted(f"R-1.{offer}"),
        ev.SetOff("R-1"), ev.RunningLate("R-1", truck, 900_000, 895),
    ]  # fmt: skip


EVENTS: list[Event] = [
    *(ev.TruckRegistered(Truck(name, LIFT, "A")) for name in ("T", "U", "V")),
    ev.ShopRegistered(Shop("S", "S", *degrees(300, 300), LIFT, 2, 60)),
    ev.ShopRegistered(Shop("Y", "Y", *degrees(0, 300), frozenset(), None, 60, yard=True)),
    *(ev.OnDuty(name, None) for name in ("T", "U", "V")),
    RescueAsked(replace(ASKED), held=False),
    ev.OrderReported(ASKED.order),
    ev.Pinned("R-1", "T", "王"),
    *served(1, "T", "S"),
    ev.BrokeDown("T", "R-1", "gearbox"),
    *served(2, "U", "S"),
    ev.Arrived("R-1"),
    ev.HookedUp("R-1"),
    ev.ReachedShop("R-1"),
    ev.TurnedAway("R-1", "U", "S", "full"),
    ev.ShopChanged("R-1", "Y"),
    ev.BrokeDownLoaded("U", "R-1", "engine", *degrees(100, 300), on_scene_s=900, lanes_blocked=1),
    ev.ShopOpened("S", "王"),
    ev.ShopClosed("S", "fire", "王"),
    *served(3, "V", "Y"),
    ev.Arrived("R-1"),
    ev.HookedUp("R-1"),
    ev.ReachedShop("R-1"),
    ev.Delivered("R-1"),
    RescueArchived("R"),
]


@pytest.mark.parametrize("kept", range(len(EVENTS) + 1))
def test_a_state_that_was_kept_goes_on_as_if_it_had_not_been(kept: int) -> None:
    whole = State.empty(ROUTER, POLICY)
    for event in EVENTS[:kept]:
        whole.observe(decode(*encode(event)), 1)
    again = State.restored(ROUTER, POLICY, whole.text())
    assert again.text() == whole.text()
    for event in EVENTS[kept:]:
        whole.observe(event, 2)
        again.observe(event, 2)
        assert again.sha256() == whole.sha256()
    assert whole.engine.book.moved_scenes == again.engine.book.moved_scenes == {}
    assert whole.engine.book.taken_places == {"S": 0, "Y": 1}


def test_records_from_before_a_pin_had_a_name_and_shops_could_be_yards_are_read() -> None:
    assert decode("Pinned", '{"job":"J","truck":"T"}') == ev.Pinned("J", "T")
    assert decode("Unpinned", '{"job":"J"}') == ev.Unpinned("J")
    shop = '{"shop":{"can":[],"id":"S","lat_deg":0.0,"lon_deg":0.0,"name":"","places":null,"unload_s":60}}'
    assert decode("ShopRegistered", shop) == ev.ShopRegistered(Shop("S", "", 0.0, 0.0, frozenset(), None, 60))
