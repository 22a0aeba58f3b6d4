"""Every way of writing a time that is read, and those that are refused because they would be a guess."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.occurred import read_occurred

TAIPEI = ZoneInfo("Asia/Taipei")
MONDAY = dt.datetime(2019, 3, 4, 8, 5, tzinfo=TAIPEI)


def at_ms(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    "written",
    [
        "2019-03-04 08:05",
        "2019-03-04T08:05",
        "2019-03-04 08:05:00",
        "2019-03-04T08:05:00.000",
        "2019/03/04 08:05",
        "2019/3/4 8:05",
        "2019/03/04 08:05:00",
        "2019.03.04 08:05",
        "2019年3月4日 8时5分",
        "2019年03月04日08:05",
        "2019年3月4日 8時5分0秒",
        "2019-03-04T08:05:00+08:00",
        "2019-03-04 08:05+0800",
        "2019-03-04T00:05:00Z",
        "2019-03-04t00:05:00z".upper(),
        "2019-03-03T19:05:00-05:00",
    ],
)
def test_one_moment_written_in_many_ways(written: str) -> None:
    found = read_occurred([written], TAIPEI)
    assert found.faults == {}
    assert found.at_ms.tolist() == [at_ms(MONDAY)]


@pytest.mark.parametrize("written", ["2019-03-04 08:05:07.25", "2019-03-04T08:05:07,250", "2019-03-04T00:05:07.2509Z"])
def test_fractions_are_kept_to_the_millisecond(written: str) -> None:
    assert read_occurred([written], TAIPEI).at_ms.tolist() == [at_ms(MONDAY) + 7_250]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "is empty"),
        ("2019-03-04", "no time of day"),
        ("2019年3月4日", "no time of day"),
        ("03/04/2019 08:05", "not a time"),
        ("19-03-04 08:05", "not a time"),
        ("2019-03-04 25:05", "no such time"),
        ("2019-03-04 08:61", "no such time"),
        ("2019-02-29 08:05", "no such time"),
        ("2019-02-29 08:05:00", "no such time"),
        ("2019-13-01 08:05", "no such time"),
        ("2019-00-01 08:05", "no such time"),
        ("2019-03-04 24:00", "no such time"),
        ("0019-03-04 08:05", "the year"),
        ("3019-03-04 08:05", "the year"),
        ("2019-03-04T08:05:00+25:00", "no such offset"),
        ("43528.3368", "not a time"),
        ("yesterday", "not a time"),
        ("２０１９-03-04 08:05", "not a time"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_reason(written: str, reason: str) -> None:
    found = read_occurred(["2019-03-04 08:05", written], TAIPEI)
    assert list(found.faults) == [1]
    assert reason in found.faults[1]


@given(
    times=st.lists(
        st.datetimes(dt.datetime.fromisoformat("1900-01-01"), dt.datetime.fromisoformat("2199-12-31")),
        min_size=1,
        max_size=30,
    ),
    separator=st.sampled_from(" T"),
    seconds=st.booleans(),
)
def test_the_fast_way_agrees_with_the_slow_one(times: list[dt.datetime], separator: str, seconds: bool) -> None:
    unit = "seconds" if seconds else "minutes"
    plain = [time.isoformat(separator, unit) for time in times]
    loose = [text.replace("-", "/", 2) + ("" if seconds else ":00") + ".0" for text in plain]
    fast, slow = read_occurred(plain, TAIPEI), read_occurred(loose, TAIPEI)
    assert fast.faults == slow.faults == {}
    assert fast.at_ms.tolist() == slow.at_ms.tolist()


@given(st.lists(st.text(alphabet="0123456789-/:T .Z+", min_size=14, max_size=20), max_size=20))
def test_no_text_is_half_read(cells: list[str]) -> None:
    found = read_occurred(cells, TAIPEI)
    assert len(found.at_ms) == len(cells)
    for row in set(range(len(cells))) - set(found.faults):
        assert read_occurred([cells[row]], TAIPEI).at_ms[0] == found.at_ms[row]


def test_odd_local_times_are_counted_and_instants_are_not() -> None:
    santiago = ZoneInfo("America/Santiago")
    cells = ["2024-09-08 00:30", "2024-04-06 23:30", "2024-04-06T23:30:00-04:00", "2024-04-06 12:00"]
    found = read_occurred(cells, santiago)
    assert (found.skipped, found.twice) == (1, 1)
    assert found.at_ms[2] - found.at_ms[1] == 3_600_000
