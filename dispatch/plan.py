"""A plan: who goes where and when, what it costs, and how far that can be from the best (PLAN.json)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """The rung of the ladder that produced a plan."""

    SINGLE = "single"
    ASSIGNMENT = "assignment"
    SEARCH = "search"
    COLUMNS = "columns"


class Reason(StrEnum):
    """Why a job is left unserved in a plan."""

    NO_CAPABILITY = "no_capability"
    REFUSED = "refused"
    NO_WAY = "no_way"
    SHIFT = "shift"
    COST = "cost"
    PLACES = "places"
    LOCKED = "locked"


class Verdict(StrEnum):
    """What became of one truck that was considered for one job."""

    CHOSEN = "chosen"
    LATER = "later"
    DEARER = "dearer"
    BUSY = "busy"
    NO_CAPABILITY = "no_capability"
    REFUSED = "refused"
    SHIFT = "shift"
    NO_WAY = "no_way"
    NO_FIX = "no_fix"
    SWITCH = "switch"
    LOCKED = "locked"
    PLACES = "places"


@dataclass(frozen=True, slots=True)
class Stop:
    """One job in a truck's sequence; `shop` is None exactly when the job has no shops."""

    job: str
    shop: str | None
    depart_s: int
    arrive_s: int
    free_at_s: int


@dataclass(frozen=True, slots=True)
class TruckRoute:
    """A truck's jobs one after the other, at least one."""

    truck: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Unserved:
    job: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Terms:
    """The cost of a plan by term, each already multiplied by its weights."""

    wait: int = 0
    late: int = 0
    blocked: int = 0
    empty_drive: int = 0
    overtime: int = 0
    tow_detour: int = 0
    price: int = 0
    switch: int = 0
    unserved: int = 0

    @property
    def cost(self) -> int:
        return (
            self.wait + self.late + self.blocked + self.empty_drive + self.overtime + self.tow_detour
            + self.price + self.switch + self.unserved
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tier:
    """The must-serve tier: jobs of it left unserved, summed wait of those served, and whether both are proven best."""

    unserved: int = 0
    wait_s: int = 0
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Considered:
    """One truck weighed for one job: that job's own terms if that truck served it first; None where it cannot."""

    truck: str
    arrive_s: int | None
    cost: int | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Why:
    """The chosen truck and at most ten others, and how many of the rest fell to which verdict."""

    job: str
    considered: tuple[Considered, ...]
    rest: tuple[tuple[Verdict, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes with their times, what stays unserved and why, the cost by term, and a proven bound where there is one."""

    routes: tuple[TruckRoute, ...]
    unserved: tuple[Unserved, ...]
    terms: Terms
    tier: Tier
    lower_bound: int | None
    method: Method
    work: int

    @property
    def cost(self) -> int:
        return self.terms.cost

    @property
    def gap(self) -> float | None:
        if self.lower_bound is None:
            return None
        return (self.cost - self.lower_bound) / max(1, self.cost)
