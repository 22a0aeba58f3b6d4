"""The writer: nobody hears of a decision before it is durable, and how long decisions take is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from api.latency import BOUNDS_S, Latency
from api.turns import Entry
from data.database import CannotWrite
from data.journal import Draft, Journal, Record
from dispatch import events as ev
from tests.api.conftest import OpenTown
from tests.api.service_fixture import Stream, Town, played, until

DECISIONS = {"PlanMade", "Offered", "Planned", "LeftOpen"}


class Deaf:
    """A journal that takes everything but decisions, until it is mended."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refused = 0
        self.broken = True
        self.heard: list[str] = []
        driver = town.service.driver
        append, hear = Journal.append, driver._hear

        def refuse(journal: Journal, drafts: Sequence[Draft], beside: Sequence[Any] = ()) -> list[Record]:
            if self.broken and any(draft.kind in DECISIONS for draft in drafts):
                self.refused += 1
                raise CannotWrite("the disk is full", retryable=True)
            return list(append(journal, drafts, beside))

        def listen(entries: Sequence[Entry]) -> None:
            self.heard += [entry.record.kind for entry in entries]
            hear(entries)

        monkeypatch.setattr(Journal, "append", refuse)
        monkeypatch.setattr(driver, "_hear", listen)


@played
async def test_a_decision_that_cannot_be_written_is_told_to_nobody(
    town: OpenTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1)
        await t.truck("T1", 3, 1)
        store = Deaf(t, monkeypatch)
        async with Stream(t, "/v1/stream") as stream:
            asking = asyncio.create_task(t.ask(4, 1))
            await until(lambda: store.refused)
            assert not DECISIONS & set(store.heard)
            (shown,) = (await t.get("/v1/rescues"))["items"]
            assert (shown["status"], shown["jobs"][0]["assignment"]) == ("reported", None)
            assert (await t.get("/v1/trucks/T1"))["status"] == "standby"
            assert (await t.get("/v1/board"))["decisions"] == []
            assert [kind for _, kind, _ in stream.events if kind == "decision"] == []
            store.broken = False
            assert (await stream.first("decision"))["kind"] == "offered"
            assert (await asking)["status"] == "planned"
        assert set(store.heard) & DECISIONS == {"PlanMade", "Offered"}
        await t.is_its_fold()


@played
async def test_what_a_turn_redirects_is_written_with_it_or_not_at_all(
    town: OpenTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town() as t:
        made = await t.accepted()
        for status in ("en_route", "on_scene", "loaded"):
            await t.tap("T1", status)
        await t.shop("S2", 10, 1)
        append, broken = Journal.append, [True]

        def refuse(journal: Journal, drafts: Sequence[Draft], beside: Sequence[Any] = ()) -> list[Record]:
            if broken and any(draft.kind == ev.ShopChanged.__name__ for draft in drafts):
                broken.clear()
                raise CannotWrite("the disk is full", retryable=True)
            return list(append(journal, drafts, beside))

        monkeypatch.setattr(Journal, "append", refuse)
        await t.post("/v1/trucks/T1/turned-away", {"shop_id": "S1"}, 503)
        assert (await t.rescue(made["id"]))["jobs"][0]["shop"]["id"] == "S1"
        await t.post("/v1/trucks/T1/turned-away", {"shop_id": "S1"})
        assert (await t.rescue(made["id"]))["jobs"][0]["shop"]["id"] == "S2"
        await t.is_its_fold()


@played
async def test_the_time_from_an_event_to_its_decision_is_in_the_metrics(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        await t.settled()
        before = t.service.driver.latency.count
        await t.ask(4, 1)
        await t.settled()
        assert t.service.driver.latency.count == before + 1
        text = (await t.http.get("/metrics")).text
        assert f"towline_decision_seconds_count {before + 1}.0" in text
        assert 'towline_decision_seconds_bucket{le="0.05"}' in text
        solves = t.service.driver.solves
        t.service.driver.look_again()  # no event asks for that round
        await t.settled()
        assert t.service.driver.solves > solves
        assert t.service.driver.latency.count == before + 1


def test_a_time_counts_in_its_bucket_and_all_above() -> None:
    latency = Latency()
    for seconds in (0.005, 0.006, 1.0, 11.0):
        latency.take(seconds)
    reached = dict(latency.buckets())
    assert [reached[str(bound)] for bound in BOUNDS_S] == [1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3]
    assert (reached["+Inf"], latency.count, round(latency.sum_s, 3)) == (4, 4, 12.011)
