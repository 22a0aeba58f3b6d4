"""Spans, instants and the names of trucks, as sentences have them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dispatch.words import Face, Round, Said, equipped, gained, lost

FACE = Face(round(datetime(2026, 3, 2, 6, tzinfo=UTC).timestamp() * 1000), ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("seconds", "gain", "loss"),
    [(1, "less than a minute", "less than a minute"), (59, "less than a minute", "less than a minute"),
     (60, "1 minute", "1 minute"), (61, "1 minute", "2 minutes"), (419, "6 minutes", "7 minutes")],
)  # fmt: skip
def test_minutes_are_not_rounded_in_our_favour(seconds: int, gain: str, loss: str) -> None:
    assert (gained(seconds).en, lost(seconds).en) == (gain, loss)


def test_a_time_far_off_has_its_day_and_without_a_now_times_count_from_it() -> None:
    assert FACE.at(-86_400, Round.UP) == Said("3 月 1 日 14:00", "14:00 on 1 Mar")
    assert [Face().at(61, rounded).en for rounded in (Round.DOWN, Round.NEAREST, Round.UP)] == [
        "+0:01",
        "+0:01",
        "+0:02",
    ]
    assert Face().at(-3_661, Round.DOWN).en == "-1:02"


@pytest.mark.parametrize(
    ("needs", "zh", "en"),
    [(("crane", "flatbed"), "带吊臂、平板的拖车", "truck with crane and flatbed"), ((), "拖车", "tow truck"),
     (("wheel_lift",), "带托举的拖车", "truck with a wheel lift"), (("winch",), "带winch的拖车", "truck with winch")],
)  # fmt: skip
def test_what_a_truck_is_called(needs: tuple[str, ...], zh: str, en: str) -> None:
    assert equipped(needs) == Said(zh, en)


def test_a_latin_name_is_set_off_from_the_chinese_about_it_and_a_chinese_one_is_not() -> None:
    template = Said("拖到{shop}用时最短", "{shop} is the shortest tow")
    assert template.fill(shop=Said("S1", "S1", named=True)) == Said("拖到 S1 用时最短", "S1 is the shortest tow", True)
    assert template.fill(shop=Said("甲厂", "甲厂", named=True)).zh == "拖到甲厂用时最短"
    assert Said("（{name}）", "({name})").fill(name=Said("S1", "S1", named=True)) == Said("（S1）", "(S1)")
