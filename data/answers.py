"""Answers that were given to requests with an Idempotency-Key, so that the same request gets the same answer again.

An answer is written in the transaction of the events that it tells of (`Journal.append(..., beside=...)`): there is
never one without the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Executable, delete, insert, select, tuple_, update

from data.database import Database
from data.schema import answers

KEPT_MS = 7 * 24 * 3_600_000
"""A client that asks again after a week asks for something new."""

PRUNED_AT_ONCE = 10_000
"""A database in which nobody ever forgot anything must not keep the writer for long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered on `route` to the request whose key is `key` and whose body has this digest."""

    route: str
    key: str
    body_sha256: str
    status: int
    body: str
    at_ms: int


def find(database: Database, route: str, key: str) -> Answer | None:
    """The answer that was given, None where there was none yet. Raises CannotRead."""
    columns = answers.c
    query = select(columns.route, columns.key, columns.body_sha256, columns.status, columns.body, columns.at_ms)
    with database.read() as connection:
        row = connection.execute(query.where(columns.route == route, columns.key == key)).first()
    return None if row is None else Answer(*row)


def insert_statement(answer: Answer) -> Executable:
    """Keeps an answer. A second one of the same key is Refused, and the whole batch with it."""
    return insert(answers).values(
        route=answer.route,
        key=answer.key,
        body_sha256=answer.body_sha256,
        status=answer.status,
        body=answer.body,
        at_ms=answer.at_ms,
    )


def prune_statement(now_ms: int, most: int = PRUNED_AT_ONCE) -> Executable:
    """Forgets answers older than KEPT_MS, the oldest first, and no more of them than `most`."""
    columns = tuple_(answers.c.route, answers.c.key)
    old = select(answers.c.route, answers.c.key).where(answers.c.at_ms < now_ms - KEPT_MS)
    return delete(answers).where(columns.in_(old.order_by(answers.c.at_ms).limit(most)))


def complete_statement(route: str, key: str, body: str) -> Executable:
    """The answer as it was given in the end, in place of what was kept with the events."""
    return update(answers).where(answers.c.route == route, answers.c.key == key).values(body=body)
