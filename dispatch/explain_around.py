"""What an explanation knows beside problem and plan: where trucks stand, whose lock it is, what the owner said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch.destinations import takes
from dispatch.fleet import Fixes
from dispatch.ledger import Ledger
from dispatch.plan import Reason, Verdict
from dispatch.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A job that is in no plan, for there is no shop for it."""

    job: str
    order: str
    needs: frozenset[str]
    reason: Reason


@dataclass(frozen=True, slots=True)
class OutOfSight:
    """A truck on duty that is no candidate. `seen_s` is when it was last seen, None never."""

    truck: str
    can: frozenset[str]
    seen_s: int | None


@dataclass(frozen=True, slots=True)
class Around:
    """Nothing of it is needed: a problem from a file is explained from what it says itself.

    stands      truck to row of `durations_s` of where it is; one not named stands where it is next free
    pinned      the jobs whose lock is a dispatcher's word; None: every lock is
    unanswered  (job, truck) where the truck is barred for no answer, not for a refusal
    owner_shop  job to the shop that the owner chose
    full_shops  job to (shop, place) of those that take the vehicle and are full
    place_age_s truck to the age of the fix that it is seen by
    alarms      whether the control room hears of it when every truck has refused
    """

    stands: Mapping[str, int] = field(default_factory=dict)
    pinned: frozenset[str] | None = None
    unanswered: frozenset[tuple[str, str]] = frozenset()
    owner_shop: Mapping[str, str] = field(default_factory=dict)
    full_shops: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    place_age_s: Mapping[str, int] = field(default_factory=dict)
    out_of_sight: tuple[OutOfSight, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    alarms: bool = False


def around_of(book: Ledger, snapshot: Snapshot, fixes: Fixes) -> Around:
    """What is around a snapshot. The ledger may be a little younger; what has changed since is not decided upon."""
    problem, at_ms = snapshot.problem, snapshot.at_ms
    jobs = [job for job in problem.jobs if job.id in book.jobs]
    return Around(
        stands={truck: row for row, truck in enumerate(snapshot.truck_versions)},
        pinned=frozenset(job.id for job in jobs if book.jobs[job.id].pinned_to is not None),
        unanswered=frozenset(
            (job.id, truck) for job in jobs for truck in job.refused_by - book.jobs[job.id].refused_by
        ),
        owner_shop={job.id: shop for job in jobs if (shop := book.orders[job.order].order.shop) is not None},
        full_shops=_full_shops(book, snapshot),
        place_age_s={
            truck.id: (at_ms - int(fixes.at_ms[book.trucks[truck.id].row])) // 1000 for truck in problem.trucks
        },
        out_of_sight=tuple(
            _out_of_sight(book, snapshot, fixes, truck)
            for truck, verdict in sorted(snapshot.absent.items())
            if verdict is Verdict.NO_FIX
        ),
        unlisted=tuple(
            Unlisted(job, book.jobs[job].order_id, book.jobs[job].job.needs, reason)
            for job, reason in snapshot.unlisted.items()
            if job in book.jobs
        ),
        alarms=True,
    )


def _full_shops(book: Ledger, snapshot: Snapshot) -> dict[str, tuple[tuple[str, int], ...]]:
    """A full shop is no option of a job; the snapshot's table still has its row, after those of trucks and scenes.

    A yard is none that anybody would ask about: a vehicle goes there for want of a shop.
    """
    problem = snapshot.problem
    first = len(snapshot.truck_versions) + len(snapshot.job_versions)
    rows = zip(range(first, len(problem.durations_s)), book.shops.values(), strict=False)
    full = [(shop, row) for row, shop in rows if problem.shop_places.get(shop.id) == 0 and not shop.yard]
    if not full:
        return {}
    return {
        job.id: tuple((shop.id, row) for shop, row in full if takes(book.jobs[job.id], shop, None))
        for job in problem.jobs
        if job.shops and job.id in book.jobs
    }


def _out_of_sight(book: Ledger, snapshot: Snapshot, fixes: Fixes, truck_id: str) -> OutOfSight:
    state = book.trucks[truck_id]
    seen_ms = int(fixes.at_ms[state.row])
    seen_s = (seen_ms - snapshot.at_ms) // 1000
    return OutOfSight(truck_id, state.truck.can, seen_s if seen_ms >= 0 else None)
