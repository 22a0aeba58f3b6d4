"""Personal details of those who asked for a rescue: apart from the journal, which cannot forget, to be erasable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Executable, delete, insert, select

from data.database import Database
from data.schema import parties


@dataclass(frozen=True, slots=True)
class Party:
    """`rescue` is what the details belong to; `details` is a JSON object (contact, consent), `plates` are in clear."""

    rescue: str
    case_ref: str
    details: Mapping[str, object]
    plates: tuple[str, ...]
    at_ms: int


def insert_statement(party: Party) -> Executable:
    """Keeps the details; to be run beside the events of the rescue. A second party of the same rescue is Refused."""
    return insert(parties).values(
        rescue=party.rescue,
        case_ref=party.case_ref,
        body=json.dumps(party.details, ensure_ascii=False, allow_nan=False),
        plates=json.dumps(party.plates, ensure_ascii=False),
        at_ms=party.at_ms,
    )


def find(database: Database, rescue: str) -> Party | None:
    """None where nothing personal was given, or it has been erased. Raises CannotRead."""
    columns = parties.c
    query = select(columns.rescue, columns.case_ref, columns.body, columns.plates, columns.at_ms)
    with database.read() as connection:
        row = connection.execute(query.where(columns.rescue == rescue)).first()
    if row is None:
        return None
    return Party(row[0], row[1], json.loads(row[2]), tuple(json.loads(row[3])), row[4])


def erase(database: Database, rescue: str) -> bool:
    """Deletes the details for good; False where there are none. Raises CannotWrite."""
    with database.write() as connection:
        found = connection.execute(delete(parties).where(parties.c.rescue == rescue)).rowcount == 1
    if found:
        database.scrub()
    return found
