"""The journal: what has happened, in order, append-only, each record holding the digest of the one before.

There is one writer. What it appends is durable before it is told of the new records.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from sqlalchemy import ColumnElement, Connection, Executable, insert, select, true

from data import schema
from data.database import AnotherWriter, CannotWrite, Database, Refused
from data.journal_records import (
    Draft,
    Earlier,
    Fault,
    Head,
    Record,
    Row,
    Verified,
    chained,
    checked,
)

__all__ = ["AnotherWriter", "CannotWrite", "Draft", "Earlier", "Fault", "Head", "Journal", "Record", "Verified"]

_PAGE_ROWS = 500
"""Read at once: a plan with its reasons may be 20 kB, and a page must stay small."""
_BEFORE_ALL = -(2**63)
_COLUMNS = (
    schema.journal.c.seq, schema.journal.c.at_ms, schema.journal.c.kind, schema.journal.c.payload,
    schema.journal.c.cause, schema.journal.c.subject, schema.journal.c.hash,
)  # fmt: skip


class Journal:
    """The journal of a database, as it stands when this is made; see `data.journal_records` for what a record is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._in_doubt: list[Record] = []
        with database.read() as connection:
            self._head = _stored_head(connection)

    @property
    def head(self) -> Head:
        """The last record that is known to be durable."""
        return self._head

    def append(self, drafts: Sequence[Draft], beside: Sequence[Executable] = ()) -> list[Record]:
        """Adds a batch and runs the statements `beside` in one transaction; returns when all of it is durable.

        On any exception nothing is done and `head` is what it was, but for a CannotWrite that is `in_doubt`: then the
        database is away and may have the batch or not, and `settle` must say which before anything else is appended
        (an interrupt of this call leaves the same doubt).
        ValueError: a draft that cannot be a record. Refused: a statement of `beside` that the database does not take.
        AnotherWriter: somebody else has written after our head; stop.
        """
        with self._turn:
            if self._in_doubt:
                raise RuntimeError("a batch is in doubt; settle it first")
            records = chained(self._head, drafts)
            if not records and not beside:
                return []
            self._in_doubt = records
            try:
                with self._database.write() as connection:
                    if records:
                        connection.execute(insert(schema.journal), [_values(record) for record in records])
                    for statement in beside:
                        connection.execute(statement)
            except (CannotWrite, Refused) as fault:
                return self._after(fault)
            except AnotherWriter:
                self._in_doubt = []
                raise
            return self._landed()

    def settle(self) -> list[Record]:
        """The records of the batch in doubt where they are durable after all; none otherwise, or without a doubt.

        Raises CannotWrite while the database is still away, and AnotherWriter as `append` does.
        """
        with self._turn:
            return self._settled()

    def read(self, after_seq: int = 0, limit: int | None = None) -> Iterator[Record]:
        """The records after one, oldest first, in bounded memory. Raises CannotRead."""
        return self._records(true(), after_seq, limit)

    def of_subject(self, subject: str, after_seq: int = 0, limit: int | None = None) -> Iterator[Record]:
        """The same of one subject's records."""
        return self._records(schema.journal.c.subject == subject, after_seq, limit)

    def verify(self, progress: Callable[[int], None] = lambda _: None, known: Head | None = None) -> Verified:
        """Reads all that is stored and computes the chain anew. `progress` is told how many records are found good.

        `known` is a head from elsewhere (a copy, a printout), by which a journal that was cut off at its end or
        written anew from its beginning is found out too. Raises CannotRead.
        """
        result = Verified(0, Head(), None)
        for result in checked(self._pages(true(), _BEFORE_ALL, None), known):
            progress(result.records)
        return result

    def _after(self, fault: CannotWrite | Refused) -> list[Record]:
        """What a failed append comes to. The batch may be stored: a connection can be lost after the commit."""
        try:
            stored = self._settled()
        except CannotWrite as still:
            raise CannotWrite(str(fault), retryable=still.retryable, in_doubt=bool(self._in_doubt)) from fault
        if stored:
            return stored
        raise fault

    def _settled(self) -> list[Record]:
        # a transaction that writes: it cannot begin before the session of the lost one has ended
        with self._database.write() as connection:
            stored = _stored_head(connection)
        if stored == self._head:
            self._in_doubt = []
            return []
        if self._in_doubt and (stored.seq, stored.hash) == (self._in_doubt[-1].seq, self._in_doubt[-1].hash):
            return self._landed()
        raise AnotherWriter(f"record {self._head.seq + 1} of the journal was written by somebody else")

    def _landed(self) -> list[Record]:
        records, self._in_doubt = self._in_doubt, []
        if records:
            self._head = Head(records[-1].seq, records[-1].hash, records[-1].at_ms)
        return records

    def _records(self, chosen: ColumnElement[bool], after_seq: int, limit: int | None) -> Iterator[Record]:
        for page in self._pages(chosen, after_seq, limit):
            for row in page:
                yield Record(*row)

    def _pages(self, chosen: ColumnElement[bool], after_seq: int, limit: int | None) -> Iterator[Sequence[Row]]:
        """Each page is read on its own, so that a slow reader keeps no transaction open."""
        left = 2**63 if limit is None else limit
        while left > 0:
            asked = min(left, _PAGE_ROWS)
            query = select(*_COLUMNS).where(chosen, schema.journal.c.seq > after_seq).order_by(schema.journal.c.seq)
            with self._database.read() as connection:
                page = cast(Sequence[Row], connection.execute(query.limit(asked)).all())
            if page:
                yield page
                after_seq = page[-1][0]
            if len(page) < asked:
                return
            left -= asked


def _stored_head(connection: Connection) -> Head:
    seq, mark, at_ms = schema.journal.c.seq, schema.journal.c.hash, schema.journal.c.at_ms
    row = connection.execute(select(seq, mark, at_ms).order_by(seq.desc()).limit(1)).first()
    return Head() if row is None else Head(*row)


def _values(record: Record) -> dict[str, object]:
    return {
        "seq": record.seq, "at_ms": record.at_ms, "kind": record.kind, "payload": record.payload,
        "cause": record.cause, "subject": record.subject, "hash": record.hash,
    }  # fmt: skip
