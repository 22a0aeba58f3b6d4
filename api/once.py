"""Idempotency keys: the same request is carried out once, and answered again with its first answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Executable

from api.bodies import UNKEPT
from api.driver import Driver
from api.problems import Problem
from api.turns import Told
from data.answers import Answer, complete_statement, find, insert_statement
from data.database import CannotWrite, Database

Json = dict[str, Any]
Keep = Callable[[str, int], list[Executable]]
"""(id of what is created, now) -> the statements that keep the answer, to be run beside the events."""

MOST_KEY = 255


class Once:
    """`create` carries the request out and returns its answer; `render` gives the answer for an id anew.

    What is kept of an answer is without `secret` fields, which `render` puts back.
    """

    def __init__(self, database: Database, driver: Driver) -> None:
        self._database = database
        self._driver = driver
        self._running: set[tuple[str, str]] = set()

    async def answer(
        self,
        route: str,
        key: str | None,
        body: object,
        create: Callable[[Keep], Awaitable[Json]],
        render: Callable[[str], Json],
        secret: str | None = None,
    ) -> Json:
        """Raises Problem 400, 409 or 422 where the key does not allow it."""
        if key is None:
            return await create(lambda _id, _now_ms: [])
        name = self._name(key)
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, default=str)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        if (route, name) in self._running:
            raise Problem(409, "a request with this Idempotency-Key is still running; wait for its answer")
        self._running.add((route, name))
        try:
            found = await asyncio.to_thread(find, self._database, route, name)
            if found is not None:
                return self._again(found, digest, render, secret)
            answer = await create(
                lambda made, now_ms: [
                    insert_statement(Answer(route, name, digest, 201, json.dumps({"id": made}), now_ms))
                ]
            )
            await self._complete(
                route, name, {field: None if field == secret else value for field, value in answer.items()}
            )
            return answer
        finally:
            self._running.discard((route, name))

    def _name(self, key: str) -> str:
        name = key.strip()
        if len(name) >= 2 and name[0] == name[-1] == '"':
            name = name[1:-1]
        if not name or len(name) > MOST_KEY or UNKEPT.search(name):
            said = f"the Idempotency-Key must be a string of 1 to {MOST_KEY} characters that can be seen, in quotes"
            raise Problem(400, said)
        return name

    def _again(self, found: Answer, digest: str, render: Callable[[str], Json], secret: str | None) -> Json:
        if found.body_sha256 != digest:
            raise Problem(422, "this Idempotency-Key was used for another body; take a new key for a new request")
        kept: Json = json.loads(found.body)
        if set(kept) == {"id"}:  # the service ended between the commit and the answer
            return render(kept["id"])
        if secret is not None:
            kept[secret] = render(kept["id"])[secret]
        return kept

    async def _complete(self, route: str, name: str, answer: Json) -> None:
        statement = complete_statement(route, name, json.dumps(answer, ensure_ascii=False))
        try:
            await self._driver.do(lambda _state, _now_ms: Told(beside=[statement]))
        except CannotWrite:
            return  # the id is kept: a repeated request is rendered anew
