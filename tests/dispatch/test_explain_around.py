"""What an explanation learns from the ledger: where busy trucks stand, whose word a lock is, who gave no answer."""

from __future__ import annotations

from dispatch import events as ev
from dispatch.accounts import account_of
from dispatch.explain_facts import Basis, Facts, Hindrance, Role, ShopBasis, Unseen
from dispatch.fleet import Shop, Truck
from dispatch.orders import Job, Order
from dispatch.plan import Reason
from dispatch.rules import make_plan
from dispatch.snapshot import FIX_AGE_MS
from dispatch.solver.budget import Budget
from tests.dispatch.test_engine import LIFT, START_MS, Street
from tests.worlds import degrees


def told(street: Street) -> dict[str, Facts]:
    """A round of the street, as `Street.go`, and the facts that its record keeps."""
    engine, fixes = street.engine, street.fixes()
    snapshot = engine.problem(street.now_ms, fixes)
    plan = make_plan(engine.policy.rule, snapshot.problem, Budget(10_000))
    decisions = engine.decide(snapshot, plan, street.now_ms)
    made = account_of(engine.book, snapshot, plan, decisions, fixes, (7, 8))
    for decision in decisions:
        street.tell(decision)
    assert made.taken_at_ms == street.now_ms
    return {facts.job: facts for facts in made.facts}


def shop_at(street: Street, name: str, at_m: int) -> None:
    lon, lat = degrees(at_m, 0)
    street.tell(ev.ShopRegistered(Shop(name, name, lon, lat, frozenset(), 2, 300)))


def report_for(street: Street, order: str, at_m: int, shop: str) -> None:
    lon, lat = degrees(at_m, 0)
    street.tell(
        ev.OrderReported(Order(order, street.now_ms, lon, lat, 1200, (Job(f"{order}-1", LIFT, 600),), shop=shop))
    )


def test_a_truck_at_work_is_nearest_by_where_it_stands_not_by_where_it_will_be_free() -> None:
    street = Street(working=1000)
    street.report("O", 1000)
    street.go()
    street.accept("O-1")
    street.tell(ev.Arrived("O-1"))
    street.at_m |= {"other": 0}
    street.seen_ms |= {"other": START_MS}
    street.tell(ev.TruckRegistered(Truck("other", LIFT, "A")))
    street.tell(ev.OnDuty("other", None))
    street.report("P", 900)
    facts = told(street)["P-1"]
    (passed,) = facts.passed
    assert (passed.truck, passed.hindrance) == ("working", Hindrance.AT_WORK)
    assert passed.roles == (Role.NEAREST, Role.NEAREST_CAPABLE)
    assert passed.drive_s == 10  # 100 m away, though it will be free at the shop, 2 km away
    to_shop_s = 205
    assert passed.until_s is not None
    assert abs(passed.until_s - (600 + to_shop_s + 300)) <= 2
    assert facts.chosen is not None
    assert (facts.chosen.truck, facts.chosen.basis, facts.chosen.nearest) == ("other", Basis.SOONEST, False)


def test_a_pin_is_a_dispatchers_word_and_another_lock_is_not() -> None:
    street = Street(near=1000, far=2500)
    street.report("O", 1500)
    street.tell(ev.Pinned("O-1", "far"))
    chosen = told(street)["O-1"].chosen
    assert chosen is not None
    assert chosen.basis is Basis.PINNED

    street = Street("closest-idle", T=0, U=5800)
    street.tell(ev.OffDuty("U"))
    street.report("O", 5900)
    street.go()
    street.accept("O-1")
    street.tell(ev.OnDuty("U", None))
    shop_at(street, "nearer", 5900)  # so that something is decided about a truck that stays
    found = told(street)["O-1"]
    assert found.chosen is not None
    assert (found.chosen.truck, found.chosen.basis) == ("T", Basis.STAYS)
    assert [passed.hindrance for passed in found.passed] == [Hindrance.LOCKED]


def test_no_answer_is_told_from_a_refusal() -> None:
    street = Street(silent=1400, unwilling=1300, goes=3000)
    street.report("O", 1500)
    street.go()
    street.tell(ev.OfferExpired("O-1.1"))
    street.go()
    street.tell(ev.OfferDeclined("O-1.2", "engine trouble"))
    facts = told(street)["O-1"]
    assert [(passed.truck, passed.hindrance) for passed in facts.passed] == [("silent", Hindrance.UNANSWERED)]
    street.tell(ev.OfferDeclined("O-1.3", "no"))
    nobody = told(street)["O-1"].nobody
    assert nobody is not None
    assert (nobody.reason, nobody.refused, nobody.unanswered) == (Reason.REFUSED, ("goes", "unwilling"), ("silent",))
    assert nobody.alarmed


def test_trucks_out_of_sight_are_told_of_with_when_they_were_seen() -> None:
    street = Street(lost=1000)
    street.seen_ms["lost"] = START_MS - FIX_AGE_MS - 60_000
    street.report("O", 1500)
    facts = told(street)["O-1"]
    assert facts.nobody is not None
    assert facts.nobody.reason is Reason.NO_CAPABILITY
    assert facts.unseen == Unseen(("lost",), -360)


def test_the_age_of_a_place_is_that_of_its_fix() -> None:
    street = Street(only=1000)
    street.seen_ms["only"] = START_MS - 100_000
    street.report("O", 1500)
    chosen = told(street)["O-1"].chosen
    assert chosen is not None
    assert chosen.place_age_s == 100


def test_why_a_shop_is_known_from_the_owners_word_and_from_what_is_full() -> None:
    street = Street(only=1000)
    shop_at(street, "near", 1600)
    report_for(street, "O", 1500, "S")
    shop = told(street)["O-1"].shop
    assert shop is not None
    assert (shop.shop, shop.basis) == ("S", ShopBasis.OWNER)

    street = Street(only=1000)
    shop_at(street, "near", 1600)
    street.engine.book.taken_places["S"] = 2
    report_for(street, "O", 1500, "S")
    shop = told(street)["O-1"].shop
    assert shop is not None
    assert (shop.shop, shop.basis) == ("near", ShopBasis.INSTEAD)

    street = Street(only=1000)
    shop_at(street, "near", 1600)
    street.engine.book.taken_places["near"] = 2
    street.report("O", 1500)
    shop = told(street)["O-1"].shop
    assert shop is not None
    assert (shop.shop, shop.basis) == ("S", ShopBasis.NEARER_FULL)
    assert abs(shop.longer_s - (155 - 10)) <= 2


def test_a_job_for_which_there_is_no_shop_has_its_reason_and_no_proof() -> None:
    street = Street(only=1000)
    street.engine.book.taken_places["S"] = 2
    street.report("O", 1500)
    facts = told(street)["O-1"]
    assert facts.nobody is not None
    assert (facts.nobody.reason, facts.proof) == (Reason.PLACES, None)
