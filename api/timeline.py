"""The timeline of a rescue, out of its own records in the journal: whole, or what concerns a party."""

from __future__ import annotations

import json
from typing import Any

from api.words import words_of
from cases import events as cases
from data.event_text import decode
from data.journal import Journal
from dispatch import events as ev
from geo.instants import text_of

Json = dict[str, Any]

FOR_PARTIES = (
    cases.RescueAsked, cases.RescueReleased, cases.RescueMerged, cases.RescueWithdrawn, ev.Planned, ev.OfferAccepted,
    ev.SetOff, ev.Arrived, ev.HookedUp, ev.ReachedShop, ev.Delivered, ev.JobCancelled, ev.JobGivenUp, ev.OwnerChoseShop,
    ev.ShopChanged, ev.Recalled, ev.RunningLate, ev.BrokeDown, ev.BrokeDownLoaded, ev.TurnedAway,
)  # fmt: skip


def happenings_of(journal: Journal, rescue_id: str, *, personal: bool = True) -> list[Json]:
    """Oldest first. Not `personal`: what a party may see by its link alone, without trucks' ids and payloads.

    Raises CannotRead.
    """
    rows = []
    for record in journal.of_subject(rescue_id):
        event = decode(record.kind, record.payload)
        if not personal and not isinstance(event, FOR_PARTIES):
            continue
        row: Json = {"at": text_of(record.at_ms), "kind": record.kind, "text": words_of(event)}
        if personal:
            row |= {
                "seq": record.seq,
                "job": getattr(event, "job", None),
                "truck": getattr(event, "truck", None),
                "data": json.loads(record.payload),
            }
        rows.append(row)
    return rows
