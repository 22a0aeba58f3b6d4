"""The price of a hand assignment, on a street where every time is known by arithmetic."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import events as ev
from dispatch.orders import JobStatus
from dispatch.pricing import Arrival, Hurdle, Price, price_of
from dispatch.solver.budget import Budget
from dispatch.states import ImpossibleStep
from tests.dispatch.test_engine import Street


def price(street: Street, job: str, truck: str) -> Price | list[Hurdle]:
    book, policy = street.engine.book, street.engine.policy
    return price_of(book.copy(), street.fixes(), street.now_ms, policy, job, truck, lambda: Budget(10_000))


def test_the_price_of_the_farther_truck_is_its_longer_way() -> None:
    street = Street(near=1000, far=3500)
    street.report("O", 1500)
    found = price(street, "O-1", "far")
    assert isinstance(found, Price)
    assert found.job.before == Arrival("near", street.now_ms + 50_000)
    assert found.job.after == Arrival("far", street.now_ms + 200_000)
    assert found.cost_with - found.cost_without == 150  # a fen for each second of waiting
    assert found.others == ()


def test_the_truck_that_goes_anyhow_costs_nothing() -> None:
    street = Street(near=1000, far=3500)
    street.report("O", 1500)
    found = price(street, "O-1", "near")
    assert isinstance(found, Price)
    assert (found.cost_with, found.job.before, found.others) == (found.cost_without, found.job.after, ())


def test_whose_truck_it_takes_is_told_with_both_arrivals() -> None:
    street = Street(near=1000, far=3500)
    street.report("O", 1500)
    street.report("P", 3400)
    found = price(street, "O-1", "far")
    assert isinstance(found, Price)
    (other,) = found.others
    assert (other.job, other.before, other.after) == (
        "P-1", Arrival("far", street.now_ms + 10_000), Arrival("near", street.now_ms + 240_000),
    )  # fmt: skip
    assert found.cost_with - found.cost_without == 150 + 230


def test_a_truck_called_off_its_way_is_priced_with_the_switch() -> None:
    street = Street(near=1000, far=3500)
    street.report("O", 1500)
    street.go()
    street.accept("O-1")
    found = price(street, "O-1", "far")
    assert isinstance(found, Price)
    assert found.cost_with - found.cost_without == 150 + street.engine.policy.weights.theta


def test_asking_changes_nothing_and_pinning_does_what_was_said() -> None:
    street = Street(near=1000, far=3500)
    street.report("O", 1500)
    street.report("P", 3400)
    before, wanted = street.engine.book.state(), street.engine.book.wants_plan
    found = price(street, "O-1", "far")
    assert (street.engine.book.state(), street.engine.book.wants_plan) == (before, wanted)
    street.tell(ev.Pinned("O-1", "far", "王"))
    street.go()
    assert isinstance(found, Price)
    assert street.truck_of("O-1") == found.job.after.truck == "far"
    assert street.truck_of("P-1") == found.others[0].after.truck == "near"
    assert street.engine.book.job("O-1").planned_arrive_at_ms == found.job.after.at_ms


def test_the_price_of_a_pin_that_stands_is_against_the_plan_without_it() -> None:
    street = Street(near=1000, far=3500)
    street.report("O", 1500)
    first = price(street, "O-1", "far")
    street.tell(ev.Pinned("O-1", "far", "王"))
    assert price(street, "O-1", "far") == first


def test_those_that_must_be_served_are_told_apart_from_the_cost() -> None:
    street = Street(near=1900, far=1000)
    street.report("O", 1100)
    street.report("hurt", 2000, person_waiting=True)
    found = price(street, "hurt-1", "far")
    assert isinstance(found, Price)
    assert (found.must_unserved, found.must_wait_s) == (0, 90)
    assert [change.job for change in found.others] == ["O-1"]
    street.tell(ev.OffDuty("near"))
    assert price(street, "O-1", "far") == [Hurdle.MUST_SERVE]


@pytest.mark.parametrize(
    ("happens", "hurdle"),
    [
        ([ev.OffDuty("far")], Hurdle.OFF_DUTY),
        ([ev.WentOutOfService("far", "")], Hurdle.OUT_OF_SERVICE),
        ([ev.Pinned("P-1", "far")], Hurdle.PINNED),
        ([ev.ShiftAmended("far", 0)], Hurdle.SHIFT),
        ([ev.ShopClosed("S", "", "")], Hurdle.PLACES),
    ],
)
def test_why_a_truck_cannot_be_assigned(happens: list[ev.Event], hurdle: Hurdle) -> None:
    street = Street(near=1000, far=3500)
    street.report("O", 1500)
    street.report("P", 3400)
    for event in happens:
        street.tell(event)
    assert price(street, "O-1", "far") == [hurdle]


def test_more_of_why_a_truck_cannot_be_assigned() -> None:
    street = Street(near=1000, far=3500)
    street.report("O", 1500, needs=frozenset({"crane"}))
    assert price(street, "O-1", "far") == [Hurdle.NO_CAPABILITY]
    street.report("P", 1500)
    street.seen_ms["far"] = street.now_ms - 300_001
    assert price(street, "P-1", "far") == [Hurdle.NO_FIX]
    street.go()
    street.accept("P-1")
    street.seen_ms["near"] = street.now_ms - 300_001
    street.seen_ms["far"] = street.now_ms - 1
    assert price(street, "P-1", "far") == [Hurdle.PRESENT_UNSEEN]
    street.tell(ev.Arrived("P-1"))
    with pytest.raises(ImpossibleStep, match="is on_scene"):
        price(street, "P-1", "far")


def test_a_truck_that_has_refused_may_be_assigned_all_the_same() -> None:
    street = Street(near=1000, far=3500)
    street.report("O", 1500)
    street.go()
    street.tell(ev.OfferDeclined("O-1.1", ""))
    found = price(street, "O-1", "near")
    assert isinstance(found, Price)
    assert found.cost_with < found.cost_without
    assert street.engine.book.job("O-1").status is JobStatus.REPORTED


@settings(max_examples=40, deadline=None, database=None)
@given(
    st.lists(st.integers(0, 59), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 59), st.booleans()), min_size=1, max_size=6),
    st.data(),
)
def test_an_assignment_by_hand_is_never_a_gain(
    trucks: list[int], jobs: list[tuple[int, bool]], data: st.DataObject
) -> None:
    street = Street("production", **{f"T{k}": 100 * at for k, at in enumerate(trucks)})
    for k, (at, hurt) in enumerate(jobs):
        street.report(f"O{k}", 100 * at, person_waiting=hurt)
    job, truck = data.draw(st.sampled_from(range(len(jobs)))), data.draw(st.sampled_from(range(len(trucks))))
    found = price(street, f"O{job}-1", f"T{truck}")
    if found == [Hurdle.MUST_SERVE]:
        assert any(hurt for k, (_, hurt) in enumerate(jobs) if k != job)
        return
    assert isinstance(found, Price)
    worse = (found.must_unserved, found.must_wait_s, found.cost_with - found.cost_without)
    assert worse >= (0, 0, 0)
    assert found.job.after.truck == f"T{truck}"


def test_an_assigned_job_is_not_left_out_to_spare_the_others_a_while() -> None:
    street = Street(T=0)
    street.tell(ev.ShopAmended(replace(street.engine.book.shops["S"], places=1)))
    for name, at_m in (("O", 100), ("P", 5900)):
        street.report(name, at_m)
    found = price(street, "P-1", "T")
    assert isinstance(found, Price)
    assert [(change.job, change.after.truck) for change in found.others] == [("O-1", None)]
    street.tell(ev.Pinned("P-1", "T", "王"))
    street.go()
    assert (street.truck_of("P-1"), street.truck_of("O-1")) == ("T", None)
