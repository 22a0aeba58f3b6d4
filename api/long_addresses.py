"""Addresses that are too long to be read: bounded as they come in, and answered in the form of who was asked.

The parser of HTTP reads addresses of up to 64 KiB and would keep gathering a longer one for as long as a client sends.
Coordinates of a table stand in its address, so that this is no attack only, and deserves a word.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.osrm_query import TOO_LONG

MOST_BYTES = 65_000
IN_OSRMS_FORM = frozenset({b"route", b"table"})


class Addresses(HttpToolsProtocol):
    """uvicorn's protocol, with one address for all that are too long: that of the service asked, or none."""

    def on_url(self, url: bytes) -> None:
        super().on_url(url[: MOST_BYTES + 1 - len(self.url)])

    def on_headers_complete(self) -> None:
        if len(self.url) > MOST_BYTES:
            head = self.url.split(b"/", 4)[1:4]
            kept = head if len(head) == 3 and head[0] in IN_OSRMS_FORM else []
            self.url = b"/" + b"/".join([*kept, TOO_LONG.encode()])
        super().on_headers_complete()
