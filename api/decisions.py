"""Decisions as they are shown: each with its sentence, and the rounds of planning behind those of one rescue."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from api.turns import Entry
from api.words import decision_words
from data.event_text import decode
from data.journal import Journal, Record
from dispatch import events as ev
from dispatch.states import TruckState
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

    def take(self, entries: Sequence[Entry], trucks: Mapping[str, TruckState]) -> list[Json]:
        """The decisions among the entries, oldest first; they are kept, newest first."""
        plan: ev.PlanMade | None = None
        fresh = []
        for entry in entries:
            if isinstance(entry.event, ev.PlanMade):
                plan = entry.event
            elif isinstance(entry.event, get_args(ev.Decision)):
                fresh.append(decision_row(entry.record, entry.event, plan, trucks))
        self.rows.extendleft(fresh)
        return fresh


def decision_row(
    record: Record, event: ev.Decision, plan: ev.PlanMade | None, trucks: Mapping[str, TruckState]
) -> Json:
    why = None if plan is None else next((each for each in plan.why if each.job == event.job), None)
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
        "text": decision_words(event, why, taken_at_ms, record.at_ms, trucks),
    }


def rounds_of(journal: Journal, rescue_id: str, trucks: Mapping[str, TruckState]) -> list[Json]:
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
        rows.append(_round(cause, plan, rounds[seq], trucks))
    return rows


def _round(
    cause: Record, plan: ev.PlanMade, decided: Sequence[tuple[Record, ev.Decision]], trucks: Mapping[str, TruckState]
) -> Json:
    jobs = {event.job for _, event in decided}
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
        "decisions": [decision_row(record, event, plan, trucks) for record, event in decided],
        "why": [
            {"job": why.job, "considered": [asdict(each) for each in why.considered], "rest": dict(why.rest)}
            for why in plan.why
            if why.job in jobs
        ],
    }
