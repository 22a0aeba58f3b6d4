"""What routes are handed: the service, and the check that this request may do this."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse

from api.bodies import ID
from api.permission import Action, allow
from api.problems import Problem
from api.service import Service


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)


def may(action: Action) -> Callable[[Request], Service]:
    """A dependency that lets pass who may do this, and hands the service over."""

    def check(request: Request) -> Service:
        service = service_of(request)
        allow(service.settings.identity, request, action)
        return service

    return check


Asking = Annotated[Service, Depends(may(Action.ASK))]
Driving = Annotated[Service, Depends(may(Action.DRIVE))]
Locating = Annotated[Service, Depends(may(Action.LOCATE))]
Watching = Annotated[Service, Depends(may(Action.WATCH))]
Commanding = Annotated[Service, Depends(may(Action.COMMAND))]
SettingUp = Annotated[Service, Depends(may(Action.SET_UP))]
Following = Annotated[Service, Depends(may(Action.FOLLOW))]
Routing = Annotated[Service, Depends(may(Action.ROUTE))]
Looking = Annotated[Service, Depends(may(Action.LOOK))]

MOST_DIGITS = 18
"""A longer number is nothing that was ever handed out, and one of thousands of digits cannot be read at all."""

Key = Annotated[str | None, Header(alias="Idempotency-Key")]
IfMatch = Annotated[str | None, Header(alias="If-Match")]


def answer(body: dict[str, Any], status: int = 200, location: str | None = None) -> JSONResponse:
    """A resource with its ETag, which is its version."""
    headers = {"ETag": f'"{body["version"]}"'} if "version" in body else {}
    if location is not None:
        headers["Location"] = location
    return JSONResponse(body, status, headers)


def check_match(wanted: str | None, version: int) -> None:
    """Raises Problem 412 where `If-Match` names another version than the present one."""
    if wanted is None or wanted.strip() == "*":
        return
    if f'"{version}"' not in [tag.strip().removeprefix("W/") for tag in wanted.split(",")]:
        raise Problem(412, f"it has changed meanwhile (version {version} now); fetch it again and look")


def check_id(what: str, row_id: str) -> None:
    """Raises Problem 422 on an id that a body could not name later on."""
    if not re.fullmatch(ID, row_id) or len(row_id) > 64:
        raise Problem(422, f"a {what}'s id is 1 to 64 characters, none a space, colon, slash, brace or control sign")


def page(items: list[Any], limit: int, cursor: str | None) -> dict[str, Any]:
    """`limit` items from `cursor` on, which is the place in the list that the last answer named."""
    start = 0
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= MOST_DIGITS):
            raise Problem(400, "cursor: give back the `next` of an earlier answer")
        start = int(cursor)
    end = start + limit
    return {"items": items[start:end], "next": str(end) if end < len(items) else None}
