"""Decisions as they are shown: each with its sentence, and the rounds of planning behind those of one rescue."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, get_args

from api.explained import Teller, facts_for
from api.turns import Entry
from api.words import decision_words
from data.event_text import decode
from data.journal import Journal, Record
from dispatch import events as ev
from dispatch.plan import Why
from geo.instants import find_text_of, text_of

Json = dict[str, Any]

KINDS = {
    ev.Offered: "offered", ev.Recalled: "recalled", ev.Planned: "planned", ev.LeftOpen: "left_open",
    ev.ShopChanged: "shop_changed", ev.Alarmed: "alarmed",
}  # fmt: skip
LAST = 50


class LastDecisions:
    """The newest decisions of the whole city, for the control room; in memory, from what was just written down."""

    def __init__(self) -> None:
        self.rows: deque[Json] = deque(maxlen=LAST)

    def take(self, entries: Sequence[Entry], teller: Teller) -> list[Json]:
        """The decisions among the entries, oldest first; they are kept, newest first."""
        plans: dict[int | None, ev.PlanMade] = {}
        fresh = []
        for entry in entries:
            if isinstance(entry.event, ev.PlanMade):
                plans[entry.record.seq] = entry.event
            elif isinstance(entry.event, get_args(ev.Decision)):
                fresh.append(decision_row(entry.record, entry.event, plans.get(entry.record.cause), teller))
        self.rows.extendleft(fresh)
        return fresh


def decision_row(record: Record, event: ev.Decision, plan: ev.PlanMade | None, teller: Teller) -> Json:
    taken_at_ms = record.at_ms if plan is None else plan.taken_at_ms
    return {
        "seq": record.seq,
        "at": text_of(record.at_ms),
        "kind": KINDS[type(event)],
        "rescue": record.subject,
        "job": event.job,
        "truck": getattr(event, "truck", None),
        "shop": getattr(event, "shop", None),
        "arrive_at": find_text_of(getattr(event, "arrive_at_ms", None)),
        "reason": getattr(event, "reason", None),
        "text": decision_words(event, facts_for(plan, event.job), taken_at_ms, record.at_ms, teller).words(),
    }


def rounds_of(journal: Journal, rescue_id: str, teller: Teller) -> list[Json]:
    """The rounds that decided something about a rescue, newest first. Raises CannotRead."""
    rounds: dict[int, list[tuple[Record, ev.Decision]]] = {}
    for record in journal.of_subject(rescue_id):
        event = decode(record.kind, record.payload)
        if isinstance(event, get_args(ev.Decision)) and record.cause is not None:
            rounds.setdefault(record.cause, []).append((record, event))
    rows = []
    for seq in sorted(rounds, reverse=True):
        cause = next(journal.read(seq - 1, 1))
        plan = decode(cause.kind, cause.payload)
        assert isinstance(plan, ev.PlanMade)
        rows.append(_round(cause, plan, rounds[seq], teller))
    return rows


def _round(cause: Record, plan: ev.PlanMade, decided: Sequence[tuple[Record, ev.Decision]], teller: Teller) -> Json:
    jobs = dict.fromkeys(event.job for _, event in decided)
    gap = None if plan.lower_bound is None else (plan.cost - plan.lower_bound) / max(1, plan.cost)
    return {
        "seq": cause.seq,
        "at": text_of(plan.taken_at_ms),
        "plan": {
            "method": plan.method,
            "cost": plan.cost,
            "lower_bound": plan.lower_bound,
            "gap": gap,
            "work": plan.work,
            "positions_version": plan.positions_version,
            "traffic_version": plan.traffic_version,
        },
        "decisions": [decision_row(record, event, plan, teller) for record, event in decided],
        "why": [_why(job, plan, teller) for job in jobs],
    }


def _why(job_id: str, plan: ev.PlanMade, teller: Teller) -> Json:
    """A job that is in no plan has no trucks beside it, but a reason."""
    why = next((each for each in plan.why if each.job == job_id), Why(job_id, ()))
    facts = facts_for(plan, job_id)
    return {
        "job": job_id,
        "considered": [asdict(each) for each in why.considered],
        "rest": dict(why.rest),
        "facts": None if facts is None else asdict(facts),
        "text": None if facts is None else teller.full(facts, plan.taken_at_ms).words(),
        "party": None if facts is None else teller.party(facts, plan.taken_at_ms).words(),
    }
