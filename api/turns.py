"""What the writer is asked and what it answers: commands, the events that they come to, and a turn of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable

from api.clock import elapsed_s
from data.event_text import Event
from data.journal import Draft, Record
from data.state import State


@dataclass(frozen=True, slots=True)
class Entry:
    """What has just become durable."""

    record: Record
    event: Event


@dataclass(frozen=True, slots=True)
class Told:
    """What a command comes to: events to be folded and written, each caused by the one at `cause` of this very list;
    and statements for the same transaction. `answer` is handed back once all of it is durable."""

    events: Sequence[Event] = ()
    beside: Sequence[Executable] = ()
    answer: Any = None
    caused_by_first: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    answer: Any
    entries: tuple[Entry, ...]
    at_ms: int


Command = Callable[[State, int], Told]
"""May be called more than once: where what others asked in the same turn cannot be written, it is weighed again."""


@dataclass(slots=True)
class Asked:
    """`done` None: nobody waits for it, it only begins a turn. `alone`: it looks at the state, so it has to see one
    that is durable; it begins a turn. `at_s` is when it was asked, on the stopwatch."""

    command: Command
    done: asyncio.Future[Done] | None = None
    alone: bool = False
    at_s: float = field(default_factory=elapsed_s)

    @property
    def given_up(self) -> bool:
        """Whoever asked has gone."""
        return self.done is not None and self.done.cancelled()

    def tell(self, done: Done) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_result(done)

    def fail(self, fault: Exception) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_exception(fault)


@dataclass(slots=True)
class Turn:
    """The drafts of one turn and whose they are: (who asked, the answer, the first draft, the one after the last)."""

    drafts: list[Draft] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    beside: list[Executable] = field(default_factory=list)
    owners: list[tuple[Asked, Any, int, int]] = field(default_factory=list)

    def entries(self, records: Sequence[Record]) -> list[Entry]:
        """`records` are those that the drafts have become."""
        return [Entry(record, event) for record, event in zip(records, self.events, strict=True)]

    def tell(self, entries: Sequence[Entry], at_ms: int) -> None:
        for asked, answer, first, end in self.owners:
            asked.tell(Done(answer, tuple(entries[first:end]), at_ms))

    def fail(self, fault: Exception) -> None:
        for asked, *_ in self.owners:
            asked.fail(fault)
