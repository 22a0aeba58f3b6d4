"""Traffic tables: what the shipped one rests on, and files of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.faults import BadInput
from routing.roads import RoadClass
from routing.traffic_tables import CHINA_DEFAULT, COLUMNS, FREE, HOURS, TrafficTable, get_table, read_table

PEAK_HOURS = [7, 8, 17, 18]
DAY_HOURS = slice(6, 22)


def by_day(road_class: RoadClass) -> NDArray[np.int32]:
    """int32[7, 24] of one class, Monday first."""
    return CHINA_DEFAULT.permille[:, road_class - 1].reshape(7, 24)


def text_of(table: TrafficTable) -> str:
    rows = [",".join(map(str, (hour, *row))) for hour, row in enumerate(table.permille.tolist())]
    return "\n".join([",".join(("hour_of_week", *COLUMNS)), *rows])


def test_the_peaks_of_a_working_day_have_the_published_mean() -> None:
    assert by_day(RoadClass.PRIMARY)[:5, PEAK_HOURS].mean() == 1609


def test_the_evening_is_worse_than_the_morning_and_the_day_lies_between_the_published_shares() -> None:
    day = by_day(RoadClass.PRIMARY)[0] - 1000
    assert 56 / 65 < day[[7, 8]].sum() / day[[17, 18]].sum() < 87 / 86
    assert day.mean() / day[PEAK_HOURS].mean() < 0.59 < day[DAY_HOURS].mean() / day[PEAK_HOURS].mean() < 0.66


def test_expressways_and_lesser_roads_are_slowed_less() -> None:
    main, fast, lesser = (by_day(each) - 1000 for each in (RoadClass.SECONDARY, RoadClass.TRUNK, RoadClass.RESIDENTIAL))
    assert (fast == main * 65 // 100).all()
    assert (lesser == main * 50 // 100).all()


def test_weekends_have_no_peak_in_the_morning_and_nights_are_free() -> None:
    main = by_day(RoadClass.PRIMARY)
    assert (main[5:, 8] < main[5:, 15]).all()
    assert (main[5:].max(axis=1) < main[:5].max(axis=1).min()).all()
    assert (main[:, :6] == 1000).all()


def test_a_table_is_read_back_from_its_text_and_equals_it() -> None:
    read = read_table(text_of(CHINA_DEFAULT), "mine.csv")
    assert (read.name, read) == ("mine", CHINA_DEFAULT)
    assert read != FREE
    assert (FREE.is_flat, read.is_flat) == (True, False)


def test_a_table_may_be_in_any_order(tmp_path: Path) -> None:
    head, *rows = text_of(CHINA_DEFAULT).splitlines()
    file = tmp_path / "表.csv"
    file.write_text("\r\n".join([head, *rows[::-1]]), encoding="utf-8-sig")
    assert get_table(str(file)) == CHINA_DEFAULT


GOOD = text_of(FREE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the columns"),
        (GOOD.replace("motorway", "autobahn"), "line 1: the columns"),
        (GOOD.replace("\n5,1000", "\n5,999"), "line 7: motorway '999' is no integer from 1000 to 20000"),
        (GOOD.replace("\n5,1000", "\n5,1e3"), "motorway '1e3'"),
        (GOOD.replace("\n5,1000", "\n5"), "service None"),
        (GOOD.replace("\n5,", "\n4,"), "hour_of_week 4 stands twice"),
        (GOOD.replace("\n5,", "\n168,"), "hour_of_week '168'"),
        (GOOD.rpartition("\n")[0], "no row for hour_of_week 167"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=r"bad\.csv") as fault:
        read_table(text, "bad.csv")
    assert said in str(fault.value)


def test_a_name_that_is_neither_shipped_nor_a_file_is_refused() -> None:
    with pytest.raises(BadInput, match="neither free nor china-default"):
        get_table("mars")


@pytest.mark.parametrize("table", [np.zeros((HOURS, 9)), np.full((24, 9), 1000), np.full((HOURS, 9), 20_001)])
def test_what_is_no_table_of_factors_is_no_table(table: NDArray[np.int32]) -> None:
    with pytest.raises(ValueError, match=r"traffic table|permille"):
        TrafficTable("x", table)
