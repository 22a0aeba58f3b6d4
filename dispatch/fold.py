"""Takes one event into a ledger. State is at any time the fold of the events so far, and nothing else."""

from __future__ import annotations

from dispatch import events as ev
from dispatch import fold_decisions, fold_fleet, fold_jobs, fold_setbacks, fold_traffic
from dispatch.ledger import Ledger
from dispatch.states import ImpossibleStep

_HANDLERS = {
    **fold_fleet.HANDLERS,
    **fold_jobs.HANDLERS,
    **fold_setbacks.HANDLERS,
    **fold_decisions.HANDLERS,
    **fold_traffic.HANDLERS,
}


def fold(book: Ledger, event: ev.Event, now_ms: int) -> None:
    """Raises ImpossibleStep, and changes nothing, where the event cannot follow the present state.

    A closure whose drawing cannot be used raises BadInput and changes nothing.
    """
    handler = _HANDLERS.get(type(event))
    if handler is None:
        raise ImpossibleStep(f"{type(event).__name__} is no event of the engine")
    handler(book, event, now_ms)
