"""What can happen in the simulated world: the vocabulary of the heap."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.orders import Order
from dispatch.plan import Plan
from dispatch.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Report:
    order: Order


@dataclass(frozen=True, slots=True)
class ShiftStart:
    truck: str


@dataclass(frozen=True, slots=True)
class ShiftEnd:
    truck: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The driver says accept or decline."""

    offer: str
    job: str
    accepts: bool


@dataclass(frozen=True, slots=True)
class Expiry:
    offer: str
    job: str


@dataclass(frozen=True, slots=True)
class ReachScene:
    job: str
    truck: str
    leg: int


@dataclass(frozen=True, slots=True)
class FinishScene:
    job: str
    truck: str


@dataclass(frozen=True, slots=True)
class ReachShop:
    job: str
    truck: str
    leg: int


@dataclass(frozen=True, slots=True)
class FinishUnload:
    job: str
    truck: str


@dataclass(frozen=True, slots=True)
class ReachPost:
    truck: str
    leg: int


@dataclass(frozen=True, slots=True)
class BreakDown:
    """The truck comes to a stop on the road; nothing where the drive has been called off before."""

    truck: str
    leg: int


@dataclass(frozen=True, slots=True)
class Watch:
    """The fixes of a truck on its way to a scene are looked at; nothing where the drive has ended."""

    truck: str
    leg: int


@dataclass(frozen=True, slots=True)
class Repaired:
    truck: str


@dataclass(frozen=True, slots=True)
class CarCollected:
    shop: str


@dataclass(frozen=True, slots=True)
class HourBegins:
    """An hour of the week, by the city's time."""


@dataclass(frozen=True, slots=True)
class Look:
    """The dispatcher looks again: an interval is over, or a bar has run out."""

    again: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Decide:
    snapshot: Snapshot
    plan: Plan


Happening = (
    Report
    | ShiftStart
    | ShiftEnd
    | Answer
    | Expiry
    | ReachScene
    | FinishScene
    | ReachShop
    | FinishUnload
    | ReachPost
    | BreakDown
    | Repaired
    | Watch
    | CarCollected
    | HourBegins
    | Look
    | Decide
)
