"""Instants as texts and as epoch milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.faults import BadInput
from geo.instants import LATEST_MS, find_text_of, is_known, ms_of, ms_of_text, text_of


@given(at_ms=st.integers(0, LATEST_MS))
def test_an_instant_is_written_as_it_is_read(at_ms: int) -> None:
    assert ms_of_text(text_of(at_ms)) == at_ms
    assert len(text_of(at_ms)) == len("2026-03-02T08:15:30.250Z")


def test_instants_of_known_numbers() -> None:
    assert text_of(1_772_439_330_250) == "2026-03-02T08:15:30.250Z"
    assert ms_of_text("2026-03-02T16:15:30.250999+08:00") == 1_772_439_330_250
    assert (text_of(0), text_of(LATEST_MS)) == ("1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")
    assert (find_text_of(None), find_text_of(0)) == (None, text_of(0))
    assert [is_known(each) for each in (-1, 0, LATEST_MS, LATEST_MS + 1)] == [False, True, True, False]


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_what_could_not_be_written_again_is_refused(instant: datetime) -> None:
    with pytest.raises(BadInput, match="from 1970 to the year 9999"):
        ms_of(instant)
