"""Why this truck: what the control room reads, what the party's page is told and when, and both again after a restart.

From crossing to crossing it is 30 s; the clock stands at 08:00, and the town's zone is UTC.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.words import decision_words
from dispatch import events as ev
from dispatch.plan import Reason
from tests.api.conftest import OpenTown
from tests.api.service_fixture import Town, played, token_of

FLATBED = [{"needs": ["flatbed"]}]


async def why_of(t: Town, rescue: dict[str, Any]) -> dict[str, Any] | None:
    """What the party's page is told of why, of the first job."""
    job = (await t.get(f"/v1/track/{token_of(rescue)}"))["jobs"][0]
    assert "why" in job
    return job["why"] if job["why"] is None else dict(job["why"])


async def rounds(t: Town, rescue: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await t.get(f"/v1/rescues/{rescue['id']}/decisions"))["items"])


async def two_flatbeds(t: Town) -> dict[str, Any]:
    """A flatbed at work nearby, another that is sent, a third; the rescue that T2 has accepted."""
    await t.shop("S1", 15, 1)
    await t.truck("T1", 4, 1, can=["flatbed"])
    first = await t.ask(4, 1, vehicles=FLATBED)
    await t.accept(first)
    await t.tap("T1", "en_route")
    await t.tap("T1", "on_scene")
    await t.truck("T2", 0, 1, can=["flatbed"])
    await t.truck("T3", 15, 1, can=["flatbed"])
    made = await t.ask(5, 1, vehicles=FLATBED, case_ref="110-2")
    assert made["jobs"][0]["assignment"]["truck"] == "T2"
    return made


@played
async def test_the_party_is_told_why_while_a_named_truck_is_on_its_way(town: OpenTown) -> None:
    async with town() as t:
        made = await two_flatbeds(t)
        assert await why_of(t, made) is None  # the truck is only asked, and is not named
        await t.accept(made)
        told = await why_of(t, made)
        # 763 s on scene, 11 streets and the unloading of 300 s: free at 08:23:13; it drives 5 streets, T3 drives 10
        assert told == {
            "at": "2026-03-02T08:00:00.000Z",
            "text": {
                "zh": "最近的平板车要忙到 08:24；苏J-T2 比下一辆早 2 分钟到您这里。可去的修理厂只有 Shop S1。",
                "en": "The nearest flatbed is at work until 08:24; 苏J-T2 reaches you 2 minutes earlier than the next. "
                "Shop S1 is the only shop in question.",
            },
        }
        await t.tap("T2", "en_route")
        assert await why_of(t, made) == told
        await t.tap("T2", "on_scene")
        assert await why_of(t, made) is None


@played
async def test_the_control_room_reads_the_facts_and_both_sentences(town: OpenTown) -> None:
    async with town() as t:
        made = await two_flatbeds(t)
        (last,) = await rounds(t, made)
        (why,) = last["why"]
        assert why["facts"]["chosen"]["truck"] == "T2"
        assert why["facts"]["chosen"]["arrive_s"] == 150
        assert why["facts"]["next"] == {"truck": "T3", "arrive_s": 300, "later_s": 150}
        assert [(one["truck"], one["hindrance"], one["drive_s"]) for one in why["facts"]["passed"]] == [
            ("T1", "at_work", 30)
        ]
        assert why["text"]["en"] == (
            "The nearest flatbed (T1) is at work until 08:24; T2 reaches the scene 2 minutes earlier than the next. "
            "Shop S1 is the only shop in question. This plan is proven to be the best."
        )
        assert "苏J-T2 reaches you 2 minutes earlier" in why["party"]["en"]
        assert last["decisions"][0]["text"]["en"] == f"T2 is sent, there in about 2 min. {why['text']['en']}"
        assert last["decisions"][0]["text"]["zh"].startswith("T2 前往，约 2 分钟到达。最近的平板车（T1）要忙到 08:24；")
        board = await t.get("/v1/board")
        assert board["decisions"][0]["text"] == last["decisions"][0]["text"]


@played
async def test_it_is_said_again_after_a_restart(town: OpenTown) -> None:
    async with town() as t:
        made = await two_flatbeds(t)
        await t.accept(made)
        before = await rounds(t, made), await why_of(t, made)
        assert before[1] is not None
    async with town() as t:
        assert (await rounds(t, made), await why_of(t, made)) == before


@played
async def test_who_waits_is_told_why_nobody_comes_yet(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed(0, 0)
        made = await t.ask(4, 1, vehicles=FLATBED)
        told = await why_of(t, made)
        assert told is not None
        assert told["text"] == {"zh": "目前没有值班的平板车。", "en": "No flatbed is on duty now."}
        (last,) = await rounds(t, made)
        assert last["decisions"][0]["text"]["en"].startswith("Nobody yet. No flatbed is on duty now.")
        await t.truck("T2", 9, 0, can=["flatbed"])
        await t.settled()
        assert await why_of(t, made) is None  # what was said of nobody holds no longer, and T2 is only asked


@played
async def test_a_refusal_leaves_the_next_truck_with_its_reason_and_the_control_room_with_names(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed(3, 1)
        await t.truck("T2", 14, 1)
        made = await t.ask(4, 1)
        offer = made["jobs"][0]["assignment"]["offer"]
        await t.post(f"/v1/offers/{offer}/decline", {"reason": "engine"})
        await t.settled()
        shown = await t.rescue(made["id"])
        assert await t.accept(shown) == "T2"
        told = await why_of(t, made)
        assert told is not None
        assert told["text"]["en"].startswith("The nearest tow truck has declined; 苏J-T2 is the only tow truck that")
        assert "T1" not in json.dumps(told)
        assert "The nearest tow truck (T1) has declined" in (await rounds(t, made))[0]["why"][0]["text"]["en"]


@played
async def test_the_owners_word_on_the_shop_takes_the_old_reason_away(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("S2", 6, 1)
        made = await t.accepted()
        told = await why_of(t, made)
        assert told is not None
        assert "Shop S2 is the shortest tow" in told["text"]["en"]
        await t.post(f"/v1/rescues/{made['id']}/shop", {"shop_id": "S1", "by": "owner"})
        await t.settled()
        told = await why_of(t, made)
        assert told is not None
        assert "Shop S2" not in told["text"]["en"]


@pytest.mark.parametrize(
    ("event", "en"),
    [
        (ev.Offered("J.1", "J", "T1", "S1", 0, 150_000), "T1 is sent, there in about 2 min"),
        (ev.Planned("J", "T1", "S1", 150_000), "T1 comes when it is free, there in about 2 min"),
        (ev.Recalled("J", "T1"), "T1 is called off"),
        (ev.LeftOpen("J", Reason.REFUSED), "Nobody yet: every truck that could do it has refused or not answered"),
        (ev.ShopChanged("J", "S1"), "The destination is now Shop S1"),
        (ev.Alarmed("J"), "every capable truck has refused; an alarm is up"),
    ],
)
@played
async def test_a_record_without_facts_still_has_its_words(town: OpenTown, event: ev.Decision, en: str) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1)
        assert decision_words(event, None, 0, 0, t.service.teller).en == en
