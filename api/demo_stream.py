"""Follows the service's stream of events, across its restarts: resumes where it was, or begins again with the board."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from api.demo_client import AWAY, Client, pause_s

MEANT = frozenset({"truck", "rescue", "shop", "closure", "reset"})
"""Positions are not among them: the world knows better where its trucks are, and need not read so much."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `id` is None where it has none of its own. `data` is {} for a kind that is not in MEANT."""

    id: str | None
    kind: str
    data: Any


@dataclass(frozen=True, slots=True)
class Board:
    """All that there is, of one version: whatever was known before counts no more."""

    data: dict[str, Any]


async def follow(client: Client) -> AsyncIterator[Board | Event]:
    """A Board first, then every event after it in order; another Board where some were missed. It never ends."""
    while True:
        board = await fetch_board(client)
        yield board
        last_id = board.data["stream_id"]
        failures = 0
        missed = False
        while not missed:
            try:
                async with client.lines("/v1/stream", last_id) as lines:
                    async for event in events(lines):
                        failures = 0
                        if event.kind == "reset":
                            missed = True
                            break
                        last_id = event.id or last_id
                        yield event
            except httpx.HTTPStatusError as refused:
                missed = refused.response.status_code < 500
            except httpx.HTTPError:
                pass
            failures += 1
            await asyncio.sleep(pause_s(failures))


async def fetch_board(client: Client) -> Board:
    """The board, however long the service takes to be there."""
    failures = 0
    while True:
        answer = await client.get("/v1/board")
        if answer.ok and isinstance(answer.body, dict):
            return Board(answer.body)
        failures += 1
        await asyncio.sleep(pause_s(failures, None if answer.status == AWAY else answer))


async def events(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    """The events in the lines of a stream, by the rules of HTML's server-sent events."""
    last_id, kind, data = None, "", list[str]()
    async for line in lines:
        if not line:
            if data:
                yield Event(last_id, kind or "message", json.loads("\n".join(data)) if kind in MEANT else {})
            last_id, kind, data = None, "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            last_id = value
        elif name == "event":
            kind = value
        elif name == "data":
            data.append(value)
