"""Everything that the engine can be told, and everything that it decides: one vocabulary, one journal.

A decision is an event like any other: `decide` proposes it, the driver makes it durable, `observe` folds it in.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.explain_facts import Facts
from dispatch.fleet import Shop, Truck
from dispatch.orders import Order
from dispatch.plan import Method, Reason, Tier, Why
from dispatch.road_closures import Closure


@dataclass(frozen=True, slots=True)
class TruckRegistered:
    truck: Truck


@dataclass(frozen=True, slots=True)
class ShopRegistered:
    shop: Shop


@dataclass(frozen=True, slots=True)
class TruckAmended:
    """What is written down of a truck has changed; it is the same truck by its id."""

    truck: Truck


@dataclass(frozen=True, slots=True)
class ShopAmended:
    shop: Shop


@dataclass(frozen=True, slots=True)
class ShopClosed:
    """The shop takes no vehicle until it is said to be open again."""

    shop: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class ShopOpened:
    shop: str
    by: str


@dataclass(frozen=True, slots=True)
class PlaceFreed:
    """A car has left the shop."""

    shop: str


@dataclass(frozen=True, slots=True)
class OnDuty:
    """`shift_end_at_ms` None: until further notice."""

    truck: str
    shift_end_at_ms: int | None


@dataclass(frozen=True, slots=True)
class ShiftAmended:
    """A truck on duty ends its shift at another time than was said; None: until further notice."""

    truck: str
    shift_end_at_ms: int | None


@dataclass(frozen=True, slots=True)
class OffDuty:
    truck: str


@dataclass(frozen=True, slots=True)
class WentOutOfService:
    """The truck can go on no more. A job that it has not reached stands open again."""

    truck: str
    reason: str


@dataclass(frozen=True, slots=True)
class BrokeDown:
    """The truck can go on no more before it has loaded: its job stands open again, as old as it is."""

    truck: str
    job: str
    reason: str


@dataclass(frozen=True, slots=True)
class BrokeDownLoaded:
    """The truck can go on no more with the vehicle on it: another one takes it over where they stand.

    `on_scene_s` is how long the taking over is expected to last, `lanes_blocked` what the two of them block.
    """

    truck: str
    job: str
    reason: str
    lon_deg: float
    lat_deg: float
    on_scene_s: int
    lanes_blocked: int = 0


@dataclass(frozen=True, slots=True)
class StoodBy:
    """The truck stands at a post and waits."""

    truck: str


@dataclass(frozen=True, slots=True)
class Repositioning:
    """The truck drives to a post without a job."""

    truck: str


@dataclass(frozen=True, slots=True)
class OrderReported:
    order: Order


@dataclass(frozen=True, slots=True)
class OwnerChoseShop:
    """The owner's word on where the vehicle goes; it holds for every job of the order that is not hooked up yet."""

    order: str
    shop: str


@dataclass(frozen=True, slots=True)
class JobCancelled:
    job: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class JobGivenUp:
    """Nobody could serve the job and it is closed as unserved."""

    job: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """A dispatcher's own assignment: it holds until released, refused, or impossible because the truck has left."""

    job: str
    truck: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Unpinned:
    job: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class RefusalLifted:
    job: str
    truck: str


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    offer: str


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    offer: str
    reason: str


@dataclass(frozen=True, slots=True)
class OfferExpired:
    offer: str


@dataclass(frozen=True, slots=True)
class SetOff:
    job: str


@dataclass(frozen=True, slots=True)
class RunningLate:
    """By the newest fixes a truck under way comes `late_s` later than was told; `arrive_at_ms` is told from now on."""

    job: str
    truck: str
    arrive_at_ms: int
    late_s: int


@dataclass(frozen=True, slots=True)
class Arrived:
    job: str


@dataclass(frozen=True, slots=True)
class HookedUp:
    job: str


@dataclass(frozen=True, slots=True)
class ReachedShop:
    job: str


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The shop does not take the vehicle that stands before it on its truck; it is closed until said otherwise."""

    job: str
    truck: str
    shop: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """Unloaded at the shop; or, for a job without a destination, done at the scene."""

    job: str


@dataclass(frozen=True, slots=True)
class ClosurePosted:
    """A closure is known; the roads are closed from ClosureBegan on."""

    closure: Closure


@dataclass(frozen=True, slots=True)
class ClosureBegan:
    closure: str


@dataclass(frozen=True, slots=True)
class ClosureLifted:
    closure: str
    by: str


@dataclass(frozen=True, slots=True)
class TrafficPosted:
    """Speeds measured at `at_ms`, worth something for `valid_s`: km/h of links (rows of the city's links), in pairs.

    A link that the city does not have says nothing: a city may have been built anew since.
    """

    at_ms: int
    valid_s: int
    links: tuple[int, ...]
    speeds_kmh: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TrafficMoved:
    """An hour of the week has begun (0 is Monday from 00:00, the city's time), or live speeds have lapsed."""

    hour_of_week: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The fix of a truck that a plan used: degrees times 10^7, WGS-84, and when it was taken."""

    truck: str
    at_ms: int
    lon_e7: int
    lat_e7: int
    heading_deg: int | None


@dataclass(frozen=True, slots=True)
class PlanMade:
    """Decision: the plan behind the decisions that follow it, and all that it rests on.

    `taken_at_ms` is the instant of the snapshot, from which `why` and `facts` count their seconds; they explain the
    jobs that the decisions are about. The versions are those of the positions and of the roads that were seen.
    """

    taken_at_ms: int
    method: Method
    work: int
    cost: int
    lower_bound: int | None
    tier: Tier
    positions_version: int
    traffic_version: int
    seen: tuple[Seen, ...]
    why: tuple[Why, ...]
    facts: tuple[Facts, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """Decision: this truck is asked to serve this job, now."""

    offer: str
    job: str
    truck: str
    shop: str | None
    expires_at_ms: int
    arrive_at_ms: int


@dataclass(frozen=True, slots=True)
class Recalled:
    """Decision: an open offer is withdrawn, or a truck is called off the road before it has arrived."""

    job: str
    truck: str


@dataclass(frozen=True, slots=True)
class Planned:
    """Decision: the job waits for this truck to be free, or for its turn."""

    job: str
    truck: str
    shop: str | None
    arrive_at_ms: int


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """Decision: nobody can be named now, and why."""

    job: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class ShopChanged:
    """Decision: another destination for a job whose truck stays, or drives on."""

    job: str
    shop: str


@dataclass(frozen=True, slots=True)
class Alarmed:
    """Decision: the control room is told that every capable truck has refused."""

    job: str


Decision = Offered | Recalled | Planned | LeftOpen | ShopChanged | Alarmed
Event = (
    TruckRegistered | TruckAmended | ShopRegistered | ShopAmended | ShopClosed | ShopOpened | PlaceFreed | OnDuty
    | ShiftAmended | OffDuty | WentOutOfService | BrokeDown | BrokeDownLoaded | StoodBy | Repositioning
    | OrderReported | OwnerChoseShop | JobCancelled | JobGivenUp | Pinned | Unpinned | RefusalLifted | OfferAccepted
    | OfferDeclined | OfferExpired | SetOff | RunningLate | Arrived | HookedUp | ReachedShop | TurnedAway | Delivered
    | ClosurePosted | ClosureBegan | ClosureLifted | TrafficPosted | TrafficMoved | PlanMade | Decision
)  # fmt: skip
