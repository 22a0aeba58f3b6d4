"""The generated calls of a demo: the same for the same seed and day, each with a key of its own."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter

import pytest

from api.bodies import CaseBody, RescueBody
from api.demo_accidents import AGAIN, NEARBY, Call, Withdrawal, calls_of_day
from data.catalogue import SHIPPED, open_city_named, shipped_fleet, shipped_shops
from data.home import towline_home
from geo.points import Point, great_circle_m

MONDAY = dt.date(2026, 3, 2)
PER_DAY = 3000


@pytest.fixture(scope="module")
def calls() -> list[Call | Withdrawal]:
    return day(MONDAY)


def day(of: dt.date, seed: int = 7) -> list[Call | Withdrawal]:
    city = open_city_named(towline_home(os.environ), SHIPPED, progress=lambda _: None)
    return calls_of_day(city, of, shipped_shops(), seed=seed, per_day=PER_DAY)


def place(call: Call) -> Point:
    return Point(call.body["location"]["lon"], call.body["location"]["lat"])


def test_the_same_day_is_called_in_again_alike_and_another_is_not(calls: list[Call | Withdrawal]) -> None:
    assert day(MONDAY) == calls
    assert day(MONDAY, seed=8) != calls
    tuesday = day(MONDAY + dt.timedelta(days=1))
    keys = [call.key for call in (*calls, *tuesday) if isinstance(call, Call)]
    assert len(set(keys)) == len(keys)
    assert [call.at_ms for call in calls] == sorted(call.at_ms for call in calls)


def test_every_call_is_a_request_that_the_service_takes(calls: list[Call | Withdrawal]) -> None:
    abilities = [truck.can for truck in shipped_fleet()]
    for call in calls:
        if isinstance(call, Call):
            model = CaseBody if call.path == "/v1/cases" else RescueBody
            body = model.model_validate(call.body)
            rescue = body.rescue if isinstance(body, CaseBody) else body
            assert rescue is not None
            assert all(any(set(vehicle.needs) <= can for can in abilities) for vehicle in rescue.vehicles)


def test_hardly_two_vehicles_share_a_plate(calls: list[Call | Withdrawal]) -> None:
    plates = [
        vehicle["plate"]
        for call in calls
        if isinstance(call, Call)
        for vehicle in call.body.get("rescue", call.body).get("vehicles", [])
    ]
    assert sum(times - 1 for times in Counter(plates).values()) <= 5


def test_a_few_accidents_are_called_in_again_or_withdrawn(calls: list[Call | Withdrawal]) -> None:
    made = {call.case_ref: call for call in calls if isinstance(call, Call)}
    firsts = [ref for ref in made if not ref.endswith((AGAIN, NEARBY))]
    for ending, share, within_m in ((AGAIN, 0.04, 45), (NEARBY, 0.015, 120)):
        followers = [ref for ref in made if ref.endswith(ending)]
        assert len(followers) == pytest.approx(share * len(firsts), rel=0.5)
        for ref in followers:
            first = made[ref.removesuffix(ending)]
            assert made[ref].at_ms > first.at_ms
            assert great_circle_m(place(made[ref]), place(first)) < within_m
    withdrawn = [call for call in calls if isinstance(call, Withdrawal)]
    assert len(withdrawn) == pytest.approx(0.02 * len(firsts), rel=0.5)
    assert all(call.at_ms > made[call.case_ref].at_ms for call in withdrawn)
    as_cases = [call for call in made.values() if call.path == "/v1/cases"]
    assert len(as_cases) == pytest.approx(0.3 * len(firsts), rel=0.2)
