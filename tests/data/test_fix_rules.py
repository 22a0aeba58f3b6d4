"""What becomes of a fix, and that what is kept of it is the very same fix."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.fix_rules import ACCURACY_M, FUTURE_MS, TRUST_MS, Standing, judge
from data.fixes import Fix, decode, encode
from dispatch.snapshot import FIX_AGE_MS
from geo.faults import BadInput
from geo.instants import LATEST_MS

NOW_MS = 1_772_439_300_000
DEG_PER_M = 1 / 111_195.08
"""Of latitude, on the sphere that distances are measured on."""


def fix(at_s: float = 0.0, north_m: float = 0.0, accuracy_m: float | None = None) -> Fix:
    """A fix of T1 so many seconds after NOW_MS and so many metres north of a place in Yancheng."""
    at_ms = NOW_MS + round(at_s * 1000)
    return Fix("T1", at_ms, 120.16, 33.35 + north_m * DEG_PER_M, 40.0, 90.0, accuracy_m, "osmand", at_ms)


def test_the_first_fix_is_used() -> None:
    assert judge(fix(), None, NOW_MS) is Standing.USED


@pytest.mark.parametrize(
    ("at_s", "standing"),
    [
        (10, Standing.USED),
        (0.001, Standing.USED),
        (0, Standing.DUPLICATE),
        (-0.001, Standing.LATE),
        (-9e4, Standing.LATE),
    ],
)
def test_order_in_time_decides(at_s: float, standing: Standing) -> None:
    assert judge(fix(at_s), fix(), NOW_MS + 60_000) is standing


def test_a_minute_ahead_is_allowed_and_not_more() -> None:
    assert judge(fix(60), None, NOW_MS) is Standing.USED
    assert judge(fix(60.001), None, NOW_MS) is Standing.FUTURE


def test_accuracy_up_to_500_m_is_used() -> None:
    assert judge(fix(accuracy_m=ACCURACY_M), None, NOW_MS) is Standing.USED
    assert judge(fix(accuracy_m=500.5), None, NOW_MS) is Standing.COARSE
    assert judge(fix(accuracy_m=0), None, NOW_MS) is Standing.USED


@pytest.mark.parametrize(
    ("seconds", "metres", "standing"),
    [
        (36, 1_990, Standing.USED),  # 199 km/h
        (36, 2_049, Standing.USED),  # 2,000 m are 200 km/h, and either fix may be 25 m off
        (36, 2_051, Standing.JUMP),
        (0.1, 55, Standing.USED),  # noise, not 1,980 km/h
        (0.1, 60, Standing.JUMP),
        (299.9, 30_000, Standing.JUMP),
        (300, 30_000, Standing.USED),  # the last fix is too old to be believed rather than this one
    ],
)
def test_the_jump_rule(seconds: float, metres: float, standing: Standing) -> None:
    assert judge(fix(seconds, metres), fix(), NOW_MS + 300_000) is standing


def test_what_devices_claim_to_be_off_is_allowed_for() -> None:
    assert judge(fix(1, 400, accuracy_m=200), fix(accuracy_m=200), NOW_MS + 1000) is Standing.USED
    assert judge(fix(1, 400, accuracy_m=5), fix(accuracy_m=5), NOW_MS + 1000) is Standing.JUMP


def test_a_jump_across_the_date_line_is_measured_on_the_globe() -> None:
    west = replace(fix(), lon_deg=-179.999, lat_deg=0.0)
    east = replace(fix(10), lon_deg=179.999, lat_deg=0.0)
    assert judge(east, west, NOW_MS + 10_000) is Standing.USED


def test_one_wrong_fix_holds_its_truck_for_five_minutes_at_most() -> None:
    last = fix(0, 1_000_000)
    held = [at_s for at_s in range(10, 3600, 10) if judge(fix(at_s), last, NOW_MS + 4_000_000) is not Standing.USED]
    assert held == list(range(10, 300, 10))


def test_a_truck_is_held_no_longer_than_it_is_a_candidate_without_a_fix() -> None:
    assert TRUST_MS == FIX_AGE_MS


def test_fixes_of_two_trucks_are_not_compared() -> None:
    with pytest.raises(ValueError, match="cannot be judged"):
        judge(fix(), replace(fix(), truck="T2"), NOW_MS)


def test_each_standing_has_one_fate() -> None:
    assert [each for each in Standing if each.stored] == [Standing.USED, Standing.LATE]
    assert [each for each in Standing if each.kept_apart] == [
        Standing.FUTURE, Standing.COARSE, Standing.JUMP, Standing.INVALID,
    ]  # fmt: skip


numbers = st.floats(allow_nan=False, allow_infinity=False)
fixes = st.builds(
    Fix,
    truck=st.text(min_size=1, max_size=8),
    at_ms=st.integers(0, LATEST_MS),
    lon_deg=st.floats(-180, 180),
    lat_deg=st.floats(-90, 90),
    speed_kmh=st.none() | st.floats(0, 1e9),
    heading_deg=st.none() | st.floats(0, 360, exclude_max=True),
    accuracy_m=st.none() | st.floats(0, 1e9),
    source=st.text(max_size=8),
    received_ms=st.integers(0, LATEST_MS),
)


@given(fixes, fixes, st.integers(-(10**15), 10**15))
def test_only_a_newer_fix_is_used_and_never_one_of_the_future(one: Fix, other: Fix, now_ms: int) -> None:
    last = replace(other, truck=one.truck)
    standing = judge(one, last, now_ms)
    if standing is Standing.USED:
        assert last.at_ms < one.at_ms <= now_ms + FUTURE_MS
        assert one.accuracy_m is None or one.accuracy_m <= ACCURACY_M
    if standing is Standing.LATE:
        assert one.at_ms < last.at_ms
    assert (standing is Standing.DUPLICATE) == (one.at_ms == last.at_ms)
    assert standing is judge(one, last, now_ms)


@given(fixes, st.lists(st.tuples(st.integers(1, 60_000), st.floats(-55, 55)), max_size=20))
def test_an_honest_drive_is_used_whole(start: Fix, legs: list[tuple[int, float]]) -> None:
    """Never faster than 198 km/h: every fix of it is used, however short the times between."""
    last = replace(start, at_ms=NOW_MS, lon_deg=120.0, lat_deg=0.0, accuracy_m=10.0)
    for span_ms, speed_m_s in legs:
        lat_deg = last.lat_deg + speed_m_s * span_ms / 1000 * DEG_PER_M
        following = replace(last, at_ms=last.at_ms + span_ms, lat_deg=lat_deg)
        assert judge(following, last, following.at_ms) is Standing.USED
        last = following


@given(fixes)
def test_a_kept_fix_is_the_same_fix(one: Fix) -> None:
    text = encode(one)
    assert decode(text) == one
    assert decode(text.encode()) == one
    assert json.loads(text)[1] == one.at_ms
    assert " " not in text.replace(json.dumps(one.truck), "").replace(json.dumps(one.source), "")


GOOD = ["T1", NOW_MS, 120.0, 33.0, None, 0, 5.5, "osmand", NOW_MS]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, ""), (0, 7), (1, 1.5), (1, True), (1, -1), (1, 10**18), (2, "120"), (2, True), (2, 181), (2, None),
        (3, 90.5), (4, -1), (4, "fast"), (5, 360), (5, -0.1), (6, -1), (6, True), (7, None), (8, None), (2, 10**400),
    ],
)  # fmt: skip
def test_reading_is_strict(place: int, value: object) -> None:
    assert decode(json.dumps(GOOD)).heading_deg == 0.0
    row = [*GOOD[:place], value, *GOOD[place + 1 :]]
    with pytest.raises(BadInput, match="not a stored fix"):
        decode(json.dumps(row))


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "null", "[]", json.dumps(GOOD[:8]), json.dumps([*GOOD, 1]), b"\xff", "[" * 100_000]
)
def test_other_texts_are_refused(text: str | bytes) -> None:
    with pytest.raises(BadInput, match="not a stored fix"):
        decode(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["lon_deg", "lat_deg", "speed_kmh", "heading_deg", "accuracy_m"])
def test_no_fix_holds_a_number_that_is_none(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=r"range|finite|within"):
        replace(fix(), **{name: value})  # type: ignore[arg-type]
    row = [*GOOD]
    row[["lon_deg", "lat_deg", "speed_kmh", "heading_deg", "accuracy_m"].index(name) + 2] = value
    with pytest.raises(BadInput):
        decode(json.dumps(row))
