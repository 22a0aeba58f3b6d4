"""Rescues that have been over for long leave the memory, and nobody who asks for them can tell."""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from typing import Any

import pytest

from api.archiving import archive_command
from api.tracking import OPEN_AFTER_END_MS
from cases.events import RescueArchived
from cases.rescues import Rescue
from data.answers import KEPT_MS, complete_statement, find
from data.archive import Archived, list_after
from data.checkpoints import Checkpoint, save
from data.database import Database
from data.recovery import checkpoint_text
from dispatch.orders import Job, Order
from dispatch.policy import SHIPPED, read_policy
from dispatch.states import JobState
from geo.faults import BadInput
from tests.api.conftest import OpenTown
from tests.api.service_fixture import Stream, Town, crossing, played, token_of, until
from tests.api.test_recovery import Disk, shown

SPAN_S = 48 * 3600
"""The policy's."""


async def served(t: Town, x: int = 4, truck: str = "T1", **fields: Any) -> str:
    """A rescue from report to delivery; its id."""
    await t.seen(truck, 0, 0)
    made = await t.ask(x, 1, **fields)
    await t.accept(await t.rescue(made["id"]))
    await t.tap(truck, "en_route")
    await t.passes(60)
    await t.seen(truck, x, 1)
    for status in ("on_scene", "loaded", "at_shop", "standby"):
        await t.tap(truck, status)
    await t.settled()
    return str(made["id"])


async def all_of(t: Town, rescue: str) -> dict[str, Any]:
    answer = await t.http.get(f"/v1/rescues/{rescue}")
    paths = ("", "/timeline", "/decisions", "/track")
    found = {path: await t.get(f"/v1/rescues/{rescue}{path}") for path in paths}
    return {**found, "etag": answer.headers["etag"], "list": await t.get("/v1/rescues?status=all")}


def in_memory() -> set[str]:
    """The rescues of which any record is left, whoever holds it."""
    gc.collect()
    found = gc.get_objects()
    return (
        {each.order_id for each in found if isinstance(each, JobState)}
        | {each.id for each in found if isinstance(each, Order | Rescue)}
        | {each.id.partition("-")[0] for each in found if isinstance(each, Job)}
    )


def leaves_memory(rescues: set[str]) -> bool:
    return not rescues & in_memory()


async def listed(t: Town, query: str) -> list[str]:
    return [row["id"] for row in (await t.get(f"/v1/rescues?{query}"))["items"]]


@played
async def test_an_archived_rescue_is_answered_as_before(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1, places=5)
        await t.shop("S2", 0, 1)
        await t.truck("T1", 0, 0)
        lon, lat = crossing(3, 1)
        case = await t.post(
            "/v1/cases", {"case_ref": "C", "location": {"lon": lon, "lat": lat}, "rescue": {"vehicles": [{}]}}, 201
        )
        rescue = case["rescue_id"]
        await t.settled()
        await t.post(f"/v1/rescues/{rescue}/shop", {"shop_id": "S1", "by": "owner"})
        await t.accept(await t.rescue(rescue))
        await t.deliver("T1")
        await t.settled()
        before, known, board = await all_of(t, rescue), await t.get(f"/v1/cases/{case['id']}"), await t.shops()
        assert before[""]["shop_id"] == "S1"
        await t.passes(SPAN_S - 1)
        assert await t.service.archive() == 0
        await t.passes(1)
        async with Stream(t, "/v1/stream") as stream:
            assert await t.service.archive() == 1
            assert stream.events == []
        assert rescue not in t.service.published.rescues
        assert case["id"] not in t.service.published.cases
        after = await all_of(t, rescue)
        last = after["/timeline"]["items"].pop()
        assert (last["kind"], last["text"]["en"]) == ("RescueArchived", "archived")
        assert after == before
        assert await t.get(f"/v1/cases/{case['id']}") == known
        assert await t.shops() == board
        assert await listed(t, "status=open") == []
        await t.is_its_fold()


@played
async def test_a_case_without_a_rescue_leaves_and_is_answered_as_before(town: OpenTown) -> None:
    async with town() as t:
        key, body = t.key(), t.body(4, 1)
        opened = await t.http.post("/v1/cases", json=body, headers=key)
        case = opened.json()["id"]
        before = await t.get(f"/v1/cases/{case}")
        assert before["rescue_id"] is None
        await t.passes(3_600)
        later = await t.post("/v1/cases", t.body(9, 1), 201)
        served_by_now = await t.post("/v1/cases", {**t.body(12, 1), "rescue": {}}, 201)
        await t.passes(SPAN_S - 3_601)
        assert await t.service.archive() == 0
        await t.passes(1)
        assert await t.service.archive() == 1
        assert set(t.service.published.cases) == {later["id"], served_by_now["id"]}
        assert t.service.published.cases == t.service.driver.state.cases.cases
        assert await t.get(f"/v1/cases/{case}") == before
        assert (await t.http.post("/v1/cases", json=body, headers=key)).json() == opened.json()
        assert t.service.published.archived == 0, "no rescue has left"
        await t.is_its_fold()
        digest, clock = t.service.driver.state.sha256(), t.clock
    async with town(clock=clock) as t:
        assert t.service.driver.state.sha256() == digest
        assert await t.get(f"/v1/cases/{case}") == before
        await t.passes(3_600)
        assert await t.service.archive() == 1
        assert set(t.service.published.cases) == {served_by_now["id"]}, "its rescue is open"


@played
async def test_rescues_and_cases_share_what_leaves_at_once(town: OpenTown) -> None:
    async with town() as t:
        for x in (2, 5, 8):
            await t.post("/v1/cases", t.body(x, 1), 201)
        for x in (2, 8):
            made = await t.ask(x, 1)
            await t.post(f"/v1/rescues/{made['id']}/cancel", {"by": "x", "reason": ""})
        await t.passes(SPAN_S)
        assert (await t.service.driver.do(archive_command(SPAN_S, 3))).answer == 3
        published = t.service.published
        assert (len(published.rescues), len(published.cases)) == (0, 2)
        assert await t.service.archive(at_once=1) == 2
        assert published.cases == {}


@played
async def test_a_checkpoint_from_before_cases_had_an_end_is_passed_over(
    town: OpenTown, capsys: pytest.CaptureFixture[str]
) -> None:
    async with town() as t:
        case = await t.post("/v1/cases", t.body(4, 1), 201)
        state, head = t.service.driver.state, t.service.journal.head
        alone = f'"alone":[["{case["id"]}",{t.clock.now_ms()}]],'.encode()
        text = checkpoint_text(state, head)
        assert text.count(alone) == 1
        save(t.service.database, Checkpoint(head.seq, 0, "town", text.replace(alone, b"")))
        digest = state.sha256()
    async with town() as t:
        assert "the journal is folded whole" in capsys.readouterr().out
        assert t.service.driver.state.sha256() == digest


@played
async def test_an_offer_of_an_archived_rescue_is_closed_and_not_unknown(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        made = await t.ask(4, 1)
        offer = made["jobs"][0]["assignment"]["offer"]
        await t.post(f"/v1/rescues/{made['id']}/cancel", {"by": "x", "reason": ""})
        await t.passes(SPAN_S)
        assert (await t.post(f"/v1/offers/{offer}/accept", code=409))["title"] == "Conflict"
        assert await t.service.archive() == 1
        seq = t.service.journal.head.seq
        for verb in ("accept", "decline"):
            detail = (await t.post(f"/v1/offers/{offer}/{verb}", code=409))["detail"]
            assert "no longer open" in detail
            assert "archived" in detail
        for unknown in (offer + "1", made["id"], f"{made['id']}-1.2", f"{made['id']}-2.1", "救-1.1", "%00-1.1"):
            assert "no offer" in (await t.post(f"/v1/offers/{unknown}/accept", code=404))["detail"]
        assert t.service.journal.head.seq == seq


@played
async def test_what_may_not_leave_stays(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        first = await served(t, 4)
        second = (await t.ask(9, 1))["id"]
        held = await t.ask(9, 1)
        third = await t.ask(9, 1)
        assert held["linked"] == [second]
        assert third["linked"] == [second, held["id"]]
        await t.post(f"/v1/rescues/{held['id']}/merge", {"into": second, "by": "x"})
        await t.accept(await t.rescue(second))
        await t.deliver("T1")
        await t.passes(SPAN_S)
        assert await t.service.archive() == 1, "one is held, and waits for what becomes of the two others"
        assert await listed(t, "status=all") == [first, second, held["id"], third["id"]]
        assert set(t.service.published.rescues) == {second, held["id"], third["id"]}
        assert (await t.rescue(third["id"]))["held"] is True
        await t.post(f"/v1/rescues/{third['id']}/merge", {"into": second, "by": "x"})
        await t.passes(SPAN_S - 1)
        assert await t.service.archive() == 2
        await t.passes(1)
        assert await t.service.archive() == 1
        assert await t.service.archive() == 0
        assert (t.service.published.rescues, t.service.published.archived) == ({}, 4)
        assert await listed(t, "status=all") == [first, second, held["id"], third["id"]]
        assert (await t.rescue(third["id"]))["merged_into"] == second
        await t.is_its_fold()


@played
async def test_nothing_of_an_archived_rescue_stays_in_memory(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        sizes = []
        for _ in range(4):
            gone = {await served(t, x) for x in (3, 6, 9)}
            await t.passes(SPAN_S)
            assert await t.service.archive(at_once=2) == 3
            await t.settled()
            published, state = shown(t.service.published), t.service.driver.state
            names = ("jobs", "rescues", "cases", "links", "offers", "open", "orders")
            assert not any(published[name] for name in names)
            assert not any([state.engine.book.offers, state.cases.case_of_rescue, state.cases.held])
            sizes.append(len(state.text()))
            await until(partial(leaves_memory, gone))
        assert max(sizes) - min(sizes) <= 4, "the same but for the digits of counts"


@played
async def test_a_page_is_whole_though_rescues_leave_between_two(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        made = [await served(t, x) for x in (2, 4, 6)]
        made += [(await t.ask(x, 0))["id"] for x in (2, 6, 10, 14)]
        await t.passes(SPAN_S)
        for leaves in ({0}, {1}, {2}, {0, 2}, set()):
            found: list[str] = []
            cursor = ""
            for turn in range(10):
                page = await t.get(f"/v1/rescues?status=all&limit=1{cursor}")
                found += [row["id"] for row in page["items"]]
                if page["next"] is None:
                    break
                cursor = f"&cursor={page['next']}"
                if turn in leaves:
                    await t.service.driver.do(archive_command(SPAN_S, 1))
            assert found == made
        assert await listed(t, "status=open") == made[3:]
        assert await listed(t, "status=all&limit=2&cursor=0") == made[:2]
        for cursor in ("x", "-1", "9" * 40, "1.5"):
            assert "next" in (await t.get(f"/v1/rescues?status=all&cursor={cursor}", 400))["detail"]


@played
async def test_a_rescue_that_leaves_while_a_page_is_read_is_on_it(
    town: OpenTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town() as t:
        made = [(await t.ask(x, 0))["id"] for x in (2, 6)]
        await t.post(f"/v1/rescues/{made[0]}/cancel", {"by": "x", "reason": ""})
        await t.passes(SPAN_S)
        loop, reads = asyncio.get_running_loop(), []

        def read_and_leave(database: Database, number: int, limit: int) -> list[Archived]:
            reads.append(list_after(database, number, limit))
            if len(reads) == 1:
                asyncio.run_coroutine_threadsafe(t.service.archive(), loop).result()
            return reads[-1]

        monkeypatch.setattr("api.archived.list_after", read_and_leave)
        assert await listed(t, "status=all") == made
        assert [len(read) for read in reads] == [0, 1]


@played
async def test_a_repeated_request_gets_its_answer_when_the_rescue_is_archived(town: OpenTown) -> None:
    async with town() as t:
        key, body = t.key(), t.body(4, 1)
        case_key, case = t.key(), {**t.body(9, 1), "rescue": {}}
        first = await t.http.post("/v1/rescues", json=body, headers=key)
        opened = await t.http.post("/v1/cases", json=case, headers=case_key)
        for rescue in (first.json()["id"], opened.json()["rescue_id"]):
            await t.post(f"/v1/rescues/{rescue}/cancel", {"by": "x", "reason": ""})
        await t.passes(SPAN_S)
        assert await t.service.archive() == 2
        again = await t.http.post("/v1/rescues", json=body, headers=key)
        assert (again.status_code, again.json()) == (201, first.json())
        other = await t.http.post("/v1/rescues", json=t.body(5, 1), headers=key)
        assert other.status_code == 422
        assert (await t.http.post("/v1/cases", json=case, headers=case_key)).json() == opened.json()
        # as if the service had ended between the commit and the answer
        for route, header, made in (("/v1/rescues", key, first), ("/v1/cases", case_key, opened)):
            text = '{"id": "%s"}' % made.json()["id"]  # noqa: UP031
            statement = complete_statement(route, header["Idempotency-Key"].strip('"'), text)
            with t.service.database.write() as connection:
                connection.execute(statement)
        again = await t.http.post("/v1/rescues", json=body, headers=key)
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
        assert again.json()["tracking_url"] == first.json()["tracking_url"]
        assert (await t.http.post("/v1/cases", json=case, headers=case_key)).json() == opened.json()


def test_no_policy_lets_a_rescue_leave_while_its_link_is_open() -> None:
    with pytest.raises(BadInput, match=f"from {OPEN_AFTER_END_MS // 1000} to"):
        read_policy(b"archive_after_s = 0", "p.toml")
    assert read_policy(b"archive_after_s = 7200", "p.toml").archive_after_s * 1000 >= OPEN_AFTER_END_MS
    assert all(policy.archive_after_s == SPAN_S for policy in SHIPPED.values())


@played
async def test_answers_too_old_to_be_given_again_are_forgotten(town: OpenTown) -> None:
    async with town() as t:
        keys = [t.key(), t.key()]
        made = []
        for key in keys:
            made.append((await t.http.post("/v1/rescues", json=t.body(4, 1), headers=key)).json()["id"])
            await t.post(f"/v1/rescues/{made[-1]}/cancel", {"by": "x", "reason": ""})
            await t.passes(KEPT_MS / 2_000 + 1)
        assert await t.service.archive() == 2
        names = [key["Idempotency-Key"].strip('"') for key in keys]
        found = [find(t.service.database, "/v1/rescues", name) for name in names]
        assert [each is None for each in found] == [True, False]


@played
async def test_old_answers_are_forgotten_also_where_no_rescue_leaves(town: OpenTown) -> None:
    async with town() as t:
        key = t.key()
        line = {"type": "LineString", "coordinates": [crossing(0, 1), crossing(1, 1)]}
        assert (await t.http.post("/v1/closures", json={"geometry": line}, headers=key)).status_code == 201
        name = key["Idempotency-Key"].strip('"')
        for seconds, kept in ((KEPT_MS // 1000, True), (1, False)):
            await t.passes(seconds)
            assert await t.service.archive() == 0
            assert (find(t.service.database, "/v1/closures", name) is not None) is kept


@played
async def test_an_archived_rescue_is_not_changed_and_links_to_nothing(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1)
        made = await t.ask(4, 1, vehicles=[{"plate": "苏J1"}])
        await t.post(f"/v1/rescues/{made['id']}/cancel", {"by": "x", "reason": ""})
        token = token_of(made)
        await t.passes(SPAN_S)
        closed = await t.get(f"/v1/track/{token}", 404)
        assert await t.service.archive() == 1
        assert await t.get(f"/v1/track/{token}", 404) == closed
        bodies: dict[str, dict[str, str]] = {
            "cancel": {"by": "x", "reason": ""}, "shop": {"shop_id": "S1", "by": "x"},
            "release": {"by": "x"}, "merge": {"into": made["id"], "by": "x"},
        }  # fmt: skip
        for verb, body in bodies.items():
            assert "archived" in (await t.post(f"/v1/rescues/{made['id']}/{verb}", body, 409))["detail"]
        again = await t.ask(4, 1, vehicles=[{"plate": "苏J1"}])
        assert (again["held"], again["linked"]) == (False, [])
        await t.post(f"/v1/rescues/{again['id']}/merge", {"into": made["id"], "by": "x"}, 409)
        for name in ("nowhere", "%00", "x" * 300, "%E6%95%91", "a%20b", made["id"] + "%00"):
            for path in (f"/v1/rescues/{name}", f"/v1/rescues/{name}/timeline", f"/v1/cases/{name}"):
                await t.get(path, 404)


@pytest.mark.parametrize("kept", ["none", "sound", "older"])
@played
async def test_a_restart_after_some_have_left(town: OpenTown, kept: str) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1, places=9)
        await t.truck("T1", 0, 0)
        rescues = [await served(t, 3)]
        await t.passes(3_600)
        rescues.append(await served(t, 6))
        if kept == "older":  # a checkpoint of a Towline that numbered no rescue yet
            text = checkpoint_text(t.service.driver.state, t.service.journal.head)
            for number in (1, 2):
                assert text.count(b'"number":%d,' % number) == 1
                text = text.replace(b'"number":%d,' % number, b"")
            text = text.replace(b'"archived":0,', b"")
            save(t.service.database, Checkpoint(t.service.journal.head.seq, 0, "town", text))
        await t.passes(SPAN_S - 1_800)
        assert await t.service.archive() == 1
        rescues.append(await served(t, 9))
        state, head = t.service.driver.state, t.service.journal.head
        if kept == "sound":
            save(t.service.database, Checkpoint(head.seq, head.at_ms, "town", checkpoint_text(state, head)))
        before, digest = shown(t.service.published), state.sha256()
    async with town() as t:
        assert t.service.driver.state.sha256() == digest
        assert shown(t.service.published) == before
        assert await listed(t, "status=all") == rescues
        await t.is_its_fold()


@played
async def test_what_cannot_be_written_does_not_leave(town: OpenTown, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town() as t:
        await t.staffed()
        rescue = await served(t)
        await t.passes(SPAN_S)
        disk = Disk(t.service.database, monkeypatch)
        disk.full = True
        answer = await t.http.post("/v1/shops/S1/freed")
        assert answer.status_code == 503
        with pytest.raises(Exception, match="full"):
            await t.service.archive()
        assert rescue in t.service.published.rescues
        disk.full = False
        assert await t.service.archive() == 1
        assert [row.kind for row in t.service.journal.of_subject(rescue)].count(RescueArchived.__name__) == 1
        await t.is_its_fold()
