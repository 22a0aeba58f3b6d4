"""What the service says of itself: /openapi.json, and /docs, a page of it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse

from api.at_hand import Looking

OPENAPI = "/openapi.json"
router = APIRouter(include_in_schema=False)


@router.api_route(OPENAPI, methods=["GET", "HEAD"])
async def openapi(request: Request, _service: Looking) -> JSONResponse:
    """The description of every route; it holds nothing that anybody may not know."""
    return JSONResponse(request.app.openapi())


@router.api_route("/docs", methods=["GET", "HEAD"])
async def docs(request: Request, _service: Looking) -> HTMLResponse:
    return get_swagger_ui_html(openapi_url=OPENAPI, title=request.app.title)
