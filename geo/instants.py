"""Instants: epoch milliseconds inside, RFC 3339 in UTC with milliseconds on the wire and on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from geo.faults import BadInput

LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999; every instant up to it is exact in a double, as Lua and JSON keep it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def text_of(at_ms: int) -> str:
    """`2026-03-02T08:15:30.250Z`."""
    seconds, rest_ms = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ms:03d}Z"


def find_text_of(at_ms: int | None) -> str | None:
    return None if at_ms is None else text_of(at_ms)


def ms_of(instant: datetime) -> int:
    """Epoch milliseconds of an instant that has an offset. BadInput for one that `text_of` could not write again."""
    at_ms = (instant - _EPOCH) // _MILLISECOND
    if not is_known(at_ms):
        raise BadInput(f"{instant.isoformat()}: an instant from 1970 to the year 9999 (UTC) is expected")
    return at_ms


def ms_of_text(text: str) -> int:
    """The same of an RFC 3339 text. ValueError where it is none."""
    return ms_of(datetime.fromisoformat(text))


def is_known(at_ms: int) -> bool:
    """Whether it is an instant from 1970 to the year 9999."""
    return 0 <= at_ms <= LATEST_MS
