"""The built pages' scripts and styles: their names carry a hash, so they are kept for ever; they travel compressed."""

from __future__ import annotations

from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

FOR_EVER = "public, max-age=31536000, immutable"


class _Hashed(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = FOR_EVER
        return response


def assets_of(folder: Path) -> ASGIApp:
    return GZipMiddleware(_Hashed(directory=folder))
