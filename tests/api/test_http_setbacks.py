"""What goes wrong on the way, over HTTP: lateness, breakdowns, shops that turn a vehicle away; and who is told."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch import events as ev
from tests.api.conftest import OpenTown
from tests.api.service_fixture import Stream, Town, crossing, played, token_of, until


async def texts(t: Town, rescue: dict[str, Any], *, party: bool = False) -> list[str]:
    """Kinds of the timeline, oldest first; of the party's own where it is asked for."""
    rows = (await t.get(f"/v1/track/{token_of(rescue)}"))["timeline"] if party else None
    if rows is None:
        rows = (await t.get(f"/v1/rescues/{rescue['id']}/timeline"))["items"]
    assert all(row["text"]["zh"] and row["text"]["en"] not in ("", row["kind"]) for row in rows)
    return [row["kind"] for row in rows]


async def on_the_way(t: Town, *taps: str) -> dict[str, Any]:
    """T1 serves a rescue at (4, 1) and has tapped these; T2 stands at the eastern end."""
    made = await t.accepted()
    await t.truck("T2", 15, 0)
    for status in taps:
        await t.tap("T1", status)
    return made


@pytest.mark.parametrize("taps", [("en_route",), ("en_route", "on_scene")])
@played
async def test_a_truck_that_breaks_down_is_replaced_and_the_party_is_told(
    town: OpenTown, taps: tuple[str, ...]
) -> None:
    async with town() as t:
        made = await on_the_way(t, *taps)
        shown = await t.tap("T1", "out_of_service", reason="gearbox")
        assert (shown["status"], shown["job"]) == ("out_of_service", None)
        await t.settled()
        rescue = await t.rescue(made["id"])
        assert rescue["reported_at"] == made["jobs"][0]["since_at"]
        assert (rescue["jobs"][0]["status"], rescue["jobs"][0]["assignment"]["truck"]) == ("offered", "T2")
        assert "BrokeDown" in await texts(t, made)
        assert "BrokeDown" in await texts(t, made, party=True)
        assert (await t.tap("T1", "out_of_service"))["status"] == "out_of_service"
        assert (await texts(t, made)).count("BrokeDown") == 1
        assert (await t.shops())["S1"]["free_places"] is None
        await t.is_its_fold()


@played
async def test_a_truck_that_was_only_asked_leaves_without_a_word_to_the_party(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        made = await t.ask(4, 1)
        await t.tap("T1", "out_of_service")
        assert "BrokeDown" not in await texts(t, made)
        assert (await t.rescue(made["id"]))["jobs"][0]["status"] == "reported"


@pytest.mark.parametrize("says", [True, False], ids=["says where", "was seen"])
@played
async def test_a_vehicle_on_a_broken_truck_is_fetched_there(town: OpenTown, says: bool) -> None:
    async with town() as t:
        made = await on_the_way(t, "en_route", "on_scene", "loaded")
        lon, lat = crossing(9, 1)
        if says:
            where = {"lon": lon, "lat": lat}
            await t.tap("T1", "out_of_service", reason="engine", location=where, lanes_blocked=1)
        else:
            t.clock.move(300)
            await t.seen("T1", 9, 1)
            await t.tap("T1", "out_of_service", reason="engine")
        await t.seen("T2", 15, 1)
        await t.settled()
        (job,) = (await t.rescue(made["id"]))["jobs"]
        assert (round(job["moved_to"]["lon"], 4), round(job["moved_to"]["lat"], 4)) == (round(lon, 4), round(lat, 4))
        assert (job["status"], job["assignment"]["truck"]) == ("offered", "T2")
        await t.post(f"/v1/offers/{job['assignment']['offer']}/accept")
        await t.tap("T2", "en_route")
        (row,) = (await t.get("/v1/trucks/T2/jobs"))["items"]
        assert row["location"] == job["moved_to"]
        track = await t.get(f"/v1/track/{token_of(made)}")
        end = track["jobs"][0]["route"]["coordinates"][-1]
        assert end == pytest.approx([lon, lat], abs=1e-4)
        assert "BrokeDownLoaded" in [row["kind"] for row in track["timeline"]]
        await t.deliver("T2", after="en_route")
        assert (await t.rescue(made["id"]))["status"] == "delivered"
        legs = (await t.get(f"/v1/rescues/{made['id']}/track"))["features"]
        assert {leg["properties"]["truck"] for leg in legs} <= {"T1", "T2"}
        await t.is_its_fold()


@played
async def test_a_loaded_truck_out_of_sight_has_to_say_where_it_stands(town: OpenTown) -> None:
    async with town() as t:
        await on_the_way(t, "en_route", "on_scene", "loaded")
        t.clock.move(301)
        said = await t.tap("T1", "out_of_service", 409)
        assert "send its location" in said["detail"]
        await t.tap("T1", "out_of_service", 422, location={"lon": 0.0, "lat": 80.0})
        await t.tap("T1", "at_shop")
        assert "tap standby" in (await t.tap("T1", "out_of_service", 409))["detail"]


@played
async def test_a_restart_remembers_where_a_broken_truck_stands(town: OpenTown) -> None:
    async with town() as t:
        made = await on_the_way(t, "en_route", "on_scene", "loaded")
        await t.tap("T2", "off_duty")
        t.clock.move(290)
        await t.seen("T1", 9, 1)
        await t.tap("T1", "out_of_service")
        await t.settled()
        before = (await t.rescue(made["id"]))["jobs"]
    async with town(clock=t.clock) as t:
        assert (await t.rescue(made["id"]))["jobs"] == before
        await t.truck("T3", 9, 0)
        await t.settled()
        (job,) = (await t.rescue(made["id"]))["jobs"]
        assert job["assignment"]["truck"] == "T3"


@played
async def test_a_vehicle_that_is_turned_away_drives_on_to_another_shop(town: OpenTown) -> None:
    async with town() as t:
        made = await on_the_way(t, "en_route", "on_scene", "loaded", "at_shop")
        await t.shop("yard", 14, 1, yard=True)
        await t.shop("S2", 10, 1)
        shown = await t.post("/v1/trucks/T1/turned-away", {"shop_id": "S1", "reason": "full"})
        assert shown["status"] == "loaded"
        (job,) = (await t.rescue(made["id"]))["jobs"]
        assert (job["status"], job["shop"]["id"], job["shop"]["proposed"]) == ("towing", "S2", True)
        shops = await t.shops()
        assert (shops["S1"]["closed"], shops["S1"]["free_places"], shops["yard"]["yard"]) == (True, 0, True)
        again = await t.post("/v1/trucks/T1/turned-away", {"shop_id": "S1"})
        assert again["version"] == shown["version"]
        assert (await texts(t, made, party=True))[-2:] == ["TurnedAway", "ShopChanged"]
        assert (await t.post("/v1/shops/S1/open", {"by": "王"}))["closed"] is False
        assert (await t.post("/v1/shops/S1/open", {"by": "王"}))["closed"] is False
        await t.post("/v1/trucks/T1/turned-away", {"shop_id": "yard"}, 409)
        await t.deliver("T1", after="loaded")
        rows = (await t.get(f"/v1/rescues/{made['id']}/decisions"))["items"]
        assert all(row["plan"]["method"] for row in rows)
        await t.is_its_fold()


@played
async def test_a_vehicle_that_nobody_takes_waits_until_a_shop_opens(town: OpenTown) -> None:
    async with town() as t:
        made = await on_the_way(t, "en_route", "on_scene", "loaded", "at_shop")
        async with Stream(t, "/v1/stream") as stream:
            await t.post("/v1/trucks/T1/turned-away", {"shop_id": "S1"})
            assert (await stream.first("shop"))["closed"] is True
        rescue = await t.rescue(made["id"])
        assert (rescue["status"], rescue["jobs"][0]["shop"]) == ("destination_refused", None)
        track = await t.get(f"/v1/track/{token_of(made)}")
        assert (track["jobs"][0]["route"], track["jobs"][0]["delivery_eta"]) == (None, None)
        assert track["jobs"][0]["truck"]["plate"] == "苏J-T1"
        await t.post("/v1/shops/S2/close", {"by": "王"}, 404)
        await t.shop("S2", 10, 1)
        (job,) = (await t.rescue(made["id"]))["jobs"]
        assert (job["status"], job["shop"]["id"]) == ("towing", "S2")
        await t.post(f"/v1/rescues/{made['id']}/shop", {"shop_id": "S1", "by": "owner"}, 409)
        await t.post("/v1/shops/S1/open", {"by": "王"})
        chosen = await t.post(f"/v1/rescues/{made['id']}/shop", {"shop_id": "S1", "by": "owner"})
        assert (chosen["jobs"][0]["shop"]["id"], chosen["jobs"][0]["shop"]["proposed"]) == ("S1", False)


@played
async def test_a_truck_that_comes_later_than_was_told_is_told_of_once(town: OpenTown) -> None:
    async with town() as t:
        made = await on_the_way(t, "en_route")
        told_at = made["jobs"][0]["eta"]["p50_at"]
        t.clock.move(290)
        await t.seen("T1", 0, 0)
        await t.service.driver.tell_late()
        assert "RunningLate" not in await texts(t, made)
        t.clock.move(20)
        await t.seen("T1", 0, 0)
        await t.service.driver.tell_late()
        await t.service.driver.tell_late()
        assert (await texts(t, made)).count("RunningLate") == 1
        party = (await t.get(f"/v1/track/{token_of(made)}"))["timeline"]
        (row,) = [row for row in party if row["kind"] == "RunningLate"]
        assert row["text"]["en"] == "the truck comes 6 min later than was told"
        await t.settled()
        assert (await t.rescue(made["id"]))["jobs"][0]["eta"]["p50_at"] > told_at
        await t.is_its_fold()


@played
async def test_the_watch_over_arrivals_goes_on_by_itself(town: OpenTown) -> None:
    async with town() as t:
        made = await on_the_way(t, "en_route")
        t.clock.move(310)
        await t.seen("T1", 0, 0)

        def told() -> bool:
            records = t.service.journal.of_subject(made["id"])
            return any(record.kind == ev.RunningLate.__name__ for record in records)

        await until(told)


@played
async def test_a_closed_shop_leads_those_bound_for_it_elsewhere(town: OpenTown) -> None:
    async with town() as t:
        made = await on_the_way(t, "en_route", "on_scene", "loaded")
        await t.shop("west", 1, 1)
        await t.shop("east", 14, 1)
        t.clock.move(290)
        await t.seen("T1", 12, 1)
        shown = await t.post("/v1/shops/S1/close", {"by": "王", "reason": "fire"})
        assert shown["closed"] is True
        (job,) = (await t.rescue(made["id"]))["jobs"]
        assert (job["status"], job["shop"]["id"]) == ("towing", "east")
        assert (await t.post("/v1/shops/S1/close", {"by": "王"}))["version"] == shown["version"]


@played
async def test_a_rescue_is_as_far_as_its_vehicle_that_was_turned_away(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1)
        await t.truck("T1", 3, 1)
        await t.truck("T2", 5, 1)
        made = await t.ask(4, 1, vehicles=[{"plate": "A"}, {"plate": "B"}])
        for job in made["jobs"]:
            await t.post(f"/v1/offers/{job['assignment']['offer']}/accept")
        await t.deliver("T1")
        for status in ("en_route", "on_scene", "loaded", "at_shop"):
            await t.tap("T2", status)
        await t.post("/v1/trucks/T2/turned-away", {"shop_id": "S1"})
        rescue = await t.rescue(made["id"])
        assert {job["status"] for job in rescue["jobs"]} == {"delivered", "destination_refused"}
        assert (rescue["status"], rescue["ended_at"]) == ("destination_refused", None)
