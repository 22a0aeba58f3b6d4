"""Plans made for a world that has changed meanwhile: only what is broken is dropped, and that is planned anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from dispatch import events as ev
from dispatch.fleet import Shop
from dispatch.orders import Job, Order
from dispatch.plan import Plan
from dispatch.road_closures import Closure
from dispatch.rules import make_plan
from dispatch.snapshot import Snapshot
from dispatch.solver.budget import Budget
from tests.dispatch.test_engine import LIFT, Street
from tests.worlds import degrees


def two_jobs() -> Street:
    """A beside O in the west, B beside P in the east; shops for both, S with two places at 3000 m."""
    street = Street(A=1000, B=5000)
    street.report("O", 1500)
    street.report("P", 4500)
    return street


def planned(street: Street) -> tuple[Snapshot, Plan]:
    snapshot = street.engine.problem(street.now_ms, street.fixes())
    return snapshot, make_plan(street.engine.policy.rule, snapshot.problem, Budget(10_000))


def offered(decisions: list[ev.Decision]) -> dict[str, str]:
    return {each.job: each.truck for each in decisions if isinstance(each, ev.Offered)}


def close(street: Street, from_m: float, to_m: float) -> None:
    line = {"type": "LineString", "coordinates": [degrees(from_m, 0), degrees(to_m, 0)]}
    street.tell(ev.ClosurePosted(Closure("X", json.dumps(line), 15, 0, None, "")))
    street.tell(ev.ClosureBegan("X"))


def slow(street: Street) -> None:
    """All links at walking pace, as measured just now."""
    links = tuple(range(street.engine.book.router.roads.link_count))
    street.tell(ev.TrafficPosted(street.now_ms, 600, links, (1,) * len(links)))


def wall(street: Street) -> None:
    """Between 1000 m and 1500 m there is no way any more, on neither street."""
    ring = [degrees(x, y) for x, y in ((1200, -50), (1250, -50), (1250, 150), (1200, 150), (1200, -50))]
    area = {"type": "Polygon", "coordinates": [ring]}
    street.tell(ev.ClosurePosted(Closure("W", json.dumps(area), 0, 0, None, "")))
    street.tell(ev.ClosureBegan("W"))


def no_news(_street: Street) -> None:
    return


def fill(street: Street) -> None:
    street.tell(ev.ShopAmended(replace(street.engine.book.shops["S"], places=1)))


def shut(street: Street) -> None:
    street.tell(ev.ShopClosed("S", "", ""))


def specialise(street: Street) -> None:
    street.tell(ev.ShopAmended(replace(street.engine.book.shops["S"], can=frozenset({"heavy"}))))


def break_down(street: Street) -> None:
    street.tell(ev.WentOutOfService("A", ""))


def hurt(street: Street) -> None:
    street.report("hurt", 2000, person_waiting=True)


def ordinary(street: Street) -> None:
    street.report("young", 2000)


def elsewhere(street: Street) -> None:
    street.report("Q", 2000)
    street.tell(ev.Pinned("Q-1", "A", "王"))


def choose(street: Street) -> None:
    lon, lat = degrees(0, 0)
    street.tell(ev.ShopRegistered(Shop("own", "own", lon, lat, frozenset(), None, 60)))
    street.tell(ev.OwnerChoseShop("O", "own"))


@pytest.mark.parametrize(
    ("happens", "still"),
    [
        (no_news, {"O-1": "A", "P-1": "B"}),
        (wall, {"P-1": "B"}),
        (slow, {}),
        (lambda street: close(street, 1900, 2100), {"O-1": "A", "P-1": "B"}),
        (fill, {"O-1": "A"}),
        (shut, {}),
        (specialise, {}),
        (break_down, {"P-1": "B"}),
        (hurt, {}),
        (ordinary, {"O-1": "A", "P-1": "B"}),
        (elsewhere, {"P-1": "B"}),
        (choose, {"P-1": "B"}),
    ],
    ids=[
        "nothing",
        "no way",
        "jam",
        "detour",
        "full",
        "shut",
        "takes no such",
        "broken",
        "urgent",
        "young",
        "pinned",
        "choice",
    ],
)
def test_only_what_is_broken_is_dropped(happens: Callable[[Street], None], still: dict[str, str]) -> None:
    street = two_jobs()
    snapshot, plan = planned(street)
    happens(street)
    street.engine.book.wants_plan = False
    decisions = street.engine.decide(snapshot, plan, street.now_ms)
    assert offered(decisions) == still
    for decision in decisions:
        street.tell(decision)  # each of them can still be
    if len(still) < 2:
        assert street.engine.wants_plan
    street.go()
    assert not street.engine.wants_plan


def test_who_arrives_while_a_plan_is_made_takes_its_place_from_nobody_else() -> None:
    street = two_jobs()
    street.tell(ev.Pinned("O-1", "A"))
    street.go()
    street.tell(ev.OfferDeclined("P-1.1", ""))
    street.tell(ev.RefusalLifted("P-1", "B"))
    street.accept("O-1")
    snapshot, plan = planned(street)
    street.tell(ev.Arrived("O-1"))
    assert street.engine.book.free_places("S") == 1
    assert offered(street.engine.decide(snapshot, plan, street.now_ms)) == {"P-1": "B"}


def test_a_shop_that_the_owner_chose_is_kept_whatever_it_takes() -> None:
    street = Street(A=1000)
    lon, lat = degrees(1500, 0)
    street.tell(ev.OrderReported(Order("O", street.now_ms, lon, lat, 1200, (Job("O-1", LIFT, 600),), shop="S")))
    snapshot, plan = planned(street)
    specialise(street)
    assert offered(street.engine.decide(snapshot, plan, street.now_ms)) == {"O-1": "A"}


def test_an_urgent_job_goes_out_itself_though_another_has_come_meanwhile() -> None:
    street = Street(A=1000, B=5000)
    street.report("O", 1500, person_waiting=True)
    street.report("P", 4500)
    snapshot, plan = planned(street)
    hurt(street)
    assert offered(street.engine.decide(snapshot, plan, street.now_ms)) == {"O-1": "A"}


def test_nobody_is_called_off_for_an_ordinary_job_while_an_urgent_one_has_just_come() -> None:
    street = Street(A=0, B=5800)
    street.tell(ev.OffDuty("B"))
    street.report("O", 5900)
    street.go()
    street.accept("O-1")
    street.now_ms += 10_000
    street.tell(ev.OnDuty("B", None))
    snapshot, plan = planned(street)
    assert [type(each) for each in street.engine.decide(snapshot, plan, street.now_ms)] == [ev.Recalled, ev.Offered]
    hurt(street)
    assert street.engine.decide(snapshot, plan, street.now_ms) == []


def test_baselines_know_no_urgency() -> None:
    street = Street("closest-idle", A=1000)
    street.report("O", 1500)
    snapshot, plan = planned(street)
    hurt(street)
    assert offered(street.engine.decide(snapshot, plan, street.now_ms)) == {"O-1": "A"}


@pytest.mark.parametrize(
    "event",
    [
        ev.OfferDeclined("O-1.1", ""), ev.OfferExpired("O-1.1"), ev.BrokeDown("A", "O-1", ""), ev.OnDuty("C", None),
        ev.ShopClosed("S", "", ""), ev.TrafficMoved(8), ev.Unpinned("O-1"), ev.RefusalLifted("O-1", "B"),
        ev.RunningLate("O-1", "A", 2**45, 400),
    ],
    ids=lambda event: type(event).__name__,
)  # fmt: skip
def test_what_can_change_who_goes_asks_for_a_plan(event: ev.Event) -> None:
    street = Street(A=1000, B=5000, C=3000)
    street.tell(ev.OffDuty("C"))
    street.report("O", 1500)
    street.go()
    if isinstance(event, ev.BrokeDown | ev.RunningLate):
        street.accept("O-1")
    assert not street.engine.wants_plan
    street.tell(event)
    assert street.engine.wants_plan or isinstance(event, ev.TrafficMoved)  # every hour is alike here
