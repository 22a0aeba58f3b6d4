"""What is answered instead of a result: RFC 9457 problem details, and the one table from faults to status codes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from data.database import CannotRead, CannotWrite
from data.position_store import StoreAway
from dispatch.json_text import pointer
from dispatch.states import ImpossibleStep
from geo.faults import BadInput

LOG = logging.getLogger("towline.problems")

TITLES = {
    400: "Bad request", 401: "Who are you?", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 412: "Changed meanwhile", 413: "Too large", 415: "Not JSON", 422: "Cannot be meant",
    500: "Fault of the service", 503: "Not now",
}  # fmt: skip
RETRY_S = 2


class Problem(Exception):
    """`errors` are (JSON pointer, detail) of the fields at fault; `detail` says what to do."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.headers = dict(headers or {})
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)


def answer_of(problem: Problem, instance: str) -> JSONResponse:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(problem.status, "Problem"),
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
    }
    if problem.errors:
        body["errors"] = [{"pointer": at, "detail": detail} for at, detail in problem.errors]
    headers = dict(problem.headers)
    if problem.status == 503:
        headers["Retry-After"] = str(RETRY_S)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def problem_of(fault: Exception) -> Problem:
    """The one table. What is not in it is a bug: 500, without its text."""
    match fault:
        case Problem():
            return fault
        case CannotWrite():
            return Problem(503, f"nothing was recorded: {fault}; try again with the same Idempotency-Key")
        case CannotRead():
            return Problem(503, f"the database cannot be read now: {fault}; try again")
        case StoreAway():
            return Problem(503, f"the position store is away ({fault}); send the position again")
        case ImpossibleStep():
            return Problem(409, str(fault))
        case BadInput():
            return Problem(422, str(fault), [("", each) for each in fault.faults[:20]])
        case HTTPException(status_code=404):
            return Problem(404, "there is nothing at this address; /docs lists what there is")
        case HTTPException(status_code=400):  # FastAPI's word on what json refuses but for its syntax
            return Problem(400, "the body is not JSON in UTF-8 that can be read; send one plain JSON object")
        case HTTPException(status_code=405):
            return Problem(405, "this address does not take that method; /docs lists what it takes")
        case HTTPException():
            return Problem(fault.status_code, str(fault.detail))
        case RequestValidationError():
            return _unreadable(fault)
    return Problem(500, "this is a fault of the service; it has been logged")


def _unreadable(fault: RequestValidationError) -> Problem:
    for each in fault.errors():
        if each["type"] == "json_invalid":
            return Problem(400, f"the body is not JSON (from character {each['loc'][-1]} on); send one JSON object")
    errors = [(pointer(*each["loc"][1:]), str(each["msg"])) for each in fault.errors()]
    if any(each["loc"][0] != "body" for each in fault.errors()):
        return Problem(
            400, "a parameter cannot be read: " + "; ".join(f"{at} {detail}" for at, detail in errors), errors
        )
    return Problem(422, "the body cannot be meant; mend the fields named in errors", errors)


def _says_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _methods_of(request: Request) -> set[str]:
    """Of all routes at the request's address, not only of the first one there."""
    methods: set[str] = set()

    def look(rows: Sequence[Any]) -> None:
        for row in rows:
            inner = getattr(getattr(row, "original_router", None), "routes", None)
            if inner is not None:
                look(inner)
            elif isinstance(row, Route) and row.matches(request.scope)[0] is not Match.NONE:
                methods.update(row.methods or ())

    look(request.app.routes)
    return methods


def add_handlers(app: FastAPI) -> None:
    async def handle(request: Request, fault: Exception) -> JSONResponse:
        problem = problem_of(fault)
        if isinstance(fault, RequestValidationError) and not _says_json(request) and await request.body():
            problem = Problem(415, "the body is not declared as JSON; send Content-Type: application/json")
        if problem.status == 405:
            problem.headers["Allow"] = ", ".join(sorted(_methods_of(request)))
        if problem.status == 500:
            LOG.error("a request failed", exc_info=fault)
        return answer_of(problem, request.url.path)

    for kind in (
        Problem,
        CannotWrite,
        CannotRead,
        StoreAway,
        ImpossibleStep,
        BadInput,
        HTTPException,
        RequestValidationError,
        Exception,
    ):
        app.add_exception_handler(kind, handle)
