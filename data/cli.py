"""The verbs `towline journal verify` and `towline db upgrade`: from a database to a report and its words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from data.database import StoreFault, open_database
from data.journal import Head, Journal
from geo.faults import BadInput
from geo.instants import text_of

_TOLD_EVERY = 100_000


def verify_journal(
    *, database: str, head: str | None, progress: Callable[[str], None], elapsed_s: Callable[[], float]
) -> dict[str, object]:
    """Checks the whole chain; a server may go on writing meanwhile. `ok` False names the `first_fault`.

    `head`: SEQ:HASH of a record that is known from elsewhere, as an earlier report gave it: without it a journal that
    was cut off at its end looks whole. BadInput: a database that cannot be opened or read, or another `head`.
    """
    begun_s = elapsed_s()
    known = None if head is None else _known(head)
    told = 0

    def tell(records: int) -> None:
        nonlocal told
        if records // _TOLD_EVERY > told:
            told = records // _TOLD_EVERY
            progress(f"{records} records verified")

    try:
        with open_database(database, exclusive=False) as opened:
            found = Journal(opened).verify(tell, known)
            name = opened.name
    except StoreFault as fault:
        raise BadInput(f"{fault}; restore a copy of the database, or use another --database") from fault
    fault_found = found.first_fault
    last_at = text_of(found.head.at_ms) if found.head.seq else None
    return {
        "ok": fault_found is None,
        "database": name,
        "records": found.records,
        "head": {"seq": found.head.seq, "hash": found.head.hash, "at": last_at},
        "first_fault": None if fault_found is None else {"seq": fault_found.seq, "reason": fault_found.reason},
        "timing": {"seconds": round(elapsed_s() - begun_s, 3)},
    }


def verify_text(report: dict[str, object]) -> str:
    """The check for a person; the head is what to keep elsewhere for the next one."""
    found = cast(dict[str, Any], report)
    head, fault = found["head"], found["first_fault"]
    lines = [] if fault is None else [f"record {fault['seq']} is not as it was written: {fault['reason']}"]
    lines.append(f"{found['records']} record(s) are sound" + ("" if head["at"] is None else f", up to {head['at']}"))
    lines.append(f"head {head['seq']}:{head['hash']}")
    return "\n".join(lines)


def upgrade(*, database: str, elapsed_s: Callable[[], float]) -> dict[str, object]:
    """Makes the database, or brings it up to date: `before` and `after` are versions of the schema, null for none.

    BadInput where it cannot be opened, or a server has it open.
    """
    begun_s = elapsed_s()
    with open_database(database, exclusive=True) as opened:
        return {
            "database": opened.name,
            "before": opened.schema_before,
            "after": opened.schema,
            "timing": {"seconds": round(elapsed_s() - begun_s, 3)},
        }


def upgrade_text(report: dict[str, object]) -> str:
    """What was done, for a person."""
    if report["before"] == report["after"]:
        return f"{report['database']} is up to date (schema {report['after']})"
    if report["before"] is None:
        return f"{report['database']} is made (schema {report['after']})"
    return f"{report['database']} is brought from schema {report['before']} to {report['after']}"


def _known(text: str) -> Head:
    if re.fullmatch(r"[1-9][0-9]{0,18}:[0-9a-f]{64}", text) is None:
        raise BadInput(f"--head {text!r} is not SEQ:HASH, as `journal verify` prints it")
    seq, _, mark = text.partition(":")
    return Head(int(seq), mark)
