"""What is told of cases and rescues before and beside the dispatcher's own events."""

from __future__ import annotations

from dataclasses import dataclass

from cases.rescues import Rescue


@dataclass(frozen=True, slots=True)
class Case:
    """An accident case as it is opened; degrees WGS-84."""

    id: str
    case_ref: str
    lon_deg: float
    lat_deg: float
    rescue: str | None


@dataclass(frozen=True, slots=True)
class CaseOpened:
    case: Case


@dataclass(frozen=True, slots=True)
class RescueAsked:
    """A rescue has come in. `held`: no truck is sent before somebody has said that it is another accident."""

    rescue: Rescue
    held: bool


@dataclass(frozen=True, slots=True)
class RescueReleased:
    """It is another accident than those it was linked to; the order goes to the dispatcher."""

    rescue: str
    by: str


@dataclass(frozen=True, slots=True)
class RescueMerged:
    """It is the same accident as another rescue, which goes on for both."""

    rescue: str
    into: str
    by: str


@dataclass(frozen=True, slots=True)
class RescueWithdrawn:
    """A held rescue is cancelled before it became an order of the dispatcher's."""

    rescue: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class LinkRevoked:
    """The tracking link of a rescue opens nothing any more."""

    rescue: str
    by: str


@dataclass(frozen=True, slots=True)
class LinkIssued:
    """A rescue has a fresh tracking link in place of the one before; `link` is the digest of its token.

    `number` counts the links that were issued after the first one.
    """

    rescue: str
    number: int
    link: str
    by: str


@dataclass(frozen=True, slots=True)
class RescueArchived:
    """A rescue that has been over for long leaves the live state, with its case; what is known of it is kept apart."""

    rescue: str


@dataclass(frozen=True, slots=True)
class CaseArchived:
    """A case that never had a rescue and of which nothing was heard for long leaves the live state."""

    case: str


Event = (
    CaseOpened
    | RescueAsked
    | RescueReleased
    | RescueMerged
    | RescueWithdrawn
    | LinkRevoked
    | LinkIssued
    | RescueArchived
    | CaseArchived
)
