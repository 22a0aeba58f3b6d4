"""What goes wrong on the way: breakdowns empty and loaded, shops that turn a vehicle away, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import events as ev
from dispatch.destinations import redirections
from dispatch.fleet import Shop, Truck, TruckStatus
from dispatch.ledger import Ledger
from dispatch.orders import BEFORE_ARRIVAL, Job, JobStatus, Order
from dispatch.road_closures import Closure
from dispatch.states import ImpossibleStep
from tests.dispatch.test_engine import LIFT, ROUTER, Street
from tests.worlds import degrees

CRANE = frozenset({"crane"})
WITH_TRUCK = BEFORE_ARRIVAL | {JobStatus.ON_SCENE, JobStatus.TOWING, JobStatus.DESTINATION_REFUSED}


def street_with(*steps: type, shops: Sequence[Shop] = ()) -> Street:
    """`T` at 1000 m, `U` at 5000 m; `T` has come as far as the steps with O-1 at 1500 m, bound for S at 3000 m."""
    street = Street(T=1000, U=5000)
    street.report("O", 1500)
    street.go()
    for each in shops:
        street.tell(ev.ShopRegistered(each))
    if ev.OfferAccepted in steps:
        street.tell(ev.OfferAccepted("O-1.1"))
    for step in steps:
        if step is not ev.OfferAccepted:
            street.tell(step("O-1"))
    street.engine.book.wants_plan = False
    return street


def shop(
    name: str, at_m: int, places: int | None = None, *, yard: bool = False, can: frozenset[str] = frozenset()
) -> Shop:
    lon, lat = degrees(at_m, 0)
    return Shop(name, name, lon, lat, can, places, 300, yard)


EN_ROUTE = (ev.OfferAccepted, ev.SetOff)
ON_SCENE = (*EN_ROUTE, ev.Arrived)
LOADED = (*ON_SCENE, ev.HookedUp)
AT_SHOP = (*LOADED, ev.ReachedShop)


@pytest.mark.parametrize("steps", [(), (ev.OfferAccepted,), EN_ROUTE, ON_SCENE])
def test_the_job_of_a_truck_that_breaks_down_empty_is_open_again_with_its_history(steps: tuple[type, ...]) -> None:
    street = street_with(*steps)
    street.now_ms += 60_000
    street.tell(ev.BrokeDown("T", "O-1", "gearbox"))
    book = street.engine.book
    job, truck = book.job("O-1"), book.truck("T")
    assert (job.status, job.truck, job.offer, job.offers) == (JobStatus.REPORTED, None, None, 1)
    assert (truck.status, truck.job) == (TruckStatus.OUT_OF_SERVICE, None)
    assert book.taken_places["S"] == 0
    assert street.engine.wants_plan
    (offer,) = street.go()
    assert isinstance(offer, ev.Offered)
    assert (offer.offer, offer.truck) == ("O-1.2", "U")
    assert book.orders["O"].order.reported_at_ms == street.now_ms - 60_000


def test_a_vehicle_on_a_broken_truck_is_fetched_where_the_two_stand() -> None:
    street = street_with(*LOADED)
    lon, lat = degrees(2500, 0)
    street.tell(ev.BrokeDownLoaded("T", "O-1", "engine", lon, lat, on_scene_s=900))
    book = street.engine.book
    assert (book.job("O-1").status, book.truck("T").status) == (JobStatus.REPORTED, TruckStatus.OUT_OF_SERVICE)
    assert book.taken_places["S"] == 0
    snapshot = street.engine.problem(street.now_ms, street.fixes())
    (job,) = snapshot.problem.jobs
    assert (job.on_scene_s, job.can, job.reported_s) == (900, LIFT, 0)
    assert [truck.id for truck in snapshot.problem.trucks] == ["U"]
    (offer,) = street.go()
    assert isinstance(offer, ev.Offered)
    assert offer.arrive_at_ms == street.now_ms + 250_000  # from 5000 m to 2500 m, not to 1500 m
    street.accept("O-1")
    for step in (ev.Arrived, ev.HookedUp, ev.ReachedShop, ev.Delivered):
        street.tell(step("O-1"))
    assert book.job("O-1").status is JobStatus.DELIVERED
    assert book.taken_places["S"] == 1


def test_what_the_broken_truck_blocks_counts_and_what_was_blocked_before_does_not() -> None:
    street = Street(T=1000, U=5000)
    lon, lat = degrees(1500, 0)
    order = Order("O", street.now_ms, lon, lat, 1200, (Job("O-1", LIFT, 600), Job("O-2", CRANE, 60)), lanes_blocked=3)
    street.tell(ev.OrderReported(order))
    street.go()
    street.accept("O-1")
    street.tell(ev.Arrived("O-1"))
    street.tell(ev.HookedUp("O-1"))
    street.tell(ev.BrokeDownLoaded("T", "O-1", "", *degrees(2500, 0), on_scene_s=900, lanes_blocked=1))
    problem = street.engine.problem(street.now_ms, street.fixes()).problem
    assert {job.id: job.lanes_blocked for job in problem.jobs} == {"O-1": 1, "O-2": 3}
    scenes = {job.id: job.scene for job in problem.jobs}
    assert problem.durations_s[scenes["O-2"], scenes["O-1"]] == 100


def test_a_closure_moves_the_place_of_a_broken_truck_as_it_does_scenes() -> None:
    street = street_with(*LOADED)
    street.tell(ev.BrokeDownLoaded("T", "O-1", "", *degrees(2500, 0), on_scene_s=900))
    book = street.engine.book
    before = book.scene_of(book.job("O-1"))
    line = {"type": "LineString", "coordinates": [degrees(2400, 0), degrees(2600, 0)]}
    street.tell(ev.ClosurePosted(Closure("X", json.dumps(line), 15, 0, None, "")))
    street.tell(ev.ClosureBegan("X"))
    after = book.scene_of(book.job("O-1")).link.tolist()
    assert not set(after) & set(before.link.tolist())
    again = Ledger.restored(ROUTER, book.state())
    assert again.scene_of(again.job("O-1")).link.tolist() == after


@pytest.mark.parametrize(
    ("steps", "event"),
    [
        (EN_ROUTE, ev.BrokeDownLoaded("T", "O-1", "", 0.0, 0.0, 60)),
        (LOADED, ev.BrokeDown("T", "O-1", "")),
        (AT_SHOP, ev.BrokeDownLoaded("T", "O-1", "", 0.0, 0.0, 60)),
        (EN_ROUTE, ev.BrokeDown("U", "O-1", "")),
        (ON_SCENE, ev.TurnedAway("O-1", "T", "S", "")),
        (AT_SHOP, ev.TurnedAway("O-1", "U", "S", "")),
        (AT_SHOP, ev.TurnedAway("O-1", "T", "other", "")),
        ((), ev.ShopOpened("S", "")),
        ((), ev.ShopClosed("none", "", "")),
        (AT_SHOP, ev.ShopChanged("O-1", "S")),
        (EN_ROUTE, ev.RunningLate("O-1", "T", 1, 600)),
        (ON_SCENE, ev.RunningLate("O-1", "T", 2**50, 600)),
    ],
)
def test_setbacks_that_cannot_be_change_nothing(steps: tuple[type, ...], event: ev.Event) -> None:
    street = street_with(*steps)
    before = street.engine.book.state()
    with pytest.raises(ImpossibleStep):
        street.tell(event)
    assert street.engine.book.state() == before


@pytest.mark.parametrize("event", [ev.OffDuty("T"), ev.WentOutOfService("T", "")])
def test_a_pin_to_a_truck_that_leaves_is_released(event: ev.Event) -> None:
    street = Street(T=1000, U=5000)
    street.report("O", 1500)
    street.tell(ev.Pinned("O-1", "T", "王"))
    street.engine.book.wants_plan = False
    street.tell(event)
    assert street.engine.book.job("O-1").pinned_to is None
    assert street.engine.wants_plan
    street.go()
    assert street.truck_of("O-1") == "U"
    with pytest.raises(ImpossibleStep, match="truck T: is"):
        street.tell(ev.Pinned("O-1", "T"))


def test_a_truck_that_goes_home_leaves_what_was_planned_for_it_to_be_planned_anew() -> None:
    street = Street(T=1000)
    street.report("O", 1500)
    street.report("P", 1600)
    street.go()
    street.tell(ev.OfferDeclined("O-1.1", ""))
    street.go()
    assert street.engine.book.job("P-1").truck == "T"
    street.tell(ev.OfferDeclined("P-1.1", ""))
    street.engine.book.wants_plan = False
    street.tell(ev.OffDuty("T"))
    assert not street.engine.wants_plan


@pytest.mark.parametrize("steps", [LOADED, AT_SHOP])
def test_a_vehicle_that_is_turned_away_goes_to_the_nearest_shop_that_takes_it(steps: tuple[type, ...]) -> None:
    near, far, other = shop("near", 3300), shop("far", 5000), shop("other", 3100, can=frozenset({"heavy"}))
    street = street_with(*steps, shops=[near, far, other])
    street.engine.book.taken_places["S"] = 1
    street.tell(ev.TurnedAway("O-1", "T", "S", "no room"))
    book = street.engine.book
    job = book.job("O-1")
    assert (job.status, job.turned_away_by, book.taken_places["S"]) == (
        JobStatus.DESTINATION_REFUSED, frozenset({"S"}), 0,
    )  # fmt: skip
    assert (book.truck("T").status, book.free_places("S")) == (TruckStatus.LOADED, 0)
    (change,) = redirections(book, street.fixes())
    assert change == ev.ShopChanged("O-1", "near")
    street.tell(change)
    assert (book.job("O-1").status, book.job("O-1").shop) == (JobStatus.TOWING, "near")
    assert book.taken_places == {"S": 0, "near": 1, "far": 0, "other": 0}
    assert redirections(book, street.fixes()) == []
    for step in (ev.ReachedShop, ev.Delivered):
        street.tell(step("O-1"))
    street.tell(ev.ShopOpened("S", "phone"))
    assert book.free_places("S") == 2


def test_the_yard_comes_last_and_the_owner_first() -> None:
    street = street_with(*AT_SHOP, shops=[shop("yard", 3100, yard=True), shop("full", 3200, places=0)])
    street.tell(ev.TurnedAway("O-1", "T", "S", ""))
    assert redirections(street.engine.book, street.fixes()) == [ev.ShopChanged("O-1", "yard")]
    street.tell(ev.ShopRegistered(shop("far", 5900)))
    assert redirections(street.engine.book, street.fixes()) == [ev.ShopChanged("O-1", "far")]
    street.tell(ev.ShopRegistered(shop("chosen", 0)))
    street.tell(ev.OwnerChoseShop("O", "chosen"))
    job = street.engine.book.job("O-1")
    assert (job.status, job.shop, street.engine.book.taken_places["chosen"]) == (JobStatus.TOWING, "chosen", 1)
    street.tell(ev.OwnerChoseShop("O", "far"))  # still on the road, so the owner may think again
    assert street.engine.book.taken_places["chosen"] == 0
    street.tell(ev.ReachedShop("O-1"))
    with pytest.raises(ImpossibleStep, match="can still be taken elsewhere"):
        street.tell(ev.OwnerChoseShop("O", "chosen"))


def test_who_finds_no_shop_waits_and_its_truck_is_no_candidate_until_there_is_one() -> None:
    street = street_with(*AT_SHOP)
    street.tell(ev.TurnedAway("O-1", "T", "S", ""))
    assert redirections(street.engine.book, street.fixes()) == []
    street.tell(ev.OffDuty("U"))
    street.report("P", 1500)
    snapshot = street.engine.problem(street.now_ms, street.fixes())
    assert [truck.id for truck in snapshot.problem.trucks] == []
    street.tell(ev.ShopRegistered(shop("late", 3100)))
    (change,) = redirections(street.engine.book, street.fixes())
    street.tell(change)
    snapshot = street.engine.problem(street.now_ms, street.fixes())
    assert [truck.id for truck in snapshot.problem.trucks] == ["T"]


def test_a_turned_away_vehicle_may_still_lose_its_truck() -> None:
    street = street_with(*AT_SHOP)
    street.tell(ev.TurnedAway("O-1", "T", "S", ""))
    street.tell(ev.BrokeDownLoaded("T", "O-1", "", *degrees(3000, 0), on_scene_s=900))
    assert street.engine.book.taken_places["S"] == 0
    assert street.engine.book.job("O-1").turned_away_by == {"S"}


@pytest.mark.parametrize(("steps", "from_m"), [(ON_SCENE, 1500), (LOADED, 4800)])
def test_trucks_bound_for_a_shop_that_closes_are_led_elsewhere_from_where_they_are(
    steps: tuple[type, ...], from_m: int
) -> None:
    street = street_with(*steps, shops=[shop("west", 500), shop("east", 5500)])
    assert redirections(street.engine.book, street.fixes()) == []
    street.at_m["T"] = from_m
    street.tell(ev.ShopClosed("S", "fire", "王"))
    expected = "west" if from_m == 1500 else "east"
    assert redirections(street.engine.book, street.fixes()) == [ev.ShopChanged("O-1", expected)]
    with pytest.raises(ImpossibleStep, match="closed already"):
        street.tell(ev.ShopClosed("S", "", ""))
    street.report("P", 3000)
    with pytest.raises(ImpossibleStep, match="is closed"):
        street.tell(ev.OwnerChoseShop("P", "S"))


def test_two_that_need_a_shop_do_not_share_its_last_place() -> None:
    street = Street(T=1000, U=2000)
    for name, at_m in (("O", 1500), ("P", 2200)):
        street.report(name, at_m)
    street.go()
    for job in ("O-1", "P-1"):
        street.accept(job)
        street.tell(ev.Arrived(job))
    street.tell(ev.ShopRegistered(shop("one", 3100, places=1)))
    street.tell(ev.ShopRegistered(shop("more", 5000)))
    street.tell(ev.ShopClosed("S", "", ""))
    assert redirections(street.engine.book, street.fixes()) == [
        ev.ShopChanged("O-1", "one"), ev.ShopChanged("P-1", "more"),
    ]  # fmt: skip


STEPS: list[ev.Event] = [
    ev.OfferAccepted("O-1.1"), ev.SetOff("O-1"), ev.Arrived("O-1"), ev.HookedUp("O-1"), ev.ReachedShop("O-1"),
    ev.Delivered("O-1"), ev.BrokeDown("T", "O-1", ""), ev.BrokeDown("U", "O-1", ""),
    ev.BrokeDownLoaded("T", "O-1", "", *degrees(2500, 0), 900), ev.TurnedAway("O-1", "T", "S", ""),
    ev.ShopChanged("O-1", "near"), ev.ShopClosed("S", "", ""), ev.ShopOpened("S", ""), ev.OwnerChoseShop("O", "near"),
    ev.JobCancelled("O-1", "", ""), ev.RunningLate("O-1", "T", 2**45, 400),
    ev.Pinned("O-1", "U"), ev.WentOutOfService("U", ""), ev.OnDuty("T", None), ev.TruckRegistered(Truck("V", LIFT, "")),
]  # fmt: skip


@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(st.sampled_from(STEPS), max_size=30))
def test_whatever_goes_wrong_the_books_stay_whole(steps: list[ev.Event]) -> None:
    street = street_with(shops=[shop("near", 3300)])
    book = street.engine.book
    for step in steps:
        before = book.state()
        try:
            street.tell(step)
        except ImpossibleStep:
            assert book.state() == before
        job = book.job("O-1")
        held = [truck for truck in book.trucks.values() if truck.job == "O-1"]
        has_truck = job.truck is not None and job.status in WITH_TRUCK
        assert [truck.truck.id for truck in held] == ([job.truck] if has_truck else [])
        with_place = job.status in (JobStatus.ON_SCENE, JobStatus.TOWING)
        places = 1 if with_place or job.status is JobStatus.DELIVERED else 0
        assert all(taken >= 0 for taken in book.taken_places.values())
        assert sum(book.taken_places.values()) == places
        assert Ledger.restored(ROUTER, book.state()).state() == book.state()
