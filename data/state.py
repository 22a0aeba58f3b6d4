"""All that the service remembers, as the fold of its journal: cases and the dispatcher's ledger, kept and compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from pydantic import TypeAdapter

from cases.book import BookState, CaseBook
from cases.events import Event as CaseEvent
from data.event_text import Event
from dispatch.engine import Engine
from dispatch.ledger import Ledger, LedgerState
from dispatch.policy import Policy
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
        return cls(Engine(router, policy, Ledger.restored(router, kept.ledger)), CaseBook.restored(kept.cases))

    def observe(self, event: Event, now_ms: int) -> None:
        """Raises ImpossibleStep, and changes nothing, where the event cannot follow the present state."""
        if isinstance(event, CaseEvent):
            self.cases.fold(event, now_ms)
        else:
            self.engine.observe(event, now_ms)

    def text(self) -> bytes:
        """Canonical JSON: the same state gives the same bytes, whatever order sets were filled in."""
        kept = _TEXT.dump_python(_Kept(self.cases.state(), self.engine.book.state()), mode="python")
        return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=sorted).encode()

    def sha256(self) -> str:
        return hashlib.sha256(self.text()).hexdigest()
