"""What happened to each job of a run, as it is written down while the run goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

from dispatch.orders import JobStatus


@dataclass(slots=True)
class JobRecord:
    """Instants in epoch milliseconds, None where it did not come to that; `status` is the job's last."""

    job: str
    order: str
    truck: str | None = None
    shop: str | None = None
    offered_ms: int | None = None
    accepted_ms: int | None = None
    arrived_ms: int | None = None
    hooked_up_ms: int | None = None
    delivered_ms: int | None = None
    offers: int = 0
    refusals: int = 0
    switches: int = 0
    status: JobStatus = JobStatus.REPORTED


@dataclass(frozen=True, slots=True)
class Busy:
    """A span in which a truck worked for a job: from setting off until free again or called off."""

    truck: str
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A truck that came to a stop on the road, and the job that it drove to or towed for (None on its way back)."""

    truck: str
    job: str | None
    loaded: bool
    at_ms: int


@dataclass(slots=True)
class Work:
    """What the decisions of a run cost to think; `wall_s` has the seconds of each where a stopwatch was handed in."""

    solves: int = 0
    units: int = 0
    wall_s: list[float] = field(default_factory=list)
