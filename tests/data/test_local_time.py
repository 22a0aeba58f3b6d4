"""Local times against the standard library's own zones, one by one."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.local_time import EPOCH, day_starts_ms, instants_of

SANTIAGO = ZoneInfo("America/Santiago")
ZONES = ("America/Santiago", "Asia/Taipei", "Asia/Shanghai", "Europe/Rome", "Australia/Lord_Howe", "Asia/Kathmandu")


def local_ms(text: str) -> int:
    return (dt.datetime.fromisoformat(text + "+00:00") - EPOCH) // dt.timedelta(milliseconds=1)


def utc_ms(text: str) -> int:
    return local_ms(text)


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    times=st.lists(
        st.datetimes(dt.datetime.fromisoformat("1970-01-02"), dt.datetime.fromisoformat("2037-12-30")),
        min_size=1,
        max_size=20,
    ),
)
def test_each_instant_is_that_of_the_standard_library_with_fold_0(zone: ZoneInfo, times: list[dt.datetime]) -> None:
    times = [time.replace(microsecond=0) for time in times]
    local = np.array([local_ms(time.isoformat()) for time in times], np.int64)
    expected = [round(time.replace(tzinfo=zone).timestamp() * 1000) for time in times]
    assert instants_of(local, zone).at_ms.tolist() == expected


def test_a_skipped_hour_is_read_with_the_offset_before_it() -> None:
    # Chile went from UTC-4 to UTC-3 on 2024-09-08 at 00:00, which became 01:00.
    found = instants_of(np.array([local_ms("2024-09-08T00:30"), local_ms("2024-09-08T01:30")]), SANTIAGO)
    assert found.at_ms.tolist() == [utc_ms("2024-09-08T04:30")] * 2
    assert found.skipped.tolist() == [True, False]
    assert not found.twice.any()


def test_an_hour_that_occurs_twice_is_taken_the_first_time() -> None:
    # Chile went from UTC-3 to UTC-4 at the end of 2024-04-06: 23:00 to 24:00 came twice.
    found = instants_of(np.array([local_ms("2024-04-06T23:30"), local_ms("2024-04-06T22:30")]), SANTIAGO)
    assert found.at_ms.tolist() == [utc_ms("2024-04-07T02:30"), utc_ms("2024-04-07T01:30")]
    assert found.twice.tolist() == [True, False]
    assert not found.skipped.any()


def test_no_time_is_no_instant() -> None:
    assert len(instants_of(np.zeros(0, np.int64), SANTIAGO).at_ms) == 0


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (dt.date(2024, 7, 1), "2024-07-01T04:00"),
        (dt.date(2024, 12, 1), "2024-12-01T03:00"),
        (dt.date(2024, 9, 8), "2024-09-08T04:00"),
    ],
)
def test_a_day_starts_at_its_first_instant(day: dt.date, start: str) -> None:
    assert day_starts_ms(day, SANTIAGO) == utc_ms(start)
