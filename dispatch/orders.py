"""Rescue orders and their jobs: what was reported, and how far each truck's work has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CAPABILITIES = ("wheel_lift", "flatbed", "heavy", "crane", "ev_dolly")
"""What a truck may be able to do and a job may need."""

WORKS_AT_SCENE = frozenset({"crane"})
"""A job that needs one of these alone is done where the accident is: it rights or lifts, another job tows."""


class JobStatus(StrEnum):
    """The life of a job, in order; the last four end it otherwise."""

    REPORTED = "reported"
    PLANNED = "planned"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    TOWING = "towing"
    DELIVERED = "delivered"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    GONE_ON_ARRIVAL = "gone_on_arrival"
    DESTINATION_REFUSED = "destination_refused"
    UNSERVED = "unserved"


BEFORE_ARRIVAL = frozenset(
    {JobStatus.REPORTED, JobStatus.PLANNED, JobStatus.OFFERED, JobStatus.ACCEPTED, JobStatus.EN_ROUTE}
)
"""Statuses in which it can still be decided who serves the job."""

ENDED = frozenset(
    {JobStatus.DELIVERED, JobStatus.CLOSED, JobStatus.CANCELLED, JobStatus.GONE_ON_ARRIVAL, JobStatus.UNSERVED}
)


@dataclass(frozen=True, slots=True)
class Job:
    """One truck's work; `on_scene_s` is the time at the scene that is expected when the job is reported."""

    id: str
    needs: frozenset[str]
    on_scene_s: int

    @property
    def stays_at_scene(self) -> bool:
        return self.needs <= WORKS_AT_SCENE


@dataclass(frozen=True, slots=True)
class Order:
    """A rescue order: one job for each truck that it needs.

    `shop` is the owner's choice, None where it is left to the solver. `person_waiting` means somebody trapped, or hurt
    and still with the vehicle; it is never derived from the severity alone.
    """

    id: str
    reported_at_ms: int
    lon_deg: float
    lat_deg: float
    promise_after_s: int
    jobs: tuple[Job, ...]
    lanes_blocked: int = 0
    person_waiting: bool = False
    shop: str | None = None
    weight: int = 1
