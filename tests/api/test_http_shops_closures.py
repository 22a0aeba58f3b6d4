"""Shops and closures over HTTP."""

from __future__ import annotations

from tests.api.conftest import OpenTown
from tests.api.service_fixture import crossing, played


@played
async def test_shops_by_road_time_and_by_what_they_take(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("all", 15, 1)
        await t.shop("cars", 5, 1, can=["wheel_lift", "flatbed"], places=4)
        shown = await t.put("/v1/shops/cars", {"name": "Cars", "lon": 0, "lat": 0, "can": ["wheel_lift"]})
        assert (shown["name"], shown["can"], shown["places"]) == ("Cars", ["wheel_lift"], None)
        lon, lat = crossing(1, 0)
        rows = (await t.get(f"/v1/shops?near={lon},{lat}"))["items"]
        assert [(row["id"], row["eta_s"]) for row in rows] == [("cars", 30), ("all", 450)]
        assert [row["id"] for row in (await t.get("/v1/shops?for=wheel_lift;ev_dolly"))["items"]] == ["all"]


@played
async def test_a_full_shop_is_passed_by_until_a_car_has_left(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("near", 5, 1, places=1)
        await t.shop("far", 15, 1)
        await t.truck("T1", 4, 0)
        first = await t.ask(4, 1)
        await t.accept(first)
        await t.tap("T1", "en_route")
        await t.tap("T1", "on_scene")
        assert (await t.shops())["near"]["free_places"] == 0
        for status in ("loaded", "at_shop", "standby"):
            await t.tap("T1", status)
        second = await t.ask(4, 1)
        assert second["jobs"][0]["shop"]["id"] == "far"
        await t.post(f"/v1/rescues/{second['id']}/cancel", {"by": "x"})
        assert (await t.post("/v1/shops/near/freed"))["free_places"] == 1
        await t.post("/v1/shops/near/freed", code=409)
        assert (await t.ask(4, 1))["jobs"][0]["shop"]["id"] == "near"


@played
async def test_a_closed_road_is_driven_round_until_it_is_lifted(town: OpenTown) -> None:
    """Crossing (1, 1) from (0, 1): one street; with that one closed three, by the row above or below."""
    async with town() as t:
        await t.truck("T1", 0, 1)
        lon, lat = crossing(1, 1)
        near = f"/v1/trucks?near={lon},{lat}"
        assert (await t.get(near))["items"][0]["eta_s"] == 30
        line = {"type": "LineString", "coordinates": [crossing(0, 1), crossing(1, 1)]}
        key = t.key()
        made = (await t.http.post("/v1/closures", json={"geometry": line, "reason": "works"}, headers=key)).json()
        again = (await t.http.post("/v1/closures", json={"geometry": line, "reason": "works"}, headers=key)).json()
        assert again == made
        assert (made["active"], made["links"], made["until_at"]) == (True, 2, None)
        assert (await t.get(near))["items"][0]["eta_s"] == 90
        assert [row["id"] for row in (await t.get("/v1/closures"))["items"]] == [made["id"]]
        assert (await t.http.delete(f"/v1/closures/{made['id']}")).status_code == 204
        assert (await t.get(near))["items"][0]["eta_s"] == 30
        assert (await t.http.delete(f"/v1/closures/{made['id']}")).status_code == 404


@played
async def test_a_closure_begins_and_ends_by_the_clock(town: OpenTown) -> None:
    async with town() as t:
        line = {"type": "LineString", "coordinates": [crossing(0, 1), crossing(1, 1)]}
        body = {"geometry": line, "from_at": "2026-03-02T09:00:00+01:00", "until_at": "2026-03-02T08:20:00Z"}
        now = await t.post("/v1/closures", body, 201)
        later = await t.post("/v1/closures", {**body, "from_at": "2026-03-02T08:10:00Z"}, 201)
        assert (now["active"], later["active"]) == (True, False)
        await t.passes(600)
        assert {row["active"] for row in (await t.get("/v1/closures"))["items"]} == {True}
        await t.passes(600)
        assert (await t.get("/v1/closures"))["items"] == []
