"""A dispatcher's own assignment over HTTP: its price first, then the pin, and its release."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from api.permission import Identity
from tests.api.conftest import OpenTown
from tests.api.service_fixture import Town, played


async def two_rescues(t: Town) -> tuple[dict[str, Any], dict[str, Any]]:
    """T1 in the west is asked for the rescue at (4, 1), T2 in the east for the one at (12, 1)."""
    await t.shop("S1", 15, 1)
    await t.truck("T1", 3, 1)
    await t.truck("T2", 13, 1)
    return await t.ask(4, 1, case_ref="A-1"), await t.ask(12, 1, case_ref="B-2")


async def price(t: Town, rescue: dict[str, Any], truck: str, code: int = 200) -> dict[str, Any]:
    found = await t.get(f"/v1/jobs/{rescue['jobs'][0]['id']}/assignment-price?truck={truck}", code)
    assert isinstance(found, dict)
    return found


@played
async def test_the_price_is_shown_first_and_then_it_comes_so(town: OpenTown) -> None:
    async with town() as t:
        one, other = await two_rescues(t)
        before = await t.get("/v1/state")
        told = await price(t, one, "T2")
        assert (told["possible"], told["reasons"], told["arrival"]["later_min"]) == (True, [], 4)
        assert (told["arrival"]["before"]["truck"], told["arrival"]["after"]["truck"]) == ("T1", "T2")
        (affected,) = told["others"]
        assert (affected["case_ref"], affected["rescue"], affected["later_min"]) == ("B-2", other["id"], 4)
        assert told["cost"]["difference"] == told["cost"]["with"] - told["cost"]["without"] > 2 * 240
        assert told["text"]["en"] == "T2 comes 4 min later than T1. It costs 4 more minutes for B-2."
        assert told["text"]["zh"] == "T2 比 T1 晚到 4 分钟。B-2 多等 4 分钟。"
        assert await t.get("/v1/state") == before

        job = one["jobs"][0]["id"]
        shown = await t.post(f"/v1/jobs/{job}/pin", {"truck": "T2", "by": "王"})
        (pinned,) = shown["jobs"]
        assert (pinned["pinned_to"], pinned["assignment"]["truck"]) == ("T2", "T2")
        assert pinned["eta"]["p50_at"] == told["arrival"]["after"]["at"]
        assert (await t.rescue(other["id"]))["jobs"][0]["assignment"]["truck"] == "T1"
        again = await t.post(f"/v1/jobs/{job}/pin", {"truck": "T2", "by": "王"})
        assert again["version"] == shown["version"]
        timeline = (await t.get(f"/v1/rescues/{one['id']}/timeline"))["items"]
        (row,) = [row for row in timeline if row["kind"] == "Pinned"]
        assert (row["truck"], row["data"]["by"]) == ("T2", "王")

        shown = await t.post(f"/v1/jobs/{job}/unpin", {"by": "王"})
        assert shown["jobs"][0]["pinned_to"] is None
        assert (await t.post(f"/v1/jobs/{job}/unpin", {"by": "王"}))["version"] == shown["version"]
        await t.is_its_fold()


@played
async def test_the_truck_that_goes_anyhow_costs_nobody_anything(town: OpenTown) -> None:
    async with town() as t:
        one, _ = await two_rescues(t)
        told = await price(t, one, "T1")
        assert (told["cost"]["difference"], told["others"]) == (0, [])
        assert told["text"]["en"] == "T1 is the one that is planned anyhow. It costs nobody else anything."


@played
async def test_what_stands_against_an_assignment_is_said(town: OpenTown) -> None:
    async with town() as t:
        one, other = await two_rescues(t)
        await t.put("/v1/trucks/T3", {"can": ["crane"]}, 201)
        told = await price(t, one, "T3")
        assert (told["possible"], told["cost"], told["text"]) == (False, None, None)
        assert [each["reason"] for each in told["reasons"]] == ["off_duty", "no_capability"]
        assert all(each["text"]["zh"] and each["text"]["en"] for each in told["reasons"])
        await t.post(f"/v1/jobs/{one['jobs'][0]['id']}/pin", {"truck": "T3", "by": "王"}, 409)
        await t.post(f"/v1/jobs/{one['jobs'][0]['id']}/pin", {"truck": "T2", "by": "王"})
        assert [each["reason"] for each in (await price(t, other, "T2"))["reasons"]] == ["pinned"]
        await t.post(f"/v1/jobs/{other['jobs'][0]['id']}/pin", {"truck": "T2", "by": "王"}, 409)
        t.clock.move(301)
        assert [each["reason"] for each in (await price(t, one, "T1"))["reasons"]] == ["no_fix"]


@pytest.mark.parametrize(("path", "body"), [("pin", {"truck": "T1", "by": "王"}), ("unpin", {"by": "王"})])
@played
async def test_who_is_not_there_cannot_be_assigned(town: OpenTown, path: str, body: dict[str, str]) -> None:
    async with town() as t:
        one, _ = await two_rescues(t)
        await t.post(f"/v1/jobs/none/{path}", body, 404)
        await t.get("/v1/jobs/none/assignment-price?truck=T1", 404)
        job = one["jobs"][0]["id"]
        await t.post(f"/v1/jobs/{job}/pin", {"truck": "none", "by": "王"}, 404)
        await price(t, one, "none", 404)
        await t.get(f"/v1/jobs/{job}/assignment-price", 400)
        await t.post(f"/v1/jobs/{job}/pin", {"by": "王"}, 422)
        await t.accept(one)
        await t.tap("T1", "en_route")
        await t.tap("T1", "on_scene")
        await price(t, one, "T2", 409)
        await t.post(f"/v1/jobs/{job}/pin", {"truck": "T2", "by": "王"}, 409)


@played
async def test_a_pin_to_a_truck_that_leaves_is_shown_as_released(town: OpenTown) -> None:
    async with town() as t:
        one, _ = await two_rescues(t)
        await t.truck("T4", 5, 1)
        job = one["jobs"][0]["id"]
        await t.post(f"/v1/jobs/{job}/pin", {"truck": "T4", "by": "王"})
        await t.tap("T4", "out_of_service")
        await t.settled()
        (shown,) = (await t.rescue(one["id"]))["jobs"]
        assert (shown["pinned_to"], shown["assignment"]["truck"]) == (None, "T1")


@played
async def test_only_a_dispatcher_assigns(town: OpenTown) -> None:
    digest = hashlib.sha256(b"driver").hexdigest()
    async with town(identity=Identity(configured=True, role_of={digest: "driver"})) as t:
        headers = {"Authorization": "Bearer driver"}
        assert (await t.http.get("/v1/jobs/J/assignment-price?truck=T1", headers=headers)).status_code == 403
        for path in ("pin", "unpin"):
            answer = await t.http.post(f"/v1/jobs/J/{path}", json={"truck": "T1", "by": "x"}, headers=headers)
            assert answer.status_code == 403
