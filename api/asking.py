"""How a rescue comes to be: from the body of a request to the events that are written down."""

from __future__ import annotations

from sqlalchemy import Executable

from api.bodies import CaseBody, Contact, Location, RescueDetails
from api.ids import link_token, new_id, plate_digest, token_digest
from api.once import Keep
from api.places import place_of
from api.problems import Problem
from api.service import Service
from api.turns import Command, Told
from cases import events as cases
from cases.book import CaseBook, Standing
from cases.duplicates import linked_to
from cases.rescues import Rescue, Vehicle, jobs_of
from data.event_text import Event
from data.parties import Party, insert_statement
from data.state import State
from dispatch import events as ev
from dispatch.orders import ENDED, JobStatus, Order
from dispatch.states import require_taking
from geo.points import Point

ON_SCENE_S = 763
"""Expected time at the scene: mean of the simulator's distribution (Taiwan Freeway 5, 2023; median assumed 10 min)."""

PATIENCE_S = 2.0
"""How long an answer waits for the first plan."""


def ask_command(
    service: Service, case_ref: str, location: Location, body: RescueDetails, keep: Keep, case: str | None = None
) -> Command:
    """The command whose answer is the new rescue's id. Raises Problem 422 for what cannot be meant; the command raises
    ImpossibleStep for a shop that does not take one of the vehicles."""
    point = place_of(service.published.router, location)
    if body.shop_id is not None and body.shop_id not in service.published.shops:
        raise Problem(
            422, f"there is no shop {body.shop_id!r}; GET /v1/shops lists them", [("/shop_id", "unknown shop")]
        )
    secret = service.settings.secret
    rescue_id = new_id("R")
    vehicles = tuple(Vehicle(each.kind, each.damage, frozenset(each.needs)) for each in body.vehicles)
    plates = tuple(each.plate for each in body.vehicles if each.plate)
    promise_after_s = body.promise_after_s or service.settings.policy.promise_after_s
    link = token_digest(link_token(secret, rescue_id))

    def ask(state: State, now_ms: int) -> Told:
        order = Order(
            id=rescue_id,
            reported_at_ms=now_ms,
            lon_deg=point.lon_deg,
            lat_deg=point.lat_deg,
            promise_after_s=promise_after_s,
            jobs=jobs_of(rescue_id, vehicles, ON_SCENE_S),
            lanes_blocked=body.lanes_blocked,
            person_waiting=body.person_waiting,
            shop=body.shop_id,
        )
        if order.shop is not None:
            require_taking(state.engine.book.shop(order.shop), order.jobs)
        digests = frozenset(plate_digest(secret, plate) for plate in plates)
        draft = Rescue(order, case_ref, vehicles, body.severity, digests, (), link)
        linked = linked_to(draft, open_rescues(state))
        rescue = Rescue(order, case_ref, vehicles, body.severity, digests, linked, link)
        events: list[Event] = [] if case is None else [cases.CaseOpened(_case(case, case_ref, point, rescue_id))]
        events.append(cases.RescueAsked(rescue, held=bool(linked)))
        if not linked:
            events.append(ev.OrderReported(order))
        beside = [
            *_party(rescue_id, case_ref, body.contact, body.consent, plates, now_ms),
            *keep(case or rescue_id, now_ms),
        ]
        return Told(events, beside, rescue_id, caused_by_first=True)

    return ask


def case_command(service: Service, body: CaseBody, keep: Keep, case_id: str) -> Command:
    """The command that opens a case and, with it, asks for its rescue; its answer is the rescue's id or None."""
    if body.rescue is not None:
        details = (
            body.rescue if body.rescue.contact is not None else body.rescue.model_copy(update={"contact": body.contact})
        )
        return ask_command(service, body.case_ref, body.location, details, keep, case_id)
    point = place_of(service.published.router, body.location)

    def open_case(_state: State, now_ms: int) -> Told:
        beside = [*_party(case_id, body.case_ref, body.contact, False, (), now_ms), *keep(case_id, now_ms)]
        return Told([cases.CaseOpened(_case(case_id, body.case_ref, point, None))], beside, None)

    return open_case


def cancel_command(rescue_id: str, by: str, reason: str) -> Command:
    """Cancels what can be cancelled of a rescue. Held rescues that waited for nothing else go to the dispatcher."""

    def cancel(state: State, _now_ms: int) -> Told:
        rescue = state.cases.rescue(rescue_id)
        if rescue.standing is Standing.HELD:
            return Told([cases.RescueWithdrawn(rescue_id, by, reason), *_released(state, rescue_id)])
        if rescue.standing is not Standing.ORDERED:
            raise Problem(409, f"rescue {rescue_id} is {rescue.standing} already")
        book = state.engine.book
        jobs = [book.jobs[job.id] for job in rescue.rescue.order.jobs]
        left = [job for job in jobs if job.status not in ENDED]
        stuck = [job for job in left if not job.decidable and job.status is not JobStatus.ON_SCENE]
        if not left:
            raise Problem(409, f"rescue {rescue_id} has ended already")
        if stuck:
            raise Problem(
                409,
                f"job {stuck[0].job.id} is {stuck[0].status}: a vehicle on the hook is not cancelled; change its shop",
            )
        events: list[Event] = [ev.JobCancelled(job.job.id, by, reason) for job in left]
        return Told([*events, *_released(state, rescue_id)])

    return cancel


def _released(state: State, cancelled: str) -> list[Event]:
    """With one rescue cancelled: what becomes of those that were held for it, or for others that are cancelled too."""

    def is_gone(rescue_id: str) -> bool:
        rescue = state.cases.rescue(rescue_id)
        if rescue.merged_into is not None:
            return is_gone(rescue.merged_into)
        if rescue_id == cancelled or rescue.standing is Standing.WITHDRAWN:
            return True
        jobs = rescue.rescue.order.jobs
        return rescue.standing is Standing.ORDERED and all(
            state.engine.book.jobs[job.id].status is JobStatus.CANCELLED for job in jobs
        )

    events: list[Event] = []
    for held in state.cases.held_without(is_gone):
        if held != cancelled:
            events += [
                cases.RescueReleased(held, "the report it was held for is cancelled"),
                _order_of(state.cases, held),
            ]
    return events


def release_command(rescue_id: str, by: str) -> Command:
    def release(state: State, _now_ms: int) -> Told:
        order = _order_of(state.cases, rescue_id)
        return Told([cases.RescueReleased(rescue_id, by), order], caused_by_first=True)

    return release


def merge_command(rescue_id: str, into: str, by: str) -> Command:
    return lambda _state, _now_ms: Told([cases.RescueMerged(rescue_id, into, by)])


def revoke_command(rescue_id: str, by: str) -> Command:
    """Ends the tracking link; a second word changes nothing."""

    def revoke(state: State, _now_ms: int) -> Told:
        revoked = state.cases.rescue(rescue_id).link_revoked
        return Told([] if revoked else [cases.LinkRevoked(rescue_id, by)])

    return revoke


def issue_command(secret: bytes, rescue_id: str, by: str, keep: Keep) -> Command:
    """Puts a fresh tracking link in the place of the present one, revoked or not."""

    def issue(state: State, now_ms: int) -> Told:
        number = state.cases.rescue(rescue_id).link_number + 1
        link = token_digest(link_token(secret, rescue_id, number))
        return Told([cases.LinkIssued(rescue_id, number, link, by)], keep(rescue_id, now_ms))

    return issue


def version_of(state: State, rescue_id: str) -> int:
    """What `Published.version` shows once this state is published."""
    rescue, jobs = state.cases.rescue(rescue_id), state.engine.book.jobs
    return rescue.version + sum(jobs[job.id].version for job in rescue.rescue.order.jobs if job.id in jobs)


def open_rescues(state: State) -> list[Rescue]:
    """Those that a new report may be about: ordered and not ended, or held."""
    book, known = state.engine.book, state.cases
    ordered = dict.fromkeys(book.jobs[job_id].order_id for job_id in book.open_jobs)
    return [known.rescues[each].rescue for each in (*ordered, *known.held) if each in known.rescues]


def _order_of(cases_book: CaseBook, rescue_id: str) -> Event:
    return ev.OrderReported(cases_book.rescue(rescue_id).rescue.order)


def _case(case_id: str, case_ref: str, point: Point, rescue_id: str | None) -> cases.Case:
    return cases.Case(case_id, case_ref, point.lon_deg, point.lat_deg, rescue_id)


def _party(
    owner: str, case_ref: str, contact: Contact | None, consent: bool, plates: tuple[str, ...], now_ms: int
) -> list[Executable]:
    if contact is None and not plates:
        return []
    details = {"contact": None if contact is None else contact.model_dump(), "consent": consent}
    return [insert_statement(Party(owner, case_ref, details, plates, now_ms))]
