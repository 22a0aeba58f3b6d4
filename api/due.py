"""What falls due by the clock alone: offers that expire, closures that begin and end, hours of the week, live speeds
that lapse, and a fresh look at the queue."""

from __future__ import annotations

from datetime import tzinfo

from data.event_text import Event
from data.state import State
from dispatch import events as ev
from dispatch.orders import JobStatus
from routing.traffic import hour_of_week, next_hour_ms

REVIEW_MS = 30_000
"""How often the queue is looked at again though nothing was told: trucks have moved, jobs have aged."""

FAR_MS = 3_600_000


def next_due_ms(state: State, looked_ms: int, now_ms: int, zone: tzinfo) -> int:
    """The next instant at which `due_events` may have something to say."""
    book = state.engine.book
    instants = [now_ms + FAR_MS]
    for job_id in book.open_jobs:
        job = book.jobs[job_id]
        if job.status is JobStatus.OFFERED:
            instants.append(_expires_ms(state, job.since_ms))
        elif job.status in (JobStatus.REPORTED, JobStatus.PLANNED):
            instants += [until_ms for _, until_ms in job.barred if until_ms > looked_ms]
            instants.append(looked_ms + REVIEW_MS)
    for closure in book.closures.values():
        if closure.id not in book.active_closures:
            instants.append(closure.from_ms)
        elif closure.until_ms is not None:
            instants.append(closure.until_ms)
    if _is_another_hour(state, hour_of_week(now_ms, zone)):
        instants.append(now_ms)
    elif not state.engine.policy.traffic.is_flat:
        instants.append(next_hour_ms(now_ms, zone))
    if len(book.traffic.live):
        instants.append(int(book.traffic.live.until_ms.min()))
    return min(instants)


def due_events(state: State, looked_ms: int, now_ms: int, zone: tzinfo) -> tuple[list[Event], bool]:
    """The events that are due, and whether the queue is to be looked at again. `zone` is that of the city."""
    book = state.engine.book
    due: list[Event] = []
    look = False
    for job_id in book.open_jobs:
        job = book.jobs[job_id]
        if job.status is JobStatus.OFFERED and _expires_ms(state, job.since_ms) <= now_ms:
            assert job.offer is not None
            due.append(ev.OfferExpired(job.offer))
        elif job.status in (JobStatus.REPORTED, JobStatus.PLANNED):
            bar_over = any(looked_ms < until_ms <= now_ms for _, until_ms in job.barred)
            look = look or bar_over or now_ms - looked_ms >= REVIEW_MS
    for closure in book.closures.values():
        if closure.until_ms is not None and closure.until_ms <= now_ms:
            due.append(ev.ClosureLifted(closure.id, "its time is over"))
        elif closure.id not in book.active_closures and closure.from_ms <= now_ms:
            due.append(ev.ClosureBegan(closure.id))
    hour = hour_of_week(now_ms, zone)
    if _is_another_hour(state, hour) or (book.traffic.live.until_ms <= now_ms).any():
        due.append(ev.TrafficMoved(hour))
    return due, look


def _is_another_hour(state: State, hour: int) -> bool:
    """Where every hour is alike, none is told of."""
    return hour != state.engine.book.traffic.hour_of_week and not state.engine.policy.traffic.is_flat


def _expires_ms(state: State, since_ms: int) -> int:
    return since_ms + 1000 * state.engine.policy.offer_s
