"""What a party sees of its rescue by the link alone: the truck while it serves it, its way, and what has happened."""

from __future__ import annotations

import asyncio
from typing import Any

from api.ahead import SERVES, Ends, ends_of, line_of, steps_of, ways_of
from api.explained import Teller, whys_for_party
from api.timeline import happenings_of
from api.views import Views
from data.journal import Journal
from dispatch.orders import JobStatus
from dispatch.states import JobState
from geo.instants import find_text_of, text_of
from routing.router import Router, Way

Json = dict[str, Any]

OPEN_AFTER_END_MS = 2 * 3_600_000
"""A link ends two hours after its rescue (conventions: tracking links)."""


def expires_ms(views: Views, rescue_id: str) -> int | None:
    ended_ms = views.published.ended_ms(rescue_id)
    return None if ended_ms is None else ended_ms + OPEN_AFTER_END_MS


def find_followed(views: Views, link: str) -> str | None:
    """The rescue that a link opens now, by the digest of its token; None where it is revoked, over or was never one."""
    published = views.published
    rescue_id = published.rescue_of_link.get(link)
    if rescue_id is None or published.rescues[rescue_id].link_revoked:
        return None
    ends_ms = expires_ms(views, rescue_id)
    return rescue_id if ends_ms is None or ends_ms > views.now_ms() else None


async def track_of(
    views: Views, journal: Journal, teller: Teller, rescue_id: str, *, positions_ok: bool, speed: int, stream_id: str
) -> Json:
    """The Track of docs/http.md. The ways are found in a worker."""
    shown = views.rescue(rescue_id)
    jobs = views.published.jobs_of(rescue_id)
    ways = await asyncio.to_thread(
        _ways, views.published.router, [ends_of(views.published, views.positions, job) for job in jobs]
    )
    happened = await asyncio.to_thread(happenings_of, journal, rescue_id, personal=False)
    whys = await asyncio.to_thread(whys_for_party, journal, rescue_id, jobs, teller)
    rows = []
    for job, (ahead, tow) in zip(jobs, ways, strict=True):
        row = next(each for each in shown["jobs"] if each["id"] == job.job.id)
        rows.append(_job(views, job, row, ahead, tow) | {"why": whys.get(job.job.id)})
    return {
        "rescue": {key: shown[key] for key in ("id", "status", "reported_at", "promise_at", "location")},
        "jobs": rows,
        "timeline": happened,
        "positions_ok": positions_ok,
        "now_at": text_of(views.now_ms()),
        "speed": speed,
        "expires_at": find_text_of(expires_ms(views, rescue_id)),
        "stream_id": stream_id,
    }


def position_rows(views: Views, rescue_id: str) -> list[Json]:
    """What changes while a truck drives: place and ETA of each job that is being served."""
    rows = []
    for job in views.published.jobs_of(rescue_id):
        if job.status in SERVES:
            row = views.job(job.job.id)
            rows.append(
                {
                    "job": job.job.id,
                    "position": _place(views, job),
                    "eta": row["eta"],
                    "delivery_eta": row["delivery_eta"],
                }
            )
    return rows


def _job(views: Views, job: JobState, row: Json, ahead: Way | None, tow: Way | None) -> Json:
    assignment = row["assignment"]
    named = assignment is not None and (job.status in SERVES or job.status in (JobStatus.PLANNED, JobStatus.DELIVERED))
    shop = row["shop"]
    return {
        "id": row["id"],
        "status": row["status"],
        "truck": {key: assignment[key] for key in ("plate", "company", "driver")} if named else None,
        "position": _place(views, job),
        "eta": row["eta"],
        "delivery_eta": row["delivery_eta"],
        "shop": None if shop is None else {key: shop[key] for key in ("name", "lon", "lat", "proposed")},
        "route": None if ahead is None else line_of(ahead),
        "tow_route": None if tow is None else line_of(tow),
        "steps": [] if ahead is None else steps_of(ahead),
    }


def _place(views: Views, job: JobState) -> Json | None:
    """Where the truck is, only while it serves this party."""
    if job.truck is None or job.status not in SERVES:
        return None
    return views.position(views.published.trucks[job.truck])


def _ways(router: Router, ends: list[Ends]) -> list[tuple[Way | None, Way | None]]:
    return [ways_of(router, each) for each in ends]
