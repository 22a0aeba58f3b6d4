"""The built pages, each with what it may ask for: nothing but this service."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import FileResponse, HTMLResponse, Response

from api.service import Service

PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; worker-src blob:; child-src blob:; img-src 'self' data: blob:; "
        "style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Pages ask nobody but this service, and a tracking link goes to nobody else."""

NOT_BUILT = "<!doctype html><title>Towline</title><p>The pages are not built. Build them with: make setup"


def page_of(service: Service, name: str, status: int = 200) -> Response:
    path: Path = service.settings.pages / name
    if not path.is_file():
        return HTMLResponse(NOT_BUILT, 503)
    return FileResponse(path, status, headers=PAGE_HEADERS)
