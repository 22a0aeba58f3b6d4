"""State out of the journal: from the newest checkpoint that fits, and the records after it."""

from __future__ import annotations

from collections.abc import Callable

from data.checkpoints import latest
from data.database import Database
from data.event_text import decode
from data.journal import Head, Journal
from data.state import State
from dispatch.policy import Policy
from routing.router import Router


def fold_journal(journal: Journal, state: State, after_seq: int = 0, to_seq: int | None = None) -> Head:
    """Folds the records after one, up to and with `to_seq`, into a state; returns the last record's head.

    Raises BadInput on a record that this code cannot read, ImpossibleStep on one that cannot follow (neither is written
    by a sound service), and CannotRead.
    """
    head = Head()
    limit = None if to_seq is None else to_seq - after_seq
    for record in journal.read(after_seq, limit):
        state.observe(decode(record.kind, record.payload), record.at_ms)
        head = Head(record.seq, record.hash, record.at_ms)
    return head


def recover(
    journal: Journal,
    database: Database,
    router: Router,
    policy: Policy,
    city_sha256: str,
    note: Callable[[str], None],
) -> State:
    """The state of all that is durable. `note` hears why a checkpoint was passed over."""
    # a service that goes on hands in the router of its last state, with that state's closures and traffic
    open_roads = router.version(closed=router.closed & False, link_ms=router.roads.link_duration_ms)
    checkpoint = latest(database, city_sha256, note)
    if checkpoint is not None:
        mark, _, text = checkpoint.state.partition(b"\n")
        stored = next(iter(journal.read(checkpoint.seq - 1, 1)), None)
        if stored is not None and stored.hash.encode() == mark:
            try:
                state = State.restored(open_roads, policy, text)
            except ValueError as fault:
                note(
                    f"the checkpoint after record {checkpoint.seq} cannot be read; the journal is folded whole: {fault}"
                )
            else:
                fold_journal(journal, state, checkpoint.seq)
                return state
        else:
            note(f"the checkpoint after record {checkpoint.seq} is of another journal; the journal is folded whole")
    state = State.empty(open_roads, policy)
    fold_journal(journal, state)
    return state


def checkpoint_text(state: State, head: Head) -> bytes:
    """A state with the record that it follows, as `recover` reads it."""
    return head.hash.encode() + b"\n" + state.text()
