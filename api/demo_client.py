"""The service over HTTP, as any client has it: an answer is a value, and so is that none came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

AWAY = 0
"""The status of a request that was not answered."""

ANSWER_S = 10.0
SILENT_S = 60.0
"""A stream that says nothing for so long is taken to be broken: positions come every few seconds."""

AT_ONCE = 32
WAIT_AGAIN = frozenset({AWAY, 429, 500, 502, 503, 504})
"""Nothing is wrong with the request: it is worth asking again."""

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the JSON, None where there is none. `retry_s`: when the service says to come again, in real seconds."""

    status: int
    body: Any = None
    retry_s: float | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def worth_again(self) -> bool:
        return self.status in WAIT_AGAIN

    @property
    def detail(self) -> str:
        told = self.body.get("detail") if isinstance(self.body, dict) else None
        return f"{self.status or 'no answer'}: {told}" if told else f"{self.status or 'no answer'}"


def pause_s(failures: int, answer: Answer | None = None) -> float:
    """How long to wait, in real seconds, after so many failures in a row, 1 or more."""
    wanted_s: float = FIRST_PAUSE_S * 2 ** min(failures - 1, 10)
    if answer is not None and answer.retry_s is not None:
        wanted_s = max(wanted_s, answer.retry_s)
    return min(wanted_s, LONGEST_PAUSE_S)


class Client:
    """At most AT_ONCE requests at a time, over connections that are kept. `transport` replaces the network in tests."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        self._http = httpx.AsyncClient(
            base_url=url, timeout=ANSWER_S, limits=limits, trust_env=False, transport=transport
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str) -> Answer:
        return await self._ask("GET", path, None, None)

    async def put(self, path: str, body: object) -> Answer:
        return await self._ask("PUT", path, body, None)

    async def post(self, path: str, body: object, key: str | None = None) -> Answer:
        """`key` goes as the Idempotency-Key."""
        return await self._ask("POST", path, body, key)

    async def _ask(self, method: str, path: str, body: object, key: str | None) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": f'"{key}"'}
        try:
            answer = await self._http.request(method, path, json=body, headers=headers)
        except httpx.HTTPError:
            return Answer(AWAY)
        return _answer(answer)

    @asynccontextmanager
    async def lines(self, path: str, last_id: str) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of a stream of events after one. httpx.HTTPError where it breaks, or is refused."""
        headers = {"Accept": "text/event-stream", "Last-Event-ID": last_id}
        timeout = httpx.Timeout(ANSWER_S, read=SILENT_S)
        async with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
            answer.raise_for_status()
            yield answer.aiter_lines()


def _answer(answer: httpx.Response) -> Answer:
    try:
        body = answer.json() if answer.content else None
    except ValueError:
        body = None
    try:
        retry_s = float(answer.headers["Retry-After"])
    except (KeyError, ValueError):
        retry_s = None
    return Answer(answer.status_code, body, retry_s)
