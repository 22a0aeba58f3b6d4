"""The built pages' scripts and styles: their names carry a hash, so they are kept for ever; they travel compressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

FOR_EVER = "public, max-age=31536000, immutable"


class _Hashed(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = FOR_EVER
        return response


class _Guarded:
    def __init__(self, app: ASGIApp, check: Callable[[Request], object]) -> None:
        self._app = app
        self._check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._check(Request(scope))
        await self._app(scope, receive, send)


def assets_of(folder: Path, check: Callable[[Request], object]) -> ASGIApp:
    """The files of a folder. `check` raises Problem where a request may not have them."""
    return _Guarded(GZipMiddleware(_Hashed(directory=folder)), check)
