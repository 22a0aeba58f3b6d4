"""Whose timeline an event belongs to: the id of a rescue, or `truck:` and the id of a truck, or nobody's."""

from __future__ import annotations

from cases import events as cases
from data.event_text import Event
from data.state import State


def subject_of(state: State, event: Event) -> str | None:
    """The state is that before the event."""
    if isinstance(event, cases.CaseOpened):
        return event.case.rescue
    if isinstance(event, cases.RescueAsked):
        return event.rescue.id
    rescue = getattr(event, "rescue", None)
    if isinstance(rescue, str):
        return rescue
    order = getattr(event, "order", None)
    if order is not None:
        return order if isinstance(order, str) else str(order.id)
    job_id = job_of(state, event)
    if job_id is not None:
        known = state.engine.book.jobs.get(job_id)
        return None if known is None else known.order_id
    truck = getattr(event, "truck", None)
    return None if truck is None else f"truck:{truck if isinstance(truck, str) else truck.id}"


def job_of(state: State, event: Event) -> str | None:
    """The job that an event is about, None where it is about none."""
    job = getattr(event, "job", None)
    if isinstance(job, str):
        return job
    offer = getattr(event, "offer", None)
    return state.engine.book.offers.get(offer) if isinstance(offer, str) else None
