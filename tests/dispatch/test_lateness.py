"""Who comes later than was told: found once a delay, told as an event, and planned anew within the switch rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch import events as ev
from dispatch.lateness import BATCH, approaches, is_news, late_events
from dispatch.policy import SHIPPED
from dispatch.problem import Weights
from tests.dispatch.test_engine import Street

LATE_BY_S = 300
WEIGHTS = Weights(wait=1, late=3, blocked=1, overtime=1, tow_detour=1, theta=120, kappa=1)
POLICY = replace(SHIPPED["production"], weights=WEIGHTS)
"""Prices of its own: when a switch pays is said by arithmetic here, whatever the shipped ones are."""


def late(street: Street) -> list[ev.RunningLate]:
    found = approaches(street.engine.book, street.fixes(), street.now_ms)
    return late_events(found, street.now_ms, LATE_BY_S)


def under_way(**trucks_m: int) -> Street:
    """T, at 0 m, has been told to be at 5000 m after 500 s."""
    street = Street(POLICY, **{"T": 0, **trucks_m})
    for truck in trucks_m:
        street.tell(ev.OffDuty(truck))
    street.report("O", 5000)
    street.go()
    street.accept("O-1")
    return street


@pytest.mark.parametrize(
    ("after_s", "at_m", "late_s"), [(100, 1000, None), (300, 0, None), (301, 0, 301), (700, 500, 650)]
)
def test_a_truck_is_late_by_what_its_newest_fix_says(after_s: int, at_m: int, late_s: int | None) -> None:
    street = under_way()
    told_ms = street.engine.book.job("O-1").planned_arrive_at_ms
    assert told_ms == street.now_ms + 500_000
    street.now_ms += 1000 * after_s
    street.at_m["T"] = at_m
    expected = [] if late_s is None else [ev.RunningLate("O-1", "T", told_ms + 1000 * late_s, late_s)]
    assert late(street) == expected


def test_the_same_delay_is_told_once_and_the_next_only_beyond_the_bound_again() -> None:
    street = under_way()
    plans = 0
    for minute in range(1, 31):
        street.now_ms += 60_000
        for event in late(street):
            assert is_news(street.engine.book, event, LATE_BY_S)
            street.tell(event)
            assert not is_news(street.engine.book, event, LATE_BY_S)
        plans += street.engine.wants_plan
        street.go()
        assert plans == minute // 6  # it stands: each sixth minute is beyond the bound of five


def test_a_late_truck_is_replaced_where_that_pays_and_else_goes_on() -> None:
    street = under_way(near=4500)
    street.now_ms += 1_000_000
    street.tell(ev.OnDuty("near", None))
    street.engine.book.wants_plan = False
    (event,) = late(street)
    street.tell(event)
    assert street.engine.wants_plan
    assert [type(each) for each in street.go()] == [ev.Recalled, ev.Offered]
    assert street.truck_of("O-1") == "near"

    street = under_way(far=500)
    street.now_ms += 1_000_000
    street.tell(ev.OnDuty("far", None))
    (event,) = late(street)
    street.tell(event)
    assert street.go() == []
    assert street.engine.book.job("O-1").planned_arrive_at_ms == event.arrive_at_ms


def test_who_has_switched_once_is_late_but_not_switched_again() -> None:
    street = under_way(near=4500)
    street.tell(ev.Recalled("O-1", "T"))
    street.go()
    street.accept("O-1")
    street.now_ms += 1_000_000
    street.tell(ev.OnDuty("near", None))
    (event,) = late(street)
    street.tell(event)
    assert street.go() == []


def test_out_of_sight_or_not_under_way_is_not_late() -> None:
    street = under_way()
    street.now_ms += 600_000
    assert len(late(street)) == 1
    street.seen_ms["T"] = street.now_ms - 300_001
    assert late(street) == []
    street.seen_ms["T"] = street.now_ms - 1
    street.tell(ev.Arrived("O-1"))
    assert late(street) == []


def test_news_of_a_truck_that_was_called_off_is_none() -> None:
    street = under_way(near=4500)
    street.now_ms += 600_000
    (event,) = late(street)
    street.tell(ev.Recalled("O-1", "T"))
    assert not is_news(street.engine.book, event, LATE_BY_S)


def test_many_trucks_are_timed_each_to_its_own_scene() -> None:
    names = [f"T{k}" for k in range(BATCH + 5)]
    street = Street(POLICY, **{name: 100 * (k % 50) for k, name in enumerate(names)})
    for k, name in enumerate(names):
        street.report(f"O{k}", 100 * ((k + 7) % 50))
        street.tell(ev.Pinned(f"O{k}-1", name))
    book = street.engine.book
    street.tell(ev.ShopAmended(replace(book.shops["S"], places=None)))
    street.go()
    for k in range(len(names)):
        street.accept(f"O{k}-1")
    told = {job: book.job(job).planned_arrive_at_ms for job in book.open_jobs}
    street.now_ms += 301_000
    assert {event.job: round(event.arrive_at_ms, -3) - 301_000 for event in late(street)} == told
