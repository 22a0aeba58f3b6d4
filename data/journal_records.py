"""The records of the journal and the chain of digests that holds them together. No I/O.

Record n has the SHA-256, in lower-case hexadecimals, of this text in UTF-8, whose lines are parted by one line feed and
whose last line has none:

    the hash of record n - 1 (for the first record, GENESIS)
    seq        a decimal number
    at_ms      a decimal number
    kind
    cause      a decimal number, or nothing
    subject    or nothing
    payload

Neither kind nor subject may be empty or hold a line feed, so that no two records have the same text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

GENESIS = hashlib.sha256(b"towline journal 1").hexdigest()
"""What the first record hangs on."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A cause that has no number yet: the draft of this index, from 0, in the very same batch."""

    index: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to be. `cause` is the number of the record that it follows from, `subject` whose timeline it is in."""

    at_ms: int
    kind: str
    payload: str
    cause: int | Earlier | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `seq` counts from 1 without a gap."""

    seq: int
    at_ms: int
    kind: str
    payload: str
    cause: int | None
    subject: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of a journal; of an empty one number 0, GENESIS, and the beginning of 1970."""

    seq: int = 0
    hash: str = GENESIS
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """The first record (stored, missing or expected) that is not as it was written."""

    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """`records` and `head` are those before the first fault, or of the whole journal where there is none."""

    records: int
    head: Head
    first_fault: Fault | None


def record_hash(
    before: str, seq: int, at_ms: int, kind: str, payload: str, cause: int | None, subject: str | None
) -> str:
    """The hash of a record that follows one whose hash is `before`. ValueError: see the text above, or no UTF-8."""
    if not kind or "\n" in kind or subject == "" or (subject is not None and "\n" in subject):
        raise ValueError(f"record {seq}: kind and subject must be one line of text each")
    text = f"{before}\n{seq}\n{at_ms}\n{kind}\n{'' if cause is None else cause}\n{subject or ''}\n{payload}"
    return hashlib.sha256(text.encode()).hexdigest()


def chained(head: Head, drafts: Sequence[Draft]) -> list[Record]:
    """The records that `drafts` become after `head`.

    ValueError where time would run backwards or a cause does not come before what follows from it.
    """
    records: list[Record] = []
    before = head
    for index, draft in enumerate(drafts):
        seq = head.seq + 1 + index
        if draft.at_ms < before.at_ms:
            raise ValueError(f"record {seq}: at {draft.at_ms} ms, before the last record at {before.at_ms} ms")
        cause = draft.cause
        if isinstance(cause, Earlier):
            cause = head.seq + 1 + cause.index if 0 <= cause.index < index else seq
        if cause is not None and not 0 < cause < seq:
            raise ValueError(f"record {seq}: its cause {draft.cause} does not come before it")
        mark = record_hash(before.hash, seq, draft.at_ms, draft.kind, draft.payload, cause, draft.subject)
        records.append(Record(seq, draft.at_ms, draft.kind, draft.payload, cause, draft.subject, mark))
        before = Head(seq, mark, draft.at_ms)
    return records


Row = tuple[int, int, str, str, int | None, str | None, str]
"""A record as it lies in the database, in the order of Record's fields."""


def checked(pages: Iterable[Sequence[Row]], known: Head | None) -> Iterator[Verified]:
    """The state of the check after each page of rows in their order; the last one is the result.

    `known` is a head from somewhere else: without it nobody can tell that the end of a journal was cut off, or that
    all of it was written anew.
    """
    head = Head()
    for rows in pages:
        for row in rows:
            reason = _wrong_with(head, row)
            if reason is None and known is not None and row[0] == known.seq and row[6] != known.hash:
                reason = "another record than the one that is known by this number"
            if reason is not None:
                yield Verified(head.seq, head, Fault(min(row[0], head.seq + 1), reason))
                return
            head = Head(row[0], row[6], row[1])
        yield Verified(head.seq, head, None)
    cut = None
    if known is not None and known.seq > head.seq:
        cut = Fault(head.seq + 1, f"missing, and all after it: the journal is known to reach record {known.seq}")
    yield Verified(head.seq, head, cut)


def _wrong_with(head: Head, row: Row) -> str | None:
    seq, at_ms, kind, payload, cause, subject, mark = row
    if seq < 1:
        return "inserted: records count from 1"
    if seq != head.seq + 1:
        return f"missing (the next one stored is {seq})"
    try:
        expected = record_hash(head.hash, seq, at_ms, kind, payload, cause, subject)
    except (ValueError, TypeError):
        return "changed: its kind or subject cannot have been written like this"
    if expected != mark:
        return "changed, or not the record that was written after the one before"
    if at_ms < head.at_ms:
        return "earlier than the record before it"
    if cause is not None and not 0 < cause < seq:
        return "caused by a record that does not come before it"
    return None
