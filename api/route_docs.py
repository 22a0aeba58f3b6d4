"""What the service says of itself: /openapi.json, and /docs, a page of it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from api.at_hand import Looking
from api.pages import page_of

router = APIRouter(include_in_schema=False)


@router.api_route("/openapi.json", methods=["GET", "HEAD"])
async def openapi(request: Request, _service: Looking) -> JSONResponse:
    """The description of every route; it holds nothing that anybody may not know."""
    return JSONResponse(request.app.openapi())


@router.api_route("/docs", methods=["GET", "HEAD"])
async def docs(service: Looking) -> Response:
    """A page of our own build: that of FastAPI has its scripts and its icon from other hosts."""
    return page_of(service, "docs.html")
