"""A rescue as it is asked for: the vehicles, what each needs, and the order of jobs that the dispatcher makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dispatch.orders import Job, Order

DEFAULT_NEEDS = frozenset({"wheel_lift"})
"""What a vehicle is taken to need where nothing is said: any truck can lift a car."""


class Severity(StrEnum):
    DEATH = "death"
    INJURY = "injury"
    DAMAGE = "damage"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle of a rescue. Its plate is a personal detail and is not in here."""

    kind: str
    damage: str
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rescue:
    """What was asked for, without anything personal: that is kept apart, so that it can be erased.

    `plates` are keyed digests of the vehicles' plates, `linked` the open rescues that seem to be the same accident when
    this one came in, `link` the digest of the tracking link's token.
    """

    order: Order
    case_ref: str
    vehicles: tuple[Vehicle, ...]
    severity: Severity | None
    plates: frozenset[str]
    linked: tuple[str, ...]
    link: str

    @property
    def id(self) -> str:
        return self.order.id


def jobs_of(rescue_id: str, vehicles: Sequence[Vehicle], on_scene_s: int) -> tuple[Job, ...]:
    """One job for each vehicle, in their order; one wheel lift where no vehicle is named."""
    needs = [vehicle.needs or DEFAULT_NEEDS for vehicle in vehicles] or [DEFAULT_NEEDS]
    return tuple(Job(f"{rescue_id}-{k}", each, on_scene_s) for k, each in enumerate(needs, start=1))
