"""Server-sent events: one numbered stream of what has changed, kept for a while, so that a reader can resume.

A reader that does not keep up is dropped, never waited for: it comes back with the last id that it has seen.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

KEPT = 20_000
KEPT_BYTES = 32 << 20
"""Whichever is reached first: one event with the places of 5,000 trucks weighs as much as hundreds of small ones."""

BEHIND = 2_000
BEHIND_BYTES = 8 << 20
"""What may wait for one reader: so many events, and so much text."""

MOST_DIGITS = 19
RETRY_MS = 2_000
QUIET_S = 15.0
"""After this long without an event a comment is sent, so that a dead connection is noticed."""


@dataclass(frozen=True, slots=True)
class Message:
    """`topic` is for whom it is: the control room, or those who follow a rescue by its link."""

    number: int
    topic: str
    kind: str
    data: str

    @property
    def weight_bytes(self) -> int:
        """What its text takes in memory."""
        return sys.getsizeof(self.data)


@dataclass(slots=True, eq=False)
class _Reader:
    topic: str
    queue: asyncio.Queue[Message | None] = field(default_factory=asyncio.Queue)
    waiting_bytes: int = 0

    def put(self, message: Message) -> bool:
        """False where more waits for this reader than may."""
        self.waiting_bytes += message.weight_bytes
        self.queue.put_nowait(message)
        return self.queue.qsize() <= BEHIND and self.waiting_bytes <= BEHIND_BYTES

    async def get(self) -> Message | None:
        message = await self.queue.get()
        self.waiting_bytes -= 0 if message is None else message.weight_bytes
        return message


class Feed:
    """`life` tells one life of the service from the next: numbers begin anew with each."""

    def __init__(self, life: str, kept: int = KEPT, kept_bytes: int = KEPT_BYTES) -> None:
        self.life = life
        self._number = 0
        self._kept: deque[Message] = deque()
        self._most = kept
        self._most_bytes = kept_bytes
        self.kept_bytes = 0
        self._readers: dict[_Reader, None] = {}
        self.dropped = 0
        self._closed = False

    @property
    def last_id(self) -> str:
        return f"{self.life}.{self._number}"

    @property
    def readers(self) -> int:
        return len(self._readers)

    def tell(self, topic: str, kind: str, data: str) -> None:
        self._number += 1
        message = Message(self._number, topic, kind, data)
        self._keep(message)
        for reader in list(self._readers):
            if reader.topic == topic and not reader.put(message):
                self._drop(reader)

    def has_readers(self, topic: str) -> bool:
        return any(reader.topic == topic for reader in self._readers)

    def topics(self) -> set[str]:
        """What is followed now."""
        return {reader.topic for reader in self._readers}

    def end(self, topic: str) -> None:
        """The topic is no longer for those who follow it: they are let go."""
        for reader in [each for each in self._readers if each.topic == topic]:
            self._let_go(reader)

    def close(self) -> None:
        """The service ends: every reader is let go, and whoever comes now does not wait."""
        self._closed = True
        for reader in list(self._readers):
            self._let_go(reader)

    async def follow(self, topic: str, after: str | None) -> AsyncIterator[str]:
        """The text of the stream from after an id on; without one from now on. Ends where the reader is dropped."""
        reader = _Reader(topic)
        missed = self._missed(topic, after)
        self._readers[reader] = None
        try:
            yield f"retry: {RETRY_MS}\n\n"
            if missed is None:
                yield self._text("reset", "{}", self._number)
            for message in missed or ():
                yield self._text(message.kind, message.data, message.number)
            while not self._closed:
                try:
                    async with asyncio.timeout(QUIET_S):
                        message_or_end = await reader.get()
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if message_or_end is None:
                    return
                yield self._text(message_or_end.kind, message_or_end.data, message_or_end.number)
        finally:
            self._readers.pop(reader, None)

    def _keep(self, message: Message) -> None:
        self._kept.append(message)
        self.kept_bytes += message.weight_bytes
        while len(self._kept) > self._most or self.kept_bytes > self._most_bytes:
            self.kept_bytes -= self._kept.popleft().weight_bytes

    def _missed(self, topic: str, after: str | None) -> list[Message] | None:
        """What came after an id; None where that is no longer known."""
        if after is None:
            return []
        life, _, number_text = after.rpartition(".")
        if life != self.life or not (
            number_text.isascii() and number_text.isdigit() and len(number_text) < MOST_DIGITS
        ):
            return None
        number = int(number_text)
        oldest = self._kept[0].number if self._kept else self._number + 1
        if number > self._number or number < oldest - 1:
            return None
        return [message for message in self._kept if message.number > number and message.topic == topic]

    def _text(self, kind: str, data: str, number: int) -> str:
        return f"id: {self.life}.{number}\nevent: {kind}\ndata: {data}\n\n"

    def _drop(self, reader: _Reader) -> None:
        self.dropped += 1
        self._let_go(reader)

    def _let_go(self, reader: _Reader) -> None:
        self._readers.pop(reader, None)
        reader.queue.put_nowait(None)
