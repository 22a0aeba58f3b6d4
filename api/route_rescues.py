"""/v1/rescues and /v1/cases."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.archived import case_now, live, page_of_all, page_of_open, views_now, views_of
from api.asking import (
    PATIENCE_S,
    ask_command,
    cancel_command,
    case_command,
    issue_command,
    merge_command,
    release_command,
    revoke_command,
    version_of,
)
from api.at_hand import Asking, Commanding, IfMatch, Key, answer, check_match, page
from api.bodies import ByBody, CancelBody, CaseBody, MergeBody, RescueBody, ShopChoiceBody
from api.decisions import rounds_of
from api.ids import new_id
from api.once import Keep
from api.problems import Problem
from api.service import Service
from api.timeline import happenings_of
from api.tracks import legs_of
from api.turns import Command, Told
from data.state import State
from dispatch import events as ev

router = APIRouter(prefix="/v1", tags=["rescues"])
Json = dict[str, Any]
Limit = Annotated[int, Query(ge=1, le=1000)]
CREATED = ("id", "status", "queue_place", "tracking_url", "promise_at", "held", "linked", "jobs")


@router.post("/rescues", status_code=201)
async def ask(body: RescueBody, service: Asking, key: Key = None) -> JSONResponse:
    """Asks for a rescue. It is written down, planned if a truck is free, and answered with its link."""
    if key is None:
        raise Problem(
            400, "Idempotency-Key is missing: send one, in quotes, so that a repeated request sends no second truck"
        )

    async def create(keep: Keep) -> Json:
        done = await service.driver.do(ask_command(service, body.case_ref, body.location, body, keep))
        await service.driver.planned(PATIENCE_S)
        return created(service, done.answer)

    made = await service.once.answer(
        "/v1/rescues", key, body.model_dump(mode="json"), create, lambda each: created(service, each), "tracking_url"
    )
    return answer(made, 201, f"/v1/rescues/{made['id']}")


def created(service: Service, rescue_id: str) -> Json:
    """The first answer: `planned` where every job has a truck named for it, else `reported`."""
    shown = views_now(service, rescue_id).rescue(rescue_id)
    named = all(job["assignment"] is not None for job in shown["jobs"])
    return {key: shown[key] for key in CREATED} | {"status": "planned" if named else "reported"}


@router.get("/rescues")
async def rescues(
    service: Asking, status: Literal["open", "all"] = "open", limit: Limit = 100, cursor: str | None = None
) -> Json:
    """The open rescues in order of report, or all that there ever were."""
    return page_of_open(service, limit, cursor) if status == "open" else await page_of_all(service, limit, cursor)


@router.get("/rescues/{rescue_id}")
async def rescue(rescue_id: str, service: Asking) -> JSONResponse:
    return answer((await views_of(service, rescue_id)).rescue(rescue_id))


@router.get("/rescues/{rescue_id}/timeline")
async def timeline(rescue_id: str, service: Asking, limit: Limit = 1000, cursor: str | None = None) -> Json:
    """What has happened, oldest first, out of the journal."""
    await views_of(service, rescue_id)
    rows = await asyncio.to_thread(happenings_of, service.journal, rescue_id)
    return page(rows, limit, cursor)


@router.get("/rescues/{rescue_id}/decisions")
async def decisions(rescue_id: str, service: Asking, limit: Limit = 100, cursor: str | None = None) -> Json:
    """Who was considered, who was sent and why, newest first."""
    await views_of(service, rescue_id)
    rows = await asyncio.to_thread(rounds_of, service.journal, rescue_id, service.teller)
    return page(rows, limit, cursor)


@router.get("/rescues/{rescue_id}/track")
async def track(rescue_id: str, service: Asking) -> Json:
    """What was driven for it and what is still to be driven, as GeoJSON."""
    await views_of(service, rescue_id)
    return await legs_of(service, rescue_id)


@router.post("/rescues/{rescue_id}/cancel")
async def cancel(rescue_id: str, body: CancelBody, service: Asking, if_match: IfMatch = None) -> JSONResponse:
    await live(service, rescue_id)
    await service.driver.do(_if_match(if_match, rescue_id, cancel_command(rescue_id, body.by, body.reason)))
    return answer(service.views.rescue(rescue_id))


@router.post("/rescues/{rescue_id}/shop")
async def choose_shop(rescue_id: str, body: ShopChoiceBody, service: Asking, if_match: IfMatch = None) -> JSONResponse:
    """The owner's word on where the vehicle goes, until it is hooked up."""
    await live(service, rescue_id)
    if body.shop_id not in service.published.shops:
        raise Problem(
            422, f"there is no shop {body.shop_id!r}; GET /v1/shops lists them", [("/shop_id", "unknown shop")]
        )
    chosen = Told([ev.OwnerChoseShop(rescue_id, body.shop_id)])
    await service.driver.do(_if_match(if_match, rescue_id, lambda _state, _now_ms: chosen))
    return answer(service.views.rescue(rescue_id))


@router.post("/rescues/{rescue_id}/release")
async def release(rescue_id: str, body: ByBody, service: Commanding) -> JSONResponse:
    """The word that a held report is another accident: a truck is sought for it."""
    await live(service, rescue_id)
    await service.driver.do(release_command(rescue_id, body.by))
    await service.driver.planned(PATIENCE_S)
    return answer(service.views.rescue(rescue_id))


@router.post("/rescues/{rescue_id}/merge")
async def merge(rescue_id: str, body: MergeBody, service: Commanding) -> JSONResponse:
    """The word that a held report is the same accident as another rescue."""
    await live(service, rescue_id)
    await live(service, body.into)
    await service.driver.do(merge_command(rescue_id, body.into, body.by))
    return answer(service.views.rescue(rescue_id))


@router.post("/rescues/{rescue_id}/link/revoke")
async def revoke_link(rescue_id: str, body: ByBody, service: Asking, if_match: IfMatch = None) -> JSONResponse:
    """Ends the tracking link at once, for whoever it fell to; it is not given out again."""
    await live(service, rescue_id)
    await service.driver.do(_if_match(if_match, rescue_id, revoke_command(rescue_id, body.by)))
    return answer(service.views.rescue(rescue_id))


@router.post("/rescues/{rescue_id}/link", status_code=201)
async def issue_link(
    rescue_id: str, body: ByBody, service: Asking, key: Key = None, if_match: IfMatch = None
) -> JSONResponse:
    """A fresh tracking link, `tracking_url` of the answer; the one before opens nothing any more."""
    await live(service, rescue_id)

    async def create(keep: Keep) -> Json:
        command = issue_command(service.settings.secret, rescue_id, body.by, keep)
        await service.driver.do(_if_match(if_match, rescue_id, command))
        return service.views.rescue(rescue_id)

    made = await service.once.answer(
        f"/v1/rescues/{rescue_id}/link", key, body.model_dump(mode="json"), create,
        lambda each: views_now(service, each).rescue(each), "tracking_url",
    )  # fmt: skip
    return answer(made, 201)


@router.post("/cases", status_code=201, tags=["cases"])
async def open_case(body: CaseBody, service: Asking, key: Key = None) -> JSONResponse:
    """Opens a case, and asks for its rescue where one is named."""

    async def create(keep: Keep) -> Json:
        case_id = new_id("C")
        await service.driver.do(case_command(service, body, keep, case_id))
        return opened(service, case_id)

    made = await service.once.answer(
        "/v1/cases", key, body.model_dump(mode="json"), create, lambda each: opened(service, each)
    )
    return answer(made, 201, f"/v1/cases/{made['id']}")


@router.get("/cases/{case_id}", tags=["cases"])
async def case(case_id: str, service: Asking) -> Json:
    found = await asyncio.to_thread(case_now, service, case_id)
    return {
        "id": found.id,
        "case_ref": found.case_ref,
        "location": {"lon": found.lon_deg, "lat": found.lat_deg},
        "rescue_id": found.rescue,
    }


def opened(service: Service, case_id: str) -> Json:
    return {"id": case_id, "rescue_id": case_now(service, case_id).rescue}


def _if_match(wanted: str | None, rescue_id: str, command: Command) -> Command:
    """The command, weighed in the writer's turn, so that of two with the same version one is refused."""

    def check(state: State, now_ms: int) -> Told:
        check_match(wanted, version_of(state, rescue_id))
        return command(state, now_ms)

    return check
