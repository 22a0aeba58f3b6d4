"""/v1/jobs: a dispatcher's own assignment, and what it would cost."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.archived import live
from api.asking import PATIENCE_S
from api.at_hand import Commanding, answer
from api.bodies import ByBody, PinBody
from api.price_words import hurdle_words, minutes_of, price_words
from api.problems import Problem
from api.rounds import live_budget
from api.route_trucks import known
from api.service import Service
from api.turns import Told
from data.state import State
from dispatch import events as ev
from dispatch.pricing import Arrival, Change, Hurdle, Price, price_of
from geo.instants import find_text_of, text_of

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
Json = dict[str, Any]


@router.get("/{job_id}/assignment-price")
async def assignment_price(job_id: str, truck: str, service: Commanding) -> Json:
    """What it would cost to send this truck: the best plan with it against the best one without, of the same moment."""
    rescue_id = await _rescue_of(service, job_id)
    known(service, truck)
    done = await service.driver.look(lambda state, now_ms: Told(answer=(state.engine.book.copy(), now_ms)))
    book, now_ms = done.answer
    fixes, policy = service.board.fixes(tuple(book.trucks)), service.settings.policy
    found = await asyncio.to_thread(price_of, book, fixes, now_ms, policy, job_id, truck, lambda: live_budget(policy))
    head = {"job": job_id, "rescue": rescue_id, "truck": truck, "at": text_of(now_ms)}
    if isinstance(found, Price):
        return {**head, "possible": True, "reasons": [], **_priced(service, found, truck)}
    return {**head, "possible": False, "reasons": [_reason(each) for each in found], **_UNPRICED}


@router.post("/{job_id}/pin")
async def pin(job_id: str, body: PinBody, service: Commanding) -> JSONResponse:
    """Assigns a truck by hand. It is asked as soon as it can go, and everything else is planned round it."""
    rescue_id = await _rescue_of(service, job_id)
    known(service, body.truck)

    def do(state: State, _now_ms: int) -> Told:
        held = state.engine.book.job(job_id).pinned_to == body.truck
        return Told([] if held else [ev.Pinned(job_id, body.truck, body.by)])

    await service.driver.do(do)
    await service.driver.planned(PATIENCE_S)
    return answer(service.views.rescue(rescue_id))


@router.post("/{job_id}/unpin")
async def unpin(job_id: str, body: ByBody, service: Commanding) -> JSONResponse:
    """Takes the assignment back: who serves the job is decided as for any other."""
    rescue_id = await _rescue_of(service, job_id)

    def do(state: State, _now_ms: int) -> Told:
        held = state.engine.book.job(job_id).pinned_to is not None
        return Told([ev.Unpinned(job_id, body.by)] if held else [])

    await service.driver.do(do)
    await service.driver.planned(PATIENCE_S)
    return answer(service.views.rescue(rescue_id))


_UNPRICED: Json = {"cost": None, "must_serve": None, "arrival": None, "others": [], "text": None}


async def _rescue_of(service: Service, job_id: str) -> str:
    """The rescue of a job that can still be changed. Raises Problem 404 or 409."""
    state = service.published.jobs.get(job_id)
    if state is None:
        raise Problem(404, f"there is no job {job_id!r} that could be assigned; GET /v1/rescues shows the jobs")
    return await live(service, state.order_id)


def _priced(service: Service, price: Price, truck: str) -> Json:
    return {
        "cost": {
            "with": price.cost_with,
            "without": price.cost_without,
            "difference": price.cost_with - price.cost_without,
        },
        "must_serve": {"unserved": price.must_unserved, "wait_s": price.must_wait_s},
        "arrival": _change(price.job),
        "others": [{"job": each.job, **_of_rescue(service, each.job), **_change(each)} for each in price.others],
        "text": price_words(price, truck, lambda job: _of_rescue(service, job)["case_ref"]),
    }


def _of_rescue(service: Service, job_id: str) -> Json:
    """Whose job it is. One that was archived while the price was worked out has its job's name."""
    state = service.published.jobs.get(job_id)
    rescue = None if state is None else service.published.rescues.get(state.order_id)
    return {"rescue": state and state.order_id, "case_ref": job_id if rescue is None else rescue.rescue.case_ref}


def _change(change: Change) -> Json:
    return {"before": _arrival(change.before), "after": _arrival(change.after), "later_min": minutes_of(change)}


def _arrival(arrival: Arrival) -> Json:
    return {"truck": arrival.truck, "at": find_text_of(arrival.at_ms)}


def _reason(hurdle: Hurdle) -> Json:
    return {"reason": hurdle.value, "text": hurdle_words(hurdle)}
