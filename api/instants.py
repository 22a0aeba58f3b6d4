"""Instants on the wire: RFC 3339 in UTC with milliseconds, epoch milliseconds inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from data.fixes import LATEST_INSTANT_MS
from geo.faults import BadInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def text_of(at_ms: int) -> str:
    seconds, rest_ms = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ms:03d}Z"


def find_text_of(at_ms: int | None) -> str | None:
    return None if at_ms is None else text_of(at_ms)


def ms_of(instant: datetime) -> int:
    """Epoch milliseconds of an instant that has an offset. BadInput for one that `text_of` could not write again."""
    at_ms = (instant - _EPOCH) // _MILLISECOND
    if not 0 <= at_ms <= LATEST_INSTANT_MS:
        raise BadInput(f"{instant.isoformat()}: an instant from 1970 to the year 9999 (UTC) is expected")
    return at_ms
