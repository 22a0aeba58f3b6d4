"""The edge of the service: no body is read beyond a bound, and each request leaves one line without personal data."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.clock import elapsed_s
from api.problems import Problem, answer_of

LOG = logging.getLogger("towline.requests")

MOST_BYTES = 1 << 20
QUIET = frozenset({"/devices/osmand", "/healthz", "/readyz", "/metrics"})
"""Asked so often that their lines would hide the others'."""


class Edge:
    """Refuses bodies of more than `MOST_BYTES` with 413. Lines name the route, never the path or the query: a token and
    a device's id are secrets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun_s, status = elapsed_s(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        bounded = await _bounded(scope, receive)
        if bounded is None:
            problem = Problem(413, f"the body is larger than {MOST_BYTES >> 20} MiB; send less")
            await answer_of(problem, scope["path"])(scope, receive, watched)
        else:
            await self._app(scope, bounded, watched)
        route = getattr(scope.get("route"), "path", "-")
        level = logging.DEBUG if route in QUIET and status < 400 else logging.INFO
        LOG.log(
            level, "request", extra={"method": scope["method"], "route": route, "status": status,
                                     "ms": round(1000 * (elapsed_s() - begun_s), 1)},
        )  # fmt: skip


async def _bounded(scope: Scope, receive: Receive) -> Receive | None:
    """A receive that gives no more than `MOST_BYTES`; None where the body is larger. Small bodies are read at once."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    if length.isdigit():
        return receive if int(length) <= MOST_BYTES else None
    if b"transfer-encoding" not in headers:
        return receive
    kept: list[Message] = []
    size, more = 0, True
    while more:
        message = await receive()
        kept.append(message)
        size += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
        if size > MOST_BYTES:
            return None

    async def again() -> Message:
        return kept.pop(0) if kept else await receive()

    return again
