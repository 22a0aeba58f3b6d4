"""Rescues and cases that have left the live state: all that is known of each, to be read again by those who ask.

A row is written in the transaction of the event that archives its rescue or case (`Journal.append(..., beside=...)`),
so that each is at any time in the live state or in here. It follows from the journal and holds nothing personal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import Executable, insert, select

from cases.book import RescueState
from cases.events import Case
from data.database import Database
from data.schema import archive, archived_cases
from data.state import State
from dispatch.orders import Order
from dispatch.states import JobState


@dataclass(frozen=True, slots=True)
class Archived:
    """A rescue as it was when it left. `order` and `jobs` are the dispatcher's, None and empty where it had none."""

    rescue: RescueState
    order: Order | None
    jobs: tuple[JobState, ...]
    case: Case | None


_TEXT = TypeAdapter(Archived)
_CASE_TEXT = TypeAdapter(Case)


def archived_of(state: State, rescue_id: str) -> Archived:
    """What there is to be kept of a rescue. Raises ImpossibleStep where there is none of this id."""
    rescue, book, cases = state.cases.rescue(rescue_id), state.engine.book, state.cases
    order = book.orders[rescue_id].order if rescue_id in book.orders else None
    jobs = () if order is None else tuple(book.jobs[job.id] for job in order.jobs)
    case = cases.case_of_rescue.get(rescue_id)
    return Archived(rescue, order, jobs, None if case is None else cases.cases[case])


def insert_statement(archived: Archived) -> Executable:
    """Keeps a rescue; to be run beside the event that archives it. A second time is Refused."""
    plain = _TEXT.dump_python(archived, mode="python")
    return insert(archive).values(
        number=archived.rescue.number,
        rescue=archived.rescue.rescue.id,
        case_id=None if archived.case is None else archived.case.id,
        body=json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=sorted),
    )


def insert_case_statement(case: Case) -> Executable:
    """Keeps a case that had no rescue; to be run beside the event that archives it. A second time is Refused."""
    return insert(archived_cases).values(case_id=case.id, body=_CASE_TEXT.dump_json(case).decode())


def find(database: Database, rescue_id: str) -> Archived | None:
    """None where no rescue of this id was archived. Raises CannotRead."""
    with database.read() as connection:
        body = connection.execute(select(archive.c.body).where(archive.c.rescue == rescue_id)).scalar()
    return None if body is None else _TEXT.validate_json(body)


def find_case(database: Database, case_id: str) -> Case | None:
    """An archived case, with a rescue or alone, None where there is none of this id. Raises CannotRead."""
    with database.read() as connection:
        body = connection.execute(select(archive.c.body).where(archive.c.case_id == case_id)).scalar()
        if body is not None:
            return _TEXT.validate_json(body).case
        alone = select(archived_cases.c.body).where(archived_cases.c.case_id == case_id)
        body = connection.execute(alone).scalar()
    return None if body is None else _CASE_TEXT.validate_json(body)


def list_after(database: Database, number: int, limit: int) -> list[Archived]:
    """The first `limit` rescues after a number, in order of report. Raises CannotRead."""
    query = select(archive.c.body).where(archive.c.number > number).order_by(archive.c.number).limit(limit)
    with database.read() as connection:
        return [_TEXT.validate_json(body) for body in connection.execute(query).scalars()]
