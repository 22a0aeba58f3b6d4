"""Tracking links that are revoked and issued anew: what opens, what does not, and who hears what."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from api.ids import token_digest
from api.permission import Identity
from api.tracking import OPEN_AFTER_END_MS
from tests.api.conftest import OpenTown
from tests.api.service_fixture import PATIENCE_S, Stream, Town, played, token_of

UNKNOWN = "A" * 22
BY = {"by": "dispatcher 7"}


async def opens(t: Town, token: str) -> bool:
    """Whether it opens the party's page, track and stream alike; a link that does not answers as one that never was."""
    pages = t.service.settings.pages
    pages.mkdir(exist_ok=True)
    (pages / "track.html").write_text("the party's page")
    found = []
    for path in ("/v1/track/{}", "/v1/track/{}/stream", "/t/{}"):
        if path.endswith("stream"):
            async with Stream(t, path.format(token)) as stream:
                found.append(stream.status == 200)
            continue
        answer, unknown = await t.http.get(path.format(token)), await t.http.get(path.format(UNKNOWN))
        found.append(answer.status_code != 404)
        if answer.status_code == 404:
            parts = [each.text.replace(token, UNKNOWN) for each in (answer, unknown)]
            assert parts[0] == parts[1]
    assert len(set(found)) == 1
    return found[0]


@played
async def test_a_revoked_link_opens_nothing_and_a_second_word_changes_nothing(town: OpenTown) -> None:
    async with town() as t:
        made = await t.ask(4, 1)
        assert await opens(t, token_of(made))
        path = f"/v1/rescues/{made['id']}"
        revoked = await t.post(f"{path}/link/revoke", BY)
        assert revoked["tracking_url"] is None
        seq = t.service.journal.head.seq
        assert await t.post(f"{path}/link/revoke", BY) == revoked
        assert t.service.journal.head.seq == seq
        assert not await opens(t, token_of(made))
        (row,) = [each for each in (await t.get(f"{path}/timeline"))["items"] if each["kind"] == "LinkRevoked"]
        assert row["data"]["by"] == BY["by"]
        board = await t.get("/v1/board")
        assert [each["tracking_url"] for each in board["rescues"]] == [None]
        await t.post("/v1/rescues/nowhere/link/revoke", BY, 404)


@pytest.mark.parametrize("revoked", [True, False])
@played
async def test_a_fresh_link_takes_the_place_of_the_one_before(town: OpenTown, revoked: bool) -> None:
    async with town() as t:
        made, other = await t.ask(4, 1), await t.ask(12, 1)
        path = f"/v1/rescues/{made['id']}"
        tokens = [token_of(made)]
        for _ in range(3):
            if revoked:
                await t.post(f"{path}/link/revoke", BY)
            fresh = await t.post(f"{path}/link", BY, 201)
            tokens.append(token_of(fresh))
            assert (await t.rescue(made["id"]))["tracking_url"] == fresh["tracking_url"]
        assert len(set(tokens)) == 4
        assert [await opens(t, token) for token in tokens] == [False, False, False, True]
        assert (await t.get(f"/v1/track/{tokens[-1]}"))["rescue"]["id"] == made["id"]
        assert await opens(t, token_of(other))
        written = "".join(record.payload for record in t.service.journal.read())
        assert not any(token in written for token in tokens)
        assert token_digest(tokens[-1]) in written
        await t.is_its_fold()
    async with town() as t:
        assert [await opens(t, token) for token in tokens] == [False, False, False, True]


@played
async def test_a_repeated_request_issues_one_link_and_tells_what_holds_now(town: OpenTown) -> None:
    async with town() as t:
        asked = t.key()
        made = (await t.http.post("/v1/rescues", json=t.body(4, 1), headers=asked)).json()
        key, path = t.key(), f"/v1/rescues/{made['id']}/link"
        first, again = [await t.http.post(path, json=BY, headers=key) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json()["tracking_url"] == again.json()["tracking_url"] != made["tracking_url"]
        repeated = (await t.http.post("/v1/rescues", json=t.body(4, 1), headers=asked)).json()
        assert repeated["tracking_url"] == first.json()["tracking_url"]
        await t.post(f"{path}/revoke", BY)
        for where, body, header in ((path, BY, key), ("/v1/rescues", t.body(4, 1), asked)):
            told = await t.http.post(where, json=body, headers=header)
            assert (told.status_code, told.json()["tracking_url"]) == (201, None)


@pytest.mark.parametrize("verb", ["link", "link/revoke"])
@played
async def test_whoever_follows_by_the_link_that_ends_is_let_go_and_hears_nothing_more(
    town: OpenTown, verb: str
) -> None:
    async with town() as t:
        made = await t.ask(4, 1)
        path = f"/v1/rescues/{made['id']}"
        async with Stream(t, f"/v1/track/{token_of(made)}/stream") as stream, Stream(t, "/v1/stream") as control:
            assert stream.task is not None
            answer = await t.http.post(f"{path}/{verb}", json=BY)
            assert answer.is_success
            await asyncio.wait_for(stream.task, PATIENCE_S)  # it has ended by itself
            heard = len(stream.events)
            await t.post(f"{path}/cancel", {"by": "x"})
            await t.settled()
            assert len(stream.events) == heard
            assert control.task is not None
            assert not control.task.done()
        if verb == "link":
            async with Stream(t, f"/v1/track/{token_of(answer.json())}/stream") as fresh:
                assert fresh.status == 200


@played
async def test_whoever_follows_is_let_go_when_the_link_expires(town: OpenTown) -> None:
    async with town() as t:
        made, other = await t.ask(4, 1), await t.ask(12, 1)
        followed = f"/v1/track/{token_of(made)}/stream"
        async with (
            Stream(t, followed) as stream,
            Stream(t, f"/v1/track/{token_of(other)}/stream") as of_other,
            Stream(t, "/v1/stream") as control,
        ):
            await t.post(f"/v1/rescues/{made['id']}/cancel", {"by": "x"})
            await t.passes(OPEN_AFTER_END_MS / 1000 - 1)
            t.service.end_links()
            assert t.service.feed.readers == 3
            assert await opens(t, token_of(made))
            t.clock.move(1)
            assert stream.task is not None
            await asyncio.wait_for(stream.task, PATIENCE_S)  # it has ended by itself
            assert t.service.feed.readers == 2
            for each in (of_other, control):
                assert each.task is not None
                assert not each.task.done()
        await t.get(followed, 404)


@played
async def test_a_link_revoked_before_the_first_word_of_its_stream_ends_it(town: OpenTown) -> None:
    async with town() as t:
        made = await t.ask(4, 1)
        stream = t.service.feed.follow(token_digest(token_of(made)), None)
        await t.post(f"/v1/rescues/{made['id']}/link/revoke", BY)
        async with asyncio.timeout(PATIENCE_S):
            assert [line.partition(":")[0] async for line in stream] == ["retry"]


@played
async def test_a_change_of_another_version_is_refused(town: OpenTown) -> None:
    async with town() as t:
        made = await t.ask(4, 1)
        path = f"/v1/rescues/{made['id']}"
        for verb in ("link", "link/revoke"):
            lost = await t.http.post(f"{path}/{verb}", json=BY, headers={"If-Match": '"999"'})
            assert lost.status_code == 412
        assert await opens(t, token_of(made))


ROLE_OF = {"c": "case_system", "d": "dispatcher", "t": "driver"}
IDENTITY = Identity(True, {hashlib.sha256(token.encode()).hexdigest(): role for token, role in ROLE_OF.items()})


@pytest.mark.parametrize(("token", "status"), [("c", 404), ("d", 404), ("t", 403), ("", 401)])
@played
async def test_whoever_may_ask_for_a_rescue_may_end_its_link(town: OpenTown, token: str, status: int) -> None:
    async with town(identity=IDENTITY) as t:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for verb in ("link", "link/revoke"):
            answer = await t.http.post(f"/v1/rescues/nowhere/{verb}", json=BY, headers=headers)
            assert answer.status_code == status
