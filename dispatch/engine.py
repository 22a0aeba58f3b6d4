"""The engine: it is told what happens, gives the problem to be solved, and turns a plan into decisions.

It does no I/O and never waits. The live service drives it from an inbox with the service clock; the simulator drives
the same code from a heap. A decision changes nothing until it comes back through `observe`: the driver makes it
durable in between, so the state is at any time the fold of what was written down.
"""

from __future__ import annotations

from dispatch import events as ev
from dispatch.fleet import IDLE, Fixes
from dispatch.fold import fold
from dispatch.ledger import Ledger
from dispatch.orders import JobStatus
from dispatch.plan import Plan, Reason, Stop
from dispatch.plan_document import document_of
from dispatch.policy import Policy
from dispatch.recheck import broken_jobs
from dispatch.snapshot import Snapshot, take_snapshot
from dispatch.solver.check import check
from dispatch.states import JobState
from routing.router import Router

IN_HAND = frozenset({JobStatus.OFFERED, JobStatus.ACCEPTED, JobStatus.EN_ROUTE})
"""A truck has been asked or is on its way."""


class BrokenPlan(Exception):
    """The checker found that a plan does not say the truth; this is a bug of the solver, never of its input."""


class Engine:
    """One city's dispatcher. All instants are epoch milliseconds on the caller's clock."""

    def __init__(self, router: Router, policy: Policy, book: Ledger | None = None) -> None:
        """`book` is a ledger that was kept; without one the engine knows nothing yet."""
        self.policy = policy
        self.book = Ledger(router, policy.traffic) if book is None else book

    @property
    def wants_plan(self) -> bool:
        """Whether something has happened since the last snapshot that could change who goes to an open job."""
        book = self.book
        return book.wants_plan and any(book.jobs[job_id].decidable for job_id in book.open_jobs)

    def observe(self, event: ev.Event, now_ms: int) -> None:
        """Takes in one event, a decision included. Raises ImpossibleStep, and changes nothing, where it cannot be."""
        fold(self.book, event, now_ms)

    def reconsider(self) -> None:
        """Asks for a plan though nothing was told: a bar has run out, or the caller wants a fresh look."""
        self.book.wants_plan = True

    def problem(self, now_ms: int, fixes: Fixes) -> Snapshot:
        """The problem as of now. `fixes` has a row for each registered truck, in the order of registration."""
        if len(fixes.at_ms) != len(self.book.trucks):
            raise ValueError(f"fixes: {len(fixes.at_ms)} rows for {len(self.book.trucks)} registered trucks")
        self.book.wants_plan = False
        return take_snapshot(self.book, fixes, now_ms, self.policy)

    def decide(self, snapshot: Snapshot, plan: Plan, now_ms: int) -> list[ev.Decision]:
        """The decisions that a plan amounts to, in the order in which they have to be taken.

        The plan is checked against its problem by code that did not make it (BrokenPlan where it does not hold). What
        has become stale since the snapshot is dropped, and a new plan is asked for: the parts whose truck or job has
        changed, and those that do not hold on the roads and with the shops and the waiting of now.
        """
        report = check(snapshot.problem, document_of(plan))
        if report.faults:
            raise BrokenPlan("; ".join(report.faults[:5]))
        broken = broken_jobs(self.book, snapshot, plan, self.policy)
        decisions = _Decisions(self.book, self.policy, snapshot, broken, now_ms)
        for route in plan.routes:
            for position, stop in enumerate(route.stops):
                decisions.stop(route.truck, stop, first=position == 0)
        for unserved in plan.unserved:
            decisions.left(unserved.job, unserved.reason)
        for job_id, reason in snapshot.unlisted.items():
            decisions.waits(job_id, reason)
        if decisions.stale:
            self.book.wants_plan = True
        return [*decisions.recalls.values(), *decisions.others]


class _Decisions:
    """Compares a plan with the ledger, job by job. Recalls come first: they free the trucks that are then offered."""

    def __init__(self, book: Ledger, policy: Policy, snapshot: Snapshot, broken: frozenset[str], now_ms: int) -> None:
        self.book = book
        self.policy = policy
        self.snapshot = snapshot
        self.broken = broken
        self.now_ms = now_ms
        self.stale = False
        self.recalls: dict[str, ev.Recalled] = {}
        self.others: list[ev.Decision] = []

    def stop(self, truck_id: str, stop: Stop, *, first: bool) -> None:
        state = self._current(stop.job)
        if state is None or stop.job in self.broken or not self._is_current_truck(truck_id):
            self.stale = True
            return
        arrive_at_ms = self.snapshot.at_ms + 1000 * stop.arrive_s
        if state.status in IN_HAND:
            if state.truck == truck_id and first:
                if stop.shop is not None and stop.shop != state.shop:
                    self.others.append(ev.ShopChanged(stop.job, stop.shop))
                return
            if not self._recall(state):
                return
        if first and self._can_go_now(truck_id, stop.job):
            expires_at_ms = self.now_ms + 1000 * self.policy.offer_s
            self.others.append(ev.Offered(state.next_offer, stop.job, truck_id, stop.shop, expires_at_ms, arrive_at_ms))
        elif state.planned_truck != truck_id or state.shop != stop.shop or state.status in IN_HAND:
            self.others.append(ev.Planned(stop.job, truck_id, stop.shop, arrive_at_ms))

    def left(self, job_id: str, reason: Reason) -> None:
        state = self._current(job_id)
        if state is None:
            self.stale = True
            return
        if state.status in IN_HAND and not self._recall(state):
            return
        if state.status is not JobStatus.REPORTED or state.waits_for is not reason:
            self.others.append(ev.LeftOpen(job_id, reason))
        if reason is Reason.REFUSED and not state.alarmed:
            self.others.append(ev.Alarmed(job_id))

    def waits(self, job_id: str, reason: Reason) -> None:
        """A job that is in no plan: the reason is said once, and a truck that is with it already stays."""
        state = self._current(job_id)
        if state is None:
            self.stale = True
        elif state.status in (JobStatus.REPORTED, JobStatus.PLANNED) and state.waits_for is not reason:
            self.others.append(ev.LeftOpen(job_id, reason))

    def _current(self, job_id: str) -> JobState | None:
        state = self.book.jobs.get(job_id)
        return state if state and state.version == self.snapshot.job_versions.get(job_id) else None

    def _is_current_truck(self, truck_id: str) -> bool:
        state = self.book.trucks.get(truck_id)
        return state is not None and state.version == self.snapshot.truck_versions.get(truck_id)

    def _recall(self, state: JobState) -> bool:
        """Takes the job from its truck; False where the policy, or the one switch that is allowed, forbids it."""
        if state.job.id in self.recalls:
            return True
        assert state.truck is not None
        pinned_elsewhere = state.pinned_to is not None and state.pinned_to != state.truck
        allowed = self.policy.redirects and state.switches == 0
        if not (allowed or pinned_elsewhere or self._is_pinned_to_another_job(state)):
            return False
        self.recalls[state.job.id] = ev.Recalled(state.job.id, state.truck)
        return True

    def _is_pinned_to_another_job(self, state: JobState) -> bool:
        return any(
            self.book.jobs[other].pinned_to == state.truck and other != state.job.id for other in self.book.open_jobs
        )

    def _can_go_now(self, truck_id: str, job_id: str) -> bool:
        """Whether the truck is idle, or is called off its present job by this very plan."""
        truck = self.book.truck(truck_id)
        if truck.status in IDLE or truck.job in self.recalls:
            return True
        if truck.job is None or truck.committed or truck.job == job_id:
            return False
        present = self._current(truck.job)
        if present is None or present.status not in IN_HAND:
            self.stale = True
            return False
        return self._recall(present)
