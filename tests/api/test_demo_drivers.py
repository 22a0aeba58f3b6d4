"""What a driver of the demo does next, from what the service says and where the truck stands."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from api.demo_drivers import (
    CHANCES,
    SHOP_PATIENCE_MS,
    Accept,
    AskAgain,
    Body,
    Decline,
    Drive,
    Driver,
    Goal,
    Step,
    Tap,
    Wait,
    next_step,
)
from api.demo_views import JobSeen, Place, RescueSeen, TruckSeen
from geo.instants import ms_of_text
from simulator.world import Leg

NOW_MS = ms_of_text("2026-03-02T15:00:00Z")
POST, SCENE, SHOP = Place(-71.25, -29.90), Place(-71.26, -29.91), Place(-71.27, -29.92)
DRIVER = Driver("T1", POST, None, ZoneInfo("America/Santiago"), 7)
HOME = Goal(Leg.RETURN, None, POST)
TO_SCENE = Goal(Leg.TO_SCENE, "J1", SCENE)
TRUCK = TruckSeen("T1", 3, "standby", NOW_MS - 60_000, None, None, None)
JOB = JobSeen("J1", "offered", frozenset({"wheel_lift"}), "T1", "O1", NOW_MS + 30_000, ("S1", SHOP))
RESCUE = RescueSeen("R1", 1, "C1", "offered", False, (), NOW_MS, False, SCENE, (JOB,))


def step(status: str, body: Body, job: JobSeen | None = JOB, *, now_ms: int = NOW_MS, driver: Driver = DRIVER) -> Step:
    work = None if job is None or status in ("standby", "repositioning", "off_duty") else (RESCUE, job)
    return next_step(replace(TRUCK, status=status), work, 300, driver, body, now_ms)


def offer_that(answer: str) -> JobSeen:
    """A job whose offer the driver answers so."""
    for k in range(1000):
        body = Body(stands=HOME)
        job = replace(JOB, offer=f"O{k}")
        found = step("offered", body, job)
        if {Accept: "accept", Decline: "decline", Wait: "nothing"}.get(type(found)) == answer:
            return job
    raise AssertionError(answer)


def test_a_truck_away_from_its_post_drives_back_and_says_so() -> None:
    assert step("standby", Body()) == Drive(HOME)
    assert step("standby", Body(drives=TO_SCENE, arrive_ms=NOW_MS + 5)) == Drive(HOME)
    assert step("standby", Body(drives=HOME, arrive_ms=NOW_MS + 5)) == Tap("repositioning")
    assert step("repositioning", Body(drives=HOME, arrive_ms=NOW_MS + 5)) == Wait(NOW_MS + 5)
    assert step("repositioning", Body(stands=HOME)) == Tap("standby")
    assert isinstance(step("standby", Body(stands=HOME)), Wait)


def test_an_offer_is_accepted_after_a_while_and_the_truck_sets_off() -> None:
    job = offer_that("accept")
    assert job.offer is not None
    asked = replace(TRUCK, status="offered", since_ms=NOW_MS)
    waits = next_step(asked, (RESCUE, job), 300, DRIVER, Body(stands=HOME), NOW_MS)
    assert isinstance(waits, Wait)
    assert 10_000 <= waits.until_ms - NOW_MS <= 30_000
    assert step("offered", Body(stands=HOME), job) == Accept(job.offer, "J1")
    assert step("offered", Body(stands=HOME), replace(job, status="accepted")) == Tap("en_route", "J1")


def test_a_few_offers_are_declined_with_a_reason_and_a_few_not_answered() -> None:
    declined = step("offered", Body(stands=HOME), offer_that("decline"))
    assert isinstance(declined, Decline)
    assert declined.reason
    silent = step("offered", Body(stands=HOME), offer_that("nothing"))
    assert isinstance(silent, Wait)
    assert silent.until_ms > NOW_MS + 30_000
    answers = [step("offered", Body(stands=HOME), replace(JOB, offer=f"offer {k}")) for k in range(2000)]
    assert 0.03 < sum(isinstance(each, Decline) for each in answers) / 2000 < 0.05
    assert 0.03 < sum(isinstance(each, Wait) for each in answers) / 2000 < 0.05


def test_it_drives_to_the_scene_and_tells_its_arrival() -> None:
    assert step("en_route", Body(stands=HOME)) == Drive(TO_SCENE)
    assert step("en_route", Body(drives=HOME, arrive_ms=NOW_MS + 5)) == Drive(TO_SCENE)
    assert step("en_route", Body(drives=TO_SCENE, arrive_ms=NOW_MS + 5)) == Wait(NOW_MS + 5)
    assert step("en_route", Body(stands=TO_SCENE)) == Tap("on_scene", "J1")


def test_a_truck_that_is_called_off_on_the_road_turns_round() -> None:
    assert step("repositioning", Body(drives=TO_SCENE, arrive_ms=NOW_MS + 5)) == Drive(HOME)


def test_it_hooks_up_when_the_time_at_the_scene_is_over() -> None:
    first = step("on_scene", Body(stands=TO_SCENE))
    assert isinstance(first, Wait)
    assert first.until_ms > TRUCK.since_ms + 59_000
    assert step("on_scene", Body(stands=TO_SCENE), now_ms=first.until_ms - 1) == first
    assert step("on_scene", Body(stands=TO_SCENE), now_ms=first.until_ms) == Tap("loaded", "J1")
    assert step("on_scene", Body(), now_ms=first.until_ms) == Tap("loaded", "J1")


def test_work_at_the_scene_alone_ends_there() -> None:
    job = replace(JOB, needs=frozenset({"crane"}), shop=None)
    assert step("on_scene", Body(stands=TO_SCENE), job, now_ms=NOW_MS + 86_400_000) == Tap("standby", "J1")


def test_a_car_that_has_no_shop_yet_waits_for_one_and_then_for_its_owner() -> None:
    job = replace(JOB, shop=None)
    done = step("on_scene", Body(stands=TO_SCENE), job)
    assert isinstance(done, Wait)
    assert step("on_scene", Body(), job, now_ms=done.until_ms) == Wait(done.until_ms + 60_000)
    assert step("on_scene", Body(), JOB, now_ms=done.until_ms + 1) == Tap("loaded", "J1")
    assert step("on_scene", Body(), job, now_ms=done.until_ms + SHOP_PATIENCE_MS) == Tap("standby", "J1")


def test_it_tows_to_the_shop_that_the_job_names_now() -> None:
    tow = Goal(Leg.TOW, "J1", SHOP)
    other = replace(JOB, shop=("S2", POST))
    assert step("loaded", Body(stands=TO_SCENE)) == Drive(tow)
    assert step("loaded", Body(stands=tow)) == Tap("at_shop", "J1")
    assert step("loaded", Body(drives=tow, arrive_ms=NOW_MS + 5), other) == Drive(Goal(Leg.TOW, "J1", POST))
    assert step("at_shop", Body(stands=tow)) == Wait(TRUCK.since_ms + 300_000)
    assert step("at_shop", Body(stands=tow), now_ms=TRUCK.since_ms + 300_000) == Tap("standby", "J1")


@pytest.mark.parametrize("status", ["offered", "en_route", "on_scene", "loaded", "at_shop"])
def test_what_does_not_fit_together_is_asked_for_again(status: str) -> None:
    assert step(status, Body(stands=HOME), None) == AskAgain()


def test_an_offer_that_is_gone_is_asked_about() -> None:
    assert step("offered", Body(stands=HOME), replace(JOB, status="reported")) == AskAgain()


def test_a_truck_out_of_service_is_left_alone() -> None:
    assert isinstance(step("out_of_service", Body(), None), Wait)


@pytest.mark.parametrize(
    ("shift", "local", "ends"),
    [
        ((420, 1140), "2026-03-02T09:00:00-03:00", "2026-03-02T19:00:00-03:00"),
        ((1140, 420), "2026-03-02T23:00:00-03:00", "2026-03-03T07:00:00-03:00"),
        ((1140, 420), "2026-03-02T03:00:00-03:00", "2026-03-02T07:00:00-03:00"),
    ],
)
def test_a_shift_begins_on_duty_and_ends_at_the_post(shift: tuple[int, int], local: str, ends: str) -> None:
    driver = replace(DRIVER, shift=shift)
    now_ms, end_ms = ms_of_text(local), ms_of_text(ends)
    begins = step("off_duty", Body(stands=HOME), None, now_ms=now_ms, driver=driver)
    assert begins == Tap("standby", shift_end_ms=end_ms)
    assert step("standby", Body(stands=HOME), None, now_ms=now_ms, driver=driver) == Wait(end_ms)
    assert step("standby", Body(stands=HOME), None, now_ms=end_ms, driver=driver) == Tap("off_duty")
    assert step("standby", Body(), None, now_ms=end_ms, driver=driver) == Drive(HOME)
    waits = step("off_duty", Body(stands=HOME), None, now_ms=end_ms, driver=driver)
    assert waits == Wait(driver.next_shift_ms(end_ms))
    assert driver.works(driver.next_shift_ms(end_ms))

    assert CHANCES.answer_s == 20
