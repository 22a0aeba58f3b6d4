"""Where each job and truck stands, as immutable records, and the guard that lets only possible steps happen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dispatch.fleet import COMMITTED, Shop, Truck, TruckStatus
from dispatch.orders import BEFORE_ARRIVAL, Job, JobStatus, Order
from dispatch.plan import Reason
from routing.router import Positions


class ImpossibleStep(ValueError):
    """An event that cannot follow the state that it meets; nothing was changed."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order and its scene on the roads (one row)."""

    order: Order
    scene: Positions
    on_expressway: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a vehicle stands that its truck could carry no further, and what the two of them block there."""

    lon_deg: float
    lat_deg: float
    lanes_blocked: int
    on_expressway: bool


@dataclass(frozen=True, slots=True)
class JobState:
    """`version` grows with every change, so that a plan can tell whether it was made for this state.

    `truck` is the one offered, driving or working; `planned_truck` the one that is to come when it is free.
    `barred` holds (truck, until_ms) of offers that nobody answered. `switches` counts the times that a truck on its way
    was called off. `waits_for` is why nobody could be named when that was last looked at. `planned_arrive_at_ms` is the
    arrival that was told last. `moved` is where the job is to be begun where that is not the order's scene, and `job`
    then what is left to be done. `turned_away_by` are shops that did not take the vehicle when it stood there.
    """

    job: Job
    order_id: str
    status: JobStatus = JobStatus.REPORTED
    truck: str | None = None
    shop: str | None = None
    offer: str | None = None
    offers: int = 0
    planned_truck: str | None = None
    planned_arrive_at_ms: int | None = None
    refused_by: frozenset[str] = frozenset()
    barred: tuple[tuple[str, int], ...] = ()
    pinned_to: str | None = None
    switches: int = 0
    alarmed: bool = False
    waits_for: Reason | None = None
    moved: Moved | None = None
    turned_away_by: frozenset[str] = frozenset()
    since_ms: int = 0
    version: int = 0

    @property
    def decidable(self) -> bool:
        return self.status in BEFORE_ARRIVAL

    @property
    def next_offer(self) -> str:
        """The id of the offer that would be made next."""
        return f"{self.job.id}.{self.offers + 1}"

    @property
    def past_offers(self) -> list[str]:
        """The ids of all offers that were made."""
        return [f"{self.job.id}.{number}" for number in range(1, self.offers + 1)]

    def closed_to(self, now_ms: int) -> frozenset[str]:
        """Trucks that may not be asked now: those that refused, and those that have just left an offer unanswered."""
        if not self.barred:
            return self.refused_by
        return self.refused_by | {truck for truck, until_ms in self.barred if until_ms > now_ms}


@dataclass(frozen=True, slots=True)
class TruckState:
    """`row` is the truck's row in every `Fixes`; `job` what it is offered, drives to or works on."""

    truck: Truck
    row: int
    status: TruckStatus = TruckStatus.OFF_DUTY
    job: str | None = None
    shift_end_at_ms: int | None = None
    on_duty_since_ms: int = 0
    since_ms: int = 0
    version: int = 0

    @property
    def committed(self) -> bool:
        return self.status in COMMITTED


def require(what: str, status: str, allowed: Collection[str]) -> None:
    """Raises ImpossibleStep unless `status` is one of `allowed`."""
    if status not in allowed:
        raise ImpossibleStep(f"{what}: is {status}, which must be one of {', '.join(sorted(allowed))}")


def require_taking(shop: Shop, jobs: Iterable[Job]) -> None:
    """Raises ImpossibleStep where the shop does not take the vehicle of one of the jobs that end at a shop."""
    lacking = [job.id for job in jobs if shop.can and not job.stays_at_scene and not job.needs <= shop.can]
    if lacking:
        raise ImpossibleStep(f"shop {shop.id}: does not take the vehicle of job {', '.join(lacking)}")
