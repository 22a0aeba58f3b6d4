"""What the demo's world knows of the service: answers and events of docs/http.md as values, the newest of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geo.instants import ms_of_text

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees WGS-84."""

    lon_deg: float
    lat_deg: float


@dataclass(frozen=True, slots=True)
class TruckSeen:
    """`position` is where the truck was seen last, with the heading or None."""

    id: str
    version: int
    status: str
    since_ms: int
    job: str | None
    rescue: str | None
    position: tuple[Place, float | None] | None


@dataclass(frozen=True, slots=True)
class JobSeen:
    """`truck`, `offer` and `expires_ms` are those of its assignment, None without one."""

    id: str
    status: str
    needs: frozenset[str]
    truck: str | None
    offer: str | None
    expires_ms: int | None
    shop: tuple[str, Place] | None


@dataclass(frozen=True, slots=True)
class RescueSeen:
    id: str
    version: int
    case_ref: str
    status: str
    held: bool
    linked: tuple[str, ...]
    reported_ms: int
    ended: bool
    place: Place
    jobs: tuple[JobSeen, ...]


@dataclass(frozen=True, slots=True)
class ShopSeen:
    """`taken` counts the cars that stand there."""

    id: str
    version: int
    taken: int
    unload_s: int


@dataclass(slots=True)
class Mirror:
    """Everything by id. An older version never replaces a newer one, unless the whole board is new."""

    trucks: dict[str, TruckSeen] = field(default_factory=dict)
    rescues: dict[str, RescueSeen] = field(default_factory=dict)
    shops: dict[str, ShopSeen] = field(default_factory=dict)
    closures: dict[str, Json] = field(default_factory=dict)
    """Those that are active, as the service tells them."""

    def take_board(self, board: Json) -> None:
        self.trucks = {each["id"]: truck_seen(each) for each in board["trucks"]}
        self.rescues = {each["id"]: rescue_seen(each) for each in board["rescues"]}
        self.shops = {each["id"]: shop_seen(each) for each in board["shops"]}
        self.closures = {each["id"]: each for each in board["closures"] if each["active"]}

    def take_truck(self, told: Json) -> TruckSeen:
        seen = truck_seen(told)
        known = self.trucks.get(seen.id)
        if known is None or seen.version >= known.version:
            self.trucks[seen.id] = seen
        return self.trucks[seen.id]

    def take_rescue(self, told: Json) -> RescueSeen:
        seen = rescue_seen(told)
        known = self.rescues.get(seen.id)
        if known is None or seen.version >= known.version:
            self.rescues[seen.id] = seen
        return self.rescues[seen.id]

    def take_shop(self, told: Json) -> None:
        seen = shop_seen(told)
        known = self.shops.get(seen.id)
        if known is None or seen.version >= known.version:
            self.shops[seen.id] = seen

    def take_closure(self, told: Json) -> None:
        self.closures.pop(told["id"], None)
        if told.get("active"):
            self.closures[told["id"]] = told

    def find_work(self, truck: TruckSeen) -> tuple[RescueSeen, JobSeen] | None:
        """The rescue and the job that the truck is busy with, as far as they are known and say so too."""
        rescue = self.rescues.get(truck.rescue or "")
        if rescue is None:
            return None
        return next(((rescue, job) for job in rescue.jobs if job.id == truck.job and job.truck == truck.id), None)

    def find_case(self, case_ref: str) -> RescueSeen | None:
        return next((rescue for rescue in self.rescues.values() if rescue.case_ref == case_ref), None)

    def forget_ended(self, before_ms: int) -> None:
        """What was reported before that instant and has ended is no longer needed."""
        gone = [each.id for each in self.rescues.values() if each.ended and each.reported_ms < before_ms]
        for rescue_id in gone:
            del self.rescues[rescue_id]


def truck_seen(told: Json) -> TruckSeen:
    position = told["position"]
    return TruckSeen(
        id=told["id"],
        version=told["version"],
        status=told["status"],
        since_ms=ms_of_text(told["since_at"]),
        job=told["job"],
        rescue=told["rescue"],
        position=None if position is None else (_place(position), position["heading_deg"]),
    )


def rescue_seen(told: Json) -> RescueSeen:
    return RescueSeen(
        id=told["id"],
        version=told["version"],
        case_ref=told["case_ref"],
        status=told["status"],
        held=told["held"],
        linked=tuple(told["linked"]),
        reported_ms=ms_of_text(told["reported_at"]),
        ended=told["ended_at"] is not None,
        place=_place(told["location"]),
        jobs=tuple(_job_seen(job) for job in told["jobs"]),
    )


def shop_seen(told: Json) -> ShopSeen:
    taken = 0 if told["places"] is None else told["places"] - told["free_places"]
    return ShopSeen(told["id"], told["version"], taken, told["unload_s"])


def _job_seen(told: Json) -> JobSeen:
    assignment, shop = told["assignment"] or {}, told["shop"]
    expires_at = assignment.get("expires_at")
    return JobSeen(
        id=told["id"],
        status=told["status"],
        needs=frozenset(told["needs"]),
        truck=assignment.get("truck"),
        offer=assignment.get("offer"),
        expires_ms=None if expires_at is None else ms_of_text(expires_at),
        shop=None if shop is None else (shop["id"], _place(shop)),
    )


def _place(told: Json) -> Place:
    return Place(told["lon"], told["lat"])
