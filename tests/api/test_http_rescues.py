"""Rescues over HTTP: asked for, planned, held and merged, cancelled, taken elsewhere, explained."""

from __future__ import annotations

import pytest

from data.parties import find
from tests.api.conftest import OpenTown
from tests.api.service_fixture import crossing, played


@played
async def test_a_rescue_from_the_call_to_the_shop(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        asked = await t.http.post("/v1/rescues", json=t.body(4, 1), headers=t.key())
        made = asked.json()
        assert (asked.status_code, asked.headers["location"]) == (201, f"/v1/rescues/{made['id']}")
        (job,) = made["jobs"]
        assert (made["status"], made["queue_place"], made["held"]) == ("planned", None, False)
        assert made["promise_at"] == "2026-03-02T08:20:00.000Z"  # the policy's 1,200 s
        assert (job["status"], job["needs"], job["shop"]["id"]) == ("offered", ["wheel_lift"], "S1")
        assert job["shop"]["proposed"] is True
        assert (job["assignment"]["truck"], job["assignment"]["driver"]) == ("T1", "王")
        assert job["assignment"]["expires_at"] == "2026-03-02T08:01:30.000Z"
        assert job["eta"]["p50_at"] == "2026-03-02T08:02:30.000Z"  # five streets of 30 s
        assert await t.accept(made) == "T1"
        seen = []
        for tap, status in (
            ("en_route", "en_route"), ("on_scene", "on_scene"), ("loaded", "towing"), ("at_shop", "towing"),
            ("standby", "delivered"),
        ):  # fmt: skip
            await t.passes(60)
            await t.tap("T1", tap)
            shown = await t.rescue(made["id"])
            assert shown["status"] == status
            seen.append(shown["version"])
        assert seen == sorted(set(seen))
        assert shown["ended_at"] == "2026-03-02T08:05:00.000Z"
        assert await t.get("/v1/rescues") == {"items": [], "next": None}
        assert [each["id"] for each in (await t.get("/v1/rescues?status=all"))["items"]] == [made["id"]]
        told = [row["kind"] for row in (await t.get(f"/v1/rescues/{made['id']}/timeline"))["items"]]
        assert [kind for kind in told if kind != "PlanMade"] == [
            "RescueAsked", "OrderReported", "Offered", "OfferAccepted", "SetOff", "Arrived", "HookedUp", "ReachedShop",
            "Delivered",
        ]  # fmt: skip


@played
async def test_the_nearer_truck_is_sent_and_the_other_one_is_explained(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1)
        await t.truck("near", 2, 0)
        await t.truck("far", 12, 0)
        made = await t.ask(4, 0)
        assert made["jobs"][0]["assignment"]["truck"] == "near"
        (made_round,) = (await t.get(f"/v1/rescues/{made['id']}/decisions"))["items"]
        (decision,) = made_round["decisions"]
        assert (decision["kind"], decision["truck"]) == ("offered", "near")
        assert "near" in decision["text"]["en"]
        (why,) = made_round["why"]
        assert {row["truck"]: row["arrive_s"] for row in why["considered"]} == {"near": 60, "far": 240}
        assert {row["truck"]: row["verdict"] for row in why["considered"]} == {"near": "chosen", "far": "later"}
        assert made_round["plan"]["lower_bound"] == made_round["plan"]["cost"]


@played
async def test_without_a_truck_it_waits_in_a_queue(town: OpenTown) -> None:
    async with town() as t:
        first, second = await t.ask(0, 0), await t.ask(9, 0)
        assert [(each["status"], each["queue_place"]) for each in (first, second)] == [("reported", 1), ("reported", 2)]
        await t.staffed(8, 0)
        await t.settled()
        shown = {each["id"]: each for each in (await t.get("/v1/rescues"))["items"]}
        assert [shown[each["id"]]["queue_place"] for each in (first, second)] == [None, None]
        assert {each["status"] for each in shown.values()} == {"offered", "planned"}


@played
async def test_one_job_a_vehicle_each_with_what_it_needs(town: OpenTown) -> None:
    async with town() as t:
        vehicles = [
            {"plate": "苏A1", "class": "car", "damage": "front", "needs": ["flatbed"]},
            {"plate": "苏A2", "needs": []},
            {"needs": ["wheel_lift", "ev_dolly"]},
        ]
        made = await t.ask(3, 0, vehicles=vehicles, severity="injury", lanes_blocked=2, person_waiting=True)
        shown = await t.rescue(made["id"])
        assert [job["needs"] for job in shown["jobs"]] == [["flatbed"], ["wheel_lift"], ["ev_dolly", "wheel_lift"]]
        assert [job["vehicle"] for job in shown["jobs"]] == [
            {"class": "car", "damage": "front"}, {"class": None, "damage": None}, {"class": None, "damage": None},
        ]  # fmt: skip
        assert (shown["severity"], shown["lanes_blocked"], shown["person_waiting"]) == ("injury", 2, True)


@played
async def test_a_name_a_number_and_a_plate_are_kept_apart_from_the_journal(town: OpenTown) -> None:
    async with town() as t:
        made = await t.ask(3, 0, vehicles=[{"plate": "苏J12345"}], contact={"name": "李四", "phone": "13911112222"})
        kept = find(t.service.database, made["id"])
        assert kept is not None
        assert (kept.plates, kept.details["contact"]) == (("苏J12345",), {"name": "李四", "phone": "13911112222"})
        written = "".join(record.payload for record in t.service.journal.read())
        assert not any(each in written for each in ("苏J12345", "李四", "13911112222"))


@pytest.mark.parametrize("again", ["place", "plate"])
@played
async def test_a_second_report_of_one_accident_is_held(town: OpenTown, again: str) -> None:
    async with town() as t:
        await t.staffed()
        await t.truck("T2", 0, 2)
        first = await t.ask(4, 1, vehicles=[{"plate": "苏J·12345"}])
        if again == "place":
            second = await t.ask(4, 1)
        else:
            second = await t.ask(12, 1, vehicles=[{"plate": "苏j 12345"}])
        assert (second["held"], second["linked"], second["status"]) == (True, [first["id"]], "reported")
        assert second["jobs"][0]["assignment"] is None
        merged = await t.post(f"/v1/rescues/{second['id']}/merge", {"into": first["id"], "by": "7"})
        assert (merged["merged_into"], merged["status"], merged["held"]) == (first["id"], "cancelled", False)
        await t.post(f"/v1/rescues/{second['id']}/release", {"by": "7"}, 409)


@played
async def test_far_away_or_much_later_is_another_accident(town: OpenTown) -> None:
    async with town() as t:
        await t.ask(4, 1)
        assert (await t.ask(5, 1))["held"] is False
        await t.passes(20 * 60 + 1)
        assert (await t.ask(4, 1))["held"] is False


@played
async def test_a_held_report_is_released_by_a_word(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        await t.truck("T2", 0, 2)
        await t.ask(4, 1)
        second = await t.ask(4, 1)
        shown = await t.post(f"/v1/rescues/{second['id']}/release", {"by": "7"})
        assert (shown["held"], shown["status"]) == (False, "offered")
        await t.post(f"/v1/rescues/{second['id']}/release", {"by": "7"}, 409)


@played
async def test_a_held_report_is_released_when_what_it_was_held_for_is_cancelled(town: OpenTown) -> None:
    """Also where that was held itself, and where it waited for several."""
    async with town() as t:
        first = await t.ask(4, 1)
        second = await t.ask(4, 1)
        third = await t.ask(4, 1)
        assert third["linked"] == [first["id"], second["id"]]
        await t.post(f"/v1/rescues/{second['id']}/cancel", {"by": "party"})
        assert (await t.rescue(second["id"]))["status"] == "cancelled"
        assert (await t.rescue(third["id"]))["held"] is True
        await t.post(f"/v1/rescues/{first['id']}/cancel", {"by": "party"})
        assert (await t.rescue(third["id"]))["held"] is False
        await t.passes(21 * 60)
        await t.post(f"/v1/rescues/{third['id']}/cancel", {"by": "party"})
        fourth = await t.ask(9, 1, vehicles=[{"plate": "A"}])
        fifth = await t.ask(1, 1, vehicles=[{"plate": "A"}, {"plate": "B"}])
        sixth = await t.ask(13, 1, vehicles=[{"plate": "B"}])
        assert sixth["linked"] == [fifth["id"]]
        await t.post(f"/v1/rescues/{fifth['id']}/cancel", {"by": "party"})
        assert (await t.rescue(sixth["id"]))["held"] is False
        assert (await t.rescue(fourth["id"]))["held"] is False


@played
async def test_cancelling_frees_the_truck_until_the_vehicle_is_on_the_hook(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        for taps in ([], ["en_route"], ["en_route", "on_scene"]):
            made = await t.ask(4, 1)
            await t.accept(made)
            for tap in taps:
                await t.tap("T1", tap)
            gone = await t.post(f"/v1/rescues/{made['id']}/cancel", {"by": "party", "reason": "drove on"})
            assert (gone["status"], gone["queue_place"]) == ("cancelled", None)
            assert (await t.get("/v1/trucks/T1"))["status"] == "standby"
            await t.post(f"/v1/rescues/{made['id']}/cancel", {"by": "party"}, 409)
        made = await t.ask(4, 1)
        await t.accept(made)
        for tap in ("en_route", "on_scene", "loaded"):
            await t.tap("T1", tap)
        refused = await t.post(f"/v1/rescues/{made['id']}/cancel", {"by": "party"}, 409)
        assert "change its shop" in refused["detail"]


@played
async def test_the_owner_chooses_the_shop_until_hook_up(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("near", 5, 1, places=3)
        await t.shop("far", 15, 1, places=3)
        await t.truck("T1", 0, 0)
        made = await t.ask(4, 1)
        assert made["jobs"][0]["shop"]["id"] == "near"
        await t.accept(made)
        await t.tap("T1", "en_route")
        await t.tap("T1", "on_scene")
        shop = f"/v1/rescues/{made['id']}/shop"
        assert (await t.shops())["near"]["free_places"] == 2
        shown = await t.post(shop, {"shop_id": "far", "by": "owner"})
        assert (shown["shop_id"], shown["jobs"][0]["shop"]["proposed"]) == ("far", False)
        assert {name: row["free_places"] for name, row in (await t.shops()).items()} == {"near": 3, "far": 2}
        unknown = await t.post(shop, {"shop_id": "nowhere", "by": "owner"}, 422)
        assert "GET /v1/shops" in unknown["detail"]
        await t.tap("T1", "loaded")
        await t.post(shop, {"shop_id": "near", "by": "owner"}, 409)


@played
async def test_a_shop_that_does_not_take_the_vehicle_is_refused_first_and_later(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("all", 5, 1)
        await t.shop("cars", 15, 1, can=["wheel_lift"])
        lorry = [{"needs": ["heavy"]}, {"needs": ["wheel_lift"]}]
        asked = {"vehicles": lorry, "shop_id": "cars"}
        case = {**t.body(4, 1), "rescue": {**asked}}
        seq = t.service.journal.head.seq
        for path, body in (("/v1/rescues", t.body(4, 1, **asked)), ("/v1/cases", case)):
            refused = await t.http.post(path, json=body, headers=t.key())
            assert refused.status_code == 409
            assert t.service.journal.head.seq == seq
        made = await t.ask(4, 1, vehicles=lorry, shop_id="all")
        later = await t.post(f"/v1/rescues/{made['id']}/shop", {"shop_id": "cars", "by": "owner"}, 409)
        for said in (refused.json(), later):
            assert said["detail"].startswith("shop cars: does not take the vehicle of job ")
            assert said["detail"].endswith("-1")
        crane = await t.ask(12, 1, vehicles=[{"needs": ["crane"]}], shop_id="cars")  # it works where the vehicle lies
        assert crane["held"] is False


@played
async def test_a_version_that_is_no_more_is_refused(town: OpenTown) -> None:
    async with town() as t:
        made = await t.ask(4, 1)
        got = await t.http.get(f"/v1/rescues/{made['id']}")
        assert got.headers["etag"] == f'"{got.json()["version"]}"'
        body = {"by": "party"}
        stale = await t.http.post(f"/v1/rescues/{made['id']}/cancel", json=body, headers={"If-Match": '"999"'})
        assert stale.status_code == 412
        assert "fetch it again" in stale.json()["detail"]
        fine = await t.http.post(
            f"/v1/rescues/{made['id']}/cancel", json=body, headers={"If-Match": got.headers["etag"]}
        )
        assert fine.status_code == 200


@played
async def test_the_ways_of_a_rescue_are_drawn(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("S1", 10, 1)
        await t.truck("T1", 0, 1)
        made = await t.ask(4, 1)
        await t.accept(made)
        await t.tap("T1", "en_route")
        drawn = await t.get(f"/v1/rescues/{made['id']}/track")
        assert drawn["type"] == "FeatureCollection"
        ahead = {row["properties"]["leg"]: row for row in drawn["features"] if row["properties"]["kind"] == "ahead"}
        assert {leg: row["properties"]["duration_s"] for leg, row in ahead.items()} == {"to_scene": 120, "tow": 180}
        assert ahead["to_scene"]["geometry"]["coordinates"][-1] == pytest.approx(crossing(4, 1), abs=1e-5)


@played
async def test_lists_are_paged(town: OpenTown) -> None:
    async with town() as t:
        ids = [(await t.ask(x, 0))["id"] for x in range(0, 10, 2)]
        found: list[str] = []
        cursor = ""
        while True:
            page = await t.get(f"/v1/rescues?limit=2{cursor}")
            found += [each["id"] for each in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert found == ids


@played
async def test_a_case_with_and_without_its_rescue(town: OpenTown) -> None:
    async with town() as t:
        lon, lat = crossing(3, 1)
        case = {"case_ref": "C-1", "location": {"lon": lon, "lat": lat}, "contact": {"name": "李", "phone": "1"}}
        plain = await t.post("/v1/cases", case, 201)
        assert plain["rescue_id"] is None
        full = await t.post("/v1/cases", {**case, "rescue": {"vehicles": [{"needs": ["flatbed"]}]}}, 201)
        shown = await t.rescue(full["rescue_id"])
        assert (shown["case_ref"], shown["jobs"][0]["needs"]) == ("C-1", ["flatbed"])
        got = await t.get(f"/v1/cases/{full['id']}")
        assert got == {"id": full["id"], "case_ref": "C-1", "location": {"lon": lon, "lat": lat},
                       "rescue_id": full["rescue_id"]}  # fmt: skip
        assert find(t.service.database, full["rescue_id"]) is not None
        await t.get("/v1/cases/nowhere", 404)


@pytest.mark.parametrize("path", ["", "/timeline", "/decisions", "/track"])
@played
async def test_a_rescue_that_is_not_there(town: OpenTown, path: str) -> None:
    async with town() as t:
        assert "GET /v1/rescues" in (await t.get(f"/v1/rescues/nowhere{path}", 404))["detail"]
