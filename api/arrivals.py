"""The watch over trucks under way: who comes later than was told is told to the engine, as an event."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from api.turns import Command, Told
from data.state import State
from dispatch import events as ev
from dispatch.fleet import Fixes
from dispatch.lateness import approaches, is_news, late_events
from dispatch.ledger import Ledger


async def find_late(book: Ledger, fixes: Fixes, now_ms: int, late_by_s: int) -> list[ev.RunningLate]:
    """The roads are searched in a worker; the writer goes on meanwhile, so each find is weighed again in its turn."""
    found = approaches(book, fixes, now_ms)
    return await asyncio.to_thread(late_events, found, now_ms, late_by_s) if found else []


def late_command(late: Sequence[ev.RunningLate], late_by_s: int) -> Command:
    def tell(state: State, _now_ms: int) -> Told:
        return Told([event for event in late if is_news(state.engine.book, event, late_by_s)])

    return tell
