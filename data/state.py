"""All that the service remembers, as the fold of its journal: cases and the dispatcher's ledger, kept and compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from pydantic import TypeAdapter

from cases.book import BookState, CaseBook, Standing
from cases.events import Event as CaseEvent
from cases.events import RescueArchived
from data.event_text import Event
from dispatch.engine import Engine
from dispatch.ledger import Ledger, LedgerState
from dispatch.policy import Policy
from dispatch.states import ImpossibleStep
from routing.router import Router


@dataclass(frozen=True, slots=True)
class _Kept:
    cases: BookState
    ledger: LedgerState


_TEXT = TypeAdapter(_Kept)


class State:
    """The books that events are folded into. The engine knows nothing of cases, and cases nothing of roads."""

    def __init__(self, engine: Engine, cases: CaseBook) -> None:
        self.engine = engine
        self.cases = cases

    @classmethod
    def empty(cls, router: Router, policy: Policy) -> State:
        return cls(Engine(router, policy), CaseBook())

    @classmethod
    def restored(cls, router: Router, policy: Policy, text: bytes) -> State:
        """The state that `text` was made of. Raises ValueError where it is not such a text."""
        kept = _TEXT.validate_json(text)
        book = Ledger.restored(router, kept.ledger, policy.traffic)
        return cls(Engine(router, policy, book), CaseBook.restored(kept.cases))

    def observe(self, event: Event, now_ms: int) -> None:
        """Raises ImpossibleStep, and changes nothing, where the event cannot follow the present state."""
        if isinstance(event, RescueArchived):
            self._archive(event, now_ms)
        elif isinstance(event, CaseEvent):
            self.cases.fold(event, now_ms)
        else:
            self.engine.observe(event, now_ms)

    def over_since_ms(self, rescue_id: str) -> int | None:
        """Since when nothing is left to be done for a rescue; None where something is."""
        state, book = self.cases.rescue(rescue_id), self.engine.book
        if state.standing is Standing.ORDERED:
            return book.over_since_ms(rescue_id) if rescue_id in book.orders else None
        return None if state.standing is Standing.HELD else state.since_ms

    def _archive(self, event: RescueArchived, now_ms: int) -> None:
        if self.over_since_ms(event.rescue) is None:
            raise ImpossibleStep(f"rescue {event.rescue}: is not over")
        self.cases.fold(event, now_ms)
        if event.rescue in self.engine.book.orders:
            self.engine.book.forget(event.rescue)

    def text(self) -> bytes:
        """Canonical JSON: the same state gives the same bytes, whatever order sets were filled in."""
        kept = _TEXT.dump_python(_Kept(self.cases.state(), self.engine.book.state()), mode="python")
        return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=sorted).encode()

    def sha256(self) -> str:
        return hashlib.sha256(self.text()).hexdigest()
