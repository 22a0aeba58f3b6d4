"""Trucks, taps and offers over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import OpenTown
from tests.api.service_fixture import TAPS, Stream, Town, crossing, played, until


@played
async def test_a_truck_is_registered_and_amended(town: OpenTown) -> None:
    async with town() as t:
        body = {"can": ["wheel_lift", "crane"], "plate": "苏J1", "company": "A", "driver": "王"}
        first = await t.http.put("/v1/trucks/T1", json=body)
        assert (first.status_code, first.headers["location"]) == (201, "/v1/trucks/T1")
        shown = first.json()
        assert (shown["status"], shown["can"], shown["position"]) == ("off_duty", ["crane", "wheel_lift"], None)
        same = await t.http.put("/v1/trucks/T1", json=body)
        assert (same.status_code, same.json()) == (200, shown)
        amended = await t.put("/v1/trucks/T1", {**body, "driver": "李"})
        assert (amended["driver"], amended["version"] > shown["version"]) == ("李", True)


@played
async def test_a_device_is_one_trucks_until_it_is_given_away(town: OpenTown) -> None:
    async with town() as t:
        await t.truck("T1", 0, 0, device_id="phone")
        await t.put("/v1/trucks/T2", {"can": ["crane"], "device_id": "phone"}, 409)
        await t.put("/v1/trucks/T1", {"can": ["crane"], "device_id": "other phone"})
        gone = await t.http.get("/devices/osmand?id=phone&lat=0&lon=0")
        assert gone.status_code == 400
        own_name = await t.http.get("/devices/osmand?id=T1&lat=0&lon=0")
        assert own_name.status_code == 400  # a truck that has a device is not its own
        await t.truck("T2", 3, 0, device_id="phone")


@played
async def test_trucks_by_road_time(town: OpenTown) -> None:
    async with town() as t:
        await t.truck("far", 9, 1)
        await t.truck("near", 5, 1)
        await t.put("/v1/trucks/unseen", {"can": ["crane"]}, 201)
        lon, lat = crossing(4, 1)
        rows = (await t.get(f"/v1/trucks?near={lon},{lat}"))["items"]
        assert [(row["id"], row["eta_s"]) for row in rows] == [("near", 30), ("far", 150)]
        one = await t.get(f"/v1/trucks?near={lon},{lat}&limit=1")
        assert ([row["id"] for row in one["items"]], one["next"]) == (["near"], "1")
        assert [row["id"] for row in (await t.get("/v1/trucks"))["items"]] == ["far", "near", "unseen"]


@played
async def test_the_same_tap_twice_counts_once(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        made = await t.ask(4, 1)
        job = made["jobs"][0]["id"]
        await t.accept(made)
        for status in TAPS:
            once = await t.tap("T1", status, job=job)
            seq = t.service.journal.head.seq
            assert await t.tap("T1", status, job=job) == once
            assert t.service.journal.head.seq == seq
        assert (await t.rescue(made["id"]))["status"] == "delivered"
        refused = await t.tap("T1", "en_route", 409)
        assert "has no job" in refused["detail"]


@played
async def test_a_declined_offer_goes_to_another_truck(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed(4, 0)
        await t.truck("T2", 12, 0)
        made = await t.ask(4, 1)
        offer = made["jobs"][0]["assignment"]["offer"]
        told = await t.post(f"/v1/offers/{offer}/decline", {"reason": "flat tyre"})
        assert (told["truck"], told["status"], told["rescue"]) == ("T1", "declined", made["id"])
        await t.settled()
        (row,) = (await t.get("/v1/trucks/T2/jobs"))["items"]
        assert (row["rescue"], row["job"]["status"]) == (made["id"], "offered")
        await t.post(f"/v1/offers/{offer}/accept", code=409)
        assert (await t.get("/v1/trucks/T1/jobs"))["items"] == []


@played
async def test_an_offer_that_nobody_answers_expires(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed(4, 0)
        made = await t.ask(4, 1)
        offer = made["jobs"][0]["assignment"]["offer"]
        await t.passes(89)
        assert (await t.rescue(made["id"]))["status"] == "offered"
        await t.passes(1)
        assert (await t.rescue(made["id"]))["status"] == "reported"
        await t.post(f"/v1/offers/{offer}/accept", code=409)
        await t.passes(280)
        await t.seen("T1", 4, 0)
        await t.passes(20)  # the bar of five minutes is over
        assert (await t.rescue(made["id"]))["status"] == "offered"


@played
async def test_a_truck_that_breaks_down_on_its_way_is_replaced(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed(4, 0)
        await t.truck("T2", 12, 0)
        made = await t.ask(4, 1)
        await t.accept(made)
        await t.tap("T1", "en_route")
        assert (await t.tap("T1", "out_of_service", reason="engine"))["job"] is None
        await t.settled()
        assert (await t.rescue(made["id"]))["jobs"][0]["assignment"]["truck"] == "T2"
        assert (await t.tap("T1", "standby"))["status"] == "standby"


@played
async def test_off_duty_a_truck_is_nowhere(town: OpenTown) -> None:
    async with town() as t:
        await t.truck("T1", 4, 0)
        await t.tap("T1", "off_duty")
        await t.passes(1)
        assert (await t.http.get("/devices/osmand?id=T1&lat=0&lon=0")).status_code == 200
        assert (await t.get("/v1/trucks/T1"))["position"] is None


def last_told(stream: Stream, truck_id: str, status: str) -> list[dict[str, Any]]:
    return [
        data
        for _, kind, data in stream.events
        if kind == "truck" and (data["id"], data["status"]) == (truck_id, status)
    ]


def positions_after(stream: Stream, truck_id: str, status: str) -> list[Any]:
    """The positions that were told after a truck's status: before it, it may have been told of where it was."""
    told = [(kind, data) for _, kind, data in stream.events]
    place = next(
        k
        for k, (kind, data) in enumerate(told)
        if kind == "truck" and (data["id"], data["status"]) == (truck_id, status)
    )
    return [row for kind, data in told[place:] if kind == "positions" for row in data["items"]]


@pytest.mark.parametrize("before", ["standby", "out_of_service"])
@played
async def test_whoever_watches_is_told_that_a_truck_off_duty_is_nowhere(town: OpenTown, before: str) -> None:
    async with town() as t:
        await t.truck("T1", 4, 0)
        await t.truck("T2", 5, 0)
        await t.tap("T1", before)
        async with Stream(t, "/v1/stream") as stream:
            answered = await t.tap("T1", "off_duty")
            await until(lambda: last_told(stream, "T1", "off_duty"))
            assert last_told(stream, "T1", "off_duty") == [answered]
            assert answered["position"] is None
            await t.passes(30)
            await t.seen("T2", 6, 0)
            await until(lambda: positions_after(stream, "T1", "off_duty"))
            assert {row[0] for row in positions_after(stream, "T1", "off_duty")} == {"T2"}
        assert await on_the_board(t) == {"T2"}
        await t.tap("T1", "standby")
        assert await on_the_board(t) == {"T2"}  # not where it was before it went


@played
async def test_a_truck_out_of_service_is_shown_as_that_with_the_age_of_its_place(town: OpenTown) -> None:
    async with town() as t:
        await t.truck("T1", 4, 0)
        async with Stream(t, "/v1/stream") as stream:
            await t.tap("T1", "out_of_service", reason="engine")
            await t.passes(100)
            await until(lambda: last_told(stream, "T1", "out_of_service"))
            assert last_told(stream, "T1", "out_of_service")[0]["position"]["at"] == "2026-03-02T08:00:00.000Z"
        (shown,) = (await t.get("/v1/board"))["trucks"]
        assert (shown["status"], shown["position"]["age_s"], shown["position"]["stale"]) == (
            "out_of_service",
            100,
            False,
        )


@played
async def test_a_truck_that_went_off_duty_unknown_to_the_store_is_nowhere_after_a_restart(
    town: OpenTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town() as t:
        await t.truck("T1", 4, 0)
        await t.truck("T2", 5, 0)

        async def killed(_truck: str) -> None:
            """As if the service had ended between the commit and the word to the store."""

        monkeypatch.setattr(t.service.positions, "forget", killed)
        await t.tap("T1", "off_duty")
    async with town() as t:
        assert await on_the_board(t) == {"T2"}


async def on_the_board(t: Town) -> set[str]:
    return {each["id"] for each in (await t.get("/v1/board"))["trucks"] if each["position"] is not None}


@played
async def test_a_shift_that_ends_at_another_time_is_told_by_standing_by_again(town: OpenTown) -> None:
    async with town() as t:
        await t.truck("T1", 0, 0)
        first = await t.post("/v1/trucks/T1/status", {"status": "standby", "shift_end_at": "2030-01-01T12:00:00Z"})
        assert first["shift_end_at"] == "2030-01-01T12:00:00.000Z"
        seq = t.service.journal.head.seq
        again = await t.post("/v1/trucks/T1/status", {"status": "standby", "shift_end_at": "2030-01-01T12:00:00Z"})
        assert (again["version"], t.service.journal.head.seq) == (first["version"], seq)
        later = await t.post("/v1/trucks/T1/status", {"status": "standby", "shift_end_at": "2030-01-01T14:00:00Z"})
        assert (later["shift_end_at"], later["version"] > first["version"]) == ("2030-01-01T14:00:00.000Z", True)
        assert (await t.tap("T1", "standby"))["shift_end_at"] == "2030-01-01T14:00:00.000Z"
