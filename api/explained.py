"""Why it was decided so, told to whom it concerns: the whole to the control room, to a party what it may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, get_args

from cases.book import RescueState
from data.event_text import decode
from data.journal import Journal
from dispatch import events as ev
from dispatch.explain_facts import Facts
from dispatch.fleet import Shop
from dispatch.orders import JobStatus
from dispatch.states import JobState, TruckState
from dispatch.words import Face, Said
from dispatch.words_facts import Names, full_sentence, party_sentence, same, shop_sentence, switch_sentence
from geo.instants import text_of

Json = dict[str, Any]

_COMING = frozenset({JobStatus.PLANNED, JobStatus.ACCEPTED, JobStatus.EN_ROUTE})
"""A truck is named to the party and is not there yet: why this one? One that is only asked is not named."""

_NO_PLATE = Said("救援车", "the truck")


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes sentences of facts. The mappings are those that are published: a name is what it is now."""

    zone: tzinfo
    trucks: Mapping[str, TruckState]
    jobs: Mapping[str, JobState]
    rescues: Mapping[str, RescueState]
    shops: Mapping[str, Shop]

    def full(self, facts: Facts, taken_at_ms: int) -> Said:
        return full_sentence(facts, self.face(taken_at_ms), self._names(same))

    def shop(self, facts: Facts, taken_at_ms: int) -> Said | None:
        return shop_sentence(facts, self.face(taken_at_ms), self._names(same))

    def switch(self, facts: Facts, taken_at_ms: int) -> Said | None:
        return switch_sentence(facts, self.face(taken_at_ms), self._names(same))

    def party(self, facts: Facts, taken_at_ms: int) -> Said:
        return party_sentence(facts, self.face(taken_at_ms), self._names(self._plate))

    def shop_name(self, shop_id: str) -> Said:
        return same(self.shops[shop_id].name if shop_id in self.shops else shop_id)

    def face(self, taken_at_ms: int) -> Face:
        return Face(taken_at_ms, self.zone)

    def _names(self, truck: Any) -> Names:
        return Names(truck, self._ref, self.shop_name)

    def _plate(self, truck_id: str) -> Said:
        known = self.trucks.get(truck_id)
        return same(known.truck.plate) if known is not None and known.truck.plate else _NO_PLATE

    def _ref(self, job_id: str) -> Said:
        """A rescue goes by the reference of its case while it is live."""
        job = self.jobs.get(job_id)
        rescue = None if job is None else self.rescues.get(job.order_id)
        return same(job_id if rescue is None else rescue.rescue.case_ref)


def facts_for(plan: ev.PlanMade | None, job_id: str) -> Facts | None:
    """A record of an earlier Towline has none."""
    return None if plan is None else next((each for each in plan.facts if each.job == job_id), None)


def whys_for_party(journal: Journal, rescue_id: str, jobs: Sequence[JobState], teller: Teller) -> dict[str, Json]:
    """By job what its party is told of why: `{at, text}`. Raises CannotRead.

    Told is what the newest decision about it says, and only while that is how things stand.
    """
    asked = {job.job.id: job for job in jobs if job.status in _COMING or job.status is JobStatus.REPORTED}
    newest: dict[str, int] = {}
    for record in journal.of_subject(rescue_id) if asked else ():
        event = decode(record.kind, record.payload)
        if isinstance(event, get_args(ev.Decision)) and record.cause is not None:
            newest[event.job] = record.cause
    told = {}
    for job_id in asked.keys() & newest.keys():
        plan = _plan(journal, newest[job_id])
        facts = _still_true(facts_for(plan, job_id), asked[job_id])
        if facts is not None:
            words = teller.party(facts, plan.taken_at_ms).words()
            told[job_id] = {"at": text_of(plan.taken_at_ms), "text": words}
    return told


def _plan(journal: Journal, seq: int) -> ev.PlanMade:
    record = next(journal.read(seq - 1, 1))
    plan = decode(record.kind, record.payload)
    assert isinstance(plan, ev.PlanMade)
    return plan


def _still_true(facts: Facts | None, job: JobState) -> Facts | None:
    """The facts as they stand; None where another truck comes than they are about, or one does after all."""
    if facts is None:
        return None
    if facts.chosen is None:
        waits = facts.nobody is not None and job.waits_for is facts.nobody.reason
        return facts if waits and job.status is JobStatus.REPORTED else None
    if job.status not in _COMING or facts.chosen.truck != (job.truck or job.planned_truck):
        return None
    same_shop = facts.shop is None or facts.shop.shop == job.shop
    return facts if same_shop else replace(facts, shop=None)
