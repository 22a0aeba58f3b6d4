"""/healthz, /readyz, /metrics and the state by which a replay is compared."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse

from api.at_hand import Looking, Watching
from api.metrics import exposition
from api.turns import Told
from data.state import State

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz(_service: Looking) -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(service: Looking) -> JSONResponse:
    """200 when city, stores and engine are up, else 503; the body says which is not, and since when."""
    health = service.health()
    return JSONResponse(health, 200 if health["ready"] else 503, {} if health["ready"] else {"Retry-After": "2"})


@router.get("/metrics")
async def metrics(service: Looking) -> PlainTextResponse:
    """In the format of Prometheus."""
    text, kind = exposition(service)
    return PlainTextResponse(text, headers={"Content-Type": kind})


@router.get("/v1/state")
async def state(service: Watching) -> dict[str, Any]:
    """The journal's head and the digest of the state that is its fold: what `towline journal replay` must come to."""

    def look(current: State, _now_ms: int) -> Told:
        head = service.journal.head
        return Told(answer={"seq": head.seq, "hash": head.hash, "state_sha256": current.sha256()})

    return dict((await service.driver.look(look)).answer)
