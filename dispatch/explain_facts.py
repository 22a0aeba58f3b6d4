"""What there is to say of one decided job, as numbers and ids: the form in which an explanation is kept.

Seconds count from the plan's now. Trucks, jobs and shops stand by their ids; whoever may not see them is not shown them
(`dispatch.words_facts`). `dispatch.explain_job` finds the facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dispatch.plan import Reason


class Basis(StrEnum):
    """What the choice of a truck rests on.

    pinned: a dispatcher named it. stays: it was under way and may not be called off (again). only: no other truck could
    serve the job. soonest: every other that could would reach it later, or at the same time. outweighed: another could
    be there sooner; what keeps it is said of it.
    """

    PINNED = "pinned"
    STAYS = "stays"
    ONLY = "only"
    SOONEST = "soonest"
    OUTWEIGHED = "outweighed"


class Hindrance(StrEnum):
    """Why one truck is not the one, in the order in which it is asked.

    at_work: it would come later, having something to finish first. later: it would come later. pinned_elsewhere: a
    dispatcher named it for another job. driving: it is on its way to another job, which would be left. sent: the plan
    sends it to another job first. locked: the job is another truck's, by a lock. price: but for the prices it would
    cost no more. overtime: it would end after its shift. switch: taking the job from the truck that is on its way
    would cost more than it saves. weighed: it costs more in all, or nothing of this can be said.
    """

    NO_CAPABILITY = "no_capability"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    NO_WAY = "no_way"
    SHIFT = "shift"
    PLACES = "places"
    AT_WORK = "at_work"
    LATER = "later"
    PINNED_ELSEWHERE = "pinned_elsewhere"
    DRIVING = "driving"
    SENT = "sent"
    LOCKED = "locked"
    PRICE = "price"
    OVERTIME = "overtime"
    SWITCH = "switch"
    WEIGHED = "weighed"


class Role(StrEnum):
    """Why a truck that was not chosen is worth a word."""

    NEAREST = "nearest"
    NEAREST_CAPABLE = "nearest_capable"
    SOONEST = "soonest"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The truck of the job. `nearest`: no other truck that holds what is needed has a shorter drive from where it is.

    `free_at_s` is when it has finished what it has begun (0: now), `before` how many jobs the plan gives it before this
    one. `others_idle` counts the other trucks that could serve the job, have nothing to finish and are sent nowhere
    first. `driven_s` is how long it has been under way to this job. `place_age_s` is the age of the fix by which it is
    seen, None where that is not known.
    """

    truck: str
    basis: Basis
    arrive_s: int
    free_at_s: int
    before: int
    nearest: bool
    others_idle: int
    price: int
    driven_s: int = 0
    place_age_s: int | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A truck that was not chosen. `sooner_s`: by how much it would reach the job before the chosen one, were it sent
    there first (negative: after it); None where it cannot. `until_s`: free from work, or the end of its shift.

    `other_job` is where it goes instead, `other_here` whether that is of the same order, `other_urgent` whether it
    must be served and this one need not. `price` is the fen by which it is dearer by its price.
    """

    truck: str
    roles: tuple[Role, ...]
    hindrance: Hindrance
    drive_s: int | None
    sooner_s: int | None
    lacks: tuple[str, ...] = ()
    until_s: int | None = None
    other_job: str | None = None
    other_here: bool = False
    other_urgent: bool = False
    price: int = 0


@dataclass(frozen=True, slots=True)
class Next:
    """Of all other trucks that could serve the job first the one that would be there first, and how much later."""

    truck: str
    arrive_s: int
    later_s: int


@dataclass(frozen=True, slots=True)
class Switched:
    """A truck that was on its way to the job and is taken off it, and at what charge.

    `sooner_s`: by how much the chosen truck is there before it (negative: after it); None where there is no chosen
    truck or it could not have served the job any more. `to_job` is where it is sent first instead, None nowhere.
    """

    truck: str
    driven_s: int
    charge: int
    sooner_s: int | None
    to_job: str | None
    to_here: bool = False


class ShopBasis(StrEnum):
    """What the choice of a shop rests on.

    owner: the owner chose it. instead: the owner's shop has no place or cannot be reached. only: no other can be driven
    to. nearest: the shortest tow. nearer_full: all with a shorter tow are full or closed. price: all others with a
    shorter tow cost more by their prices. outweighed: one with a shorter tow was there, and was not preferred.
    """

    OWNER = "owner"
    INSTEAD = "instead"
    ONLY = "only"
    NEAREST = "nearest"
    NEARER_FULL = "nearer_full"
    PRICE = "price"
    OUTWEIGHED = "outweighed"


@dataclass(frozen=True, slots=True)
class ChosenShop:
    """`longer_s`: by how much the tow is longer than the shortest, that to a full shop included."""

    shop: str
    basis: ShopBasis
    tow_s: int
    longer_s: int
    price: int = 0


@dataclass(frozen=True, slots=True)
class Unseen:
    """Trucks on duty that hold what is needed and are no candidates, for they have not been seen lately.

    `since_s` is when the last of them was seen, None where none ever was.
    """

    trucks: tuple[str, ...]
    since_s: int | None


@dataclass(frozen=True, slots=True)
class Nobody:
    """Why nobody can be named: the plan's reason, and what became of the trucks.

    `trucks` are all candidates, `capable` those that hold what is needed; `refused` and `unanswered` are of these.
    `idle` counts those that could serve it now and are sent nowhere; `first_free` is the one of those that could serve
    it which has first finished what it has begun, at `first_free_s`, where all have something to finish. `shop_reached`
    tells whether there is a way to any shop that was in question, `alarmed` whether the control room is told.
    """

    reason: Reason
    trucks: int = 0
    capable: int = 0
    refused: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    idle: int = 0
    first_free: str | None = None
    first_free_s: int | None = None
    shop_reached: bool = True
    alarmed: bool = False


class Proven(StrEnum):
    """How good the plan is known to be: optimal, within a share of the best, or not known."""

    OPTIMAL = "optimal"
    WITHIN = "within"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Proof:
    """`gap_bp`: the cost is above the best possible by at most so many hundredths of a percent, rounded up."""

    proven: Proven
    gap_bp: int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """One job: `chosen` or `nobody`, and all that bears on it. `proof` is of the plan, None where it is in no plan."""

    job: str
    order: str
    needs: tuple[str, ...]
    proof: Proof | None = None
    chosen: Chosen | None = None
    nobody: Nobody | None = None
    passed: tuple[Passed, ...] = ()
    next: Next | None = None
    shop: ChosenShop | None = None
    switched: Switched | None = None
    unseen: Unseen | None = None
