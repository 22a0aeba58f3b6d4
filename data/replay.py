"""`towline journal replay`: the journal folded from its beginning, without checkpoints, and what that comes to."""

from __future__ import annotations

from collections.abc import Callable

from data.database import StoreFault, open_database
from data.journal import Journal
from data.recovery import fold_journal
from data.state import State
from dispatch.policy import get_policy
from dispatch.states import ImpossibleStep
from geo.faults import BadInput
from routing.roads import City
from routing.router import Router


def replay_journal(
    *, database: str, city: City, to_seq: int | None, elapsed_s: Callable[[], float]
) -> dict[str, object]:
    """Folds the records up to and with `to_seq`; `state_sha256` is what a running service says at that record.

    `ok` False: a record cannot follow the ones before it. BadInput: a database or a record that cannot be read.
    """
    begun_s = elapsed_s()
    state = State.empty(Router.of(city), get_policy("production"))
    try:
        with open_database(database, exclusive=False) as opened:
            head = fold_journal(Journal(opened), state, 0, to_seq)
    except StoreFault as fault:
        raise BadInput(f"{fault}; restore a copy of the database, or use another --database") from fault
    except ImpossibleStep as fault:
        return {"ok": False, "fault": str(fault), "timing": {"seconds": round(elapsed_s() - begun_s, 3)}}
    book = state.engine.book
    return {
        "ok": True,
        "seq": head.seq,
        "hash": head.hash,
        "state_sha256": state.sha256(),
        "rescues": len(state.cases.rescues) + state.cases.archived,
        "archived_rescues": state.cases.archived,
        "jobs": len(book.jobs),
        "open_jobs": len(book.open_jobs),
        "trucks": len(book.trucks),
        "timing": {"seconds": round(elapsed_s() - begun_s, 3)},
    }


def replay_text(report: dict[str, object]) -> str:
    """The replay for a person."""
    if not report["ok"]:
        return f"the journal does not replay: {report['fault']}"
    return (
        f"{report['seq']} record(s) fold to {report['rescues']} rescue(s), of which {report['archived_rescues']} are "
        f"archived, {report['open_jobs']} of {report['jobs']} job(s) open, {report['trucks']} truck(s)\n"
        f"state {report['state_sha256']}"
    )
