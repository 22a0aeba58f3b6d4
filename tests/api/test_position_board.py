"""The positions that the service holds: newest wins, versions count, and what was handed out stays as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.position_board import NEVER_MS, PositionBoard
from data.fixes import Fix
from geo.points import Point

NOW_MS = 1_772_439_300_000


def fix(truck: str, at_s: int, lon_deg: float = 120.0, speed_kmh: float | None = 40.0) -> Fix:
    at_ms = NOW_MS + 1000 * at_s
    return Fix(truck, at_ms, lon_deg, 33.0, speed_kmh, 90.0, None, "osmand", at_ms)


def test_an_empty_board() -> None:
    board = PositionBoard()
    fixes = board.fixes(["T1", "T2"])
    assert fixes.at_ms.tolist() == [NEVER_MS, NEVER_MS] == [-(2**63)] * 2
    assert np.isnan([fixes.lon_deg, fixes.lat_deg, fixes.heading_deg]).all()
    assert (board.version, board.place("T1"), board.age_s("T1", NOW_MS), board.find("T1")) == (0, None, None, None)
    assert len(board.fixes([]).at_ms) == 0


def test_rows_come_in_the_order_of_registration() -> None:
    board = PositionBoard()
    assert board.apply([fix("T2", 0, 120.2), fix("T1", 1, 120.1), fix("T9", 1)]) == 3
    fixes = board.fixes(["T1", "T0", "T2"])
    assert fixes.lon_deg.tolist()[::2] == [120.1, 120.2]
    assert fixes.at_ms.tolist() == [NOW_MS + 1000, NEVER_MS, NOW_MS]
    assert fixes.heading_deg.tolist()[::2] == [90.0, 90.0]
    assert (fixes.lon_deg.dtype.name, fixes.at_ms.dtype.name) == ("float64", "int64")
    assert board.place("T2") == Point(120.2, 33.0)


def test_late_fixes_and_duplicates_move_nothing() -> None:
    board = PositionBoard()
    board.apply([fix("T1", 10, 120.1)])
    assert board.apply([fix("T1", 9, 120.0), fix("T1", 10, 120.9)]) == 0
    assert (board.version, board.place("T1")) == (1, Point(120.1, 33.0))


def test_a_version_that_was_handed_out_stays() -> None:
    board, order = PositionBoard(), ("T1", "T2")
    board.apply([fix("T1", 0, 120.1)])
    before = board.fixes(order)
    assert board.fixes(order) is before
    with pytest.raises(ValueError, match="read-only"):
        before.lon_deg[0] = 0.0
    board.apply([fix("T1", 1, 120.5), fix("T2", 1, 120.7)])
    after = board.fixes(order)
    assert (before.lon_deg[0], before.at_ms.tolist()) == (120.1, [NOW_MS, NEVER_MS])
    assert after.lon_deg.tolist() == [120.5, 120.7]


def test_a_fleet_that_grows() -> None:
    board, order = PositionBoard(), ["T1"]
    board.apply([fix("T1", 0)])
    assert len(board.fixes(order).at_ms) == 1
    order.append("T2")
    board.apply([fix("T2", 0, 121.0)])
    assert board.fixes(order).lon_deg.tolist() == [120.0, 121.0]
    many = [f"N{k}" for k in range(1000)]
    board.apply(fix(truck, k) for k, truck in enumerate(many))
    assert board.fixes(many).at_ms.tolist() == [NOW_MS + 1000 * k for k in range(1000)]


@pytest.mark.parametrize(("speed_kmh", "known"), [(None, True), (0.0, False), (2.9, False), (3.0, True), (80.0, True)])
def test_a_standing_truck_has_no_heading(speed_kmh: float | None, known: bool) -> None:
    board = PositionBoard()
    board.apply([fix("T1", 0, speed_kmh=speed_kmh), replace(fix("T2", 0), heading_deg=None)])
    headings = board.fixes(["T1", "T2"]).heading_deg
    assert np.isnan(headings).tolist() == [not known, True]


def test_age_and_staleness() -> None:
    board = PositionBoard()
    board.apply([fix("T1", 0)])
    assert [board.age_s("T1", NOW_MS + ms) for ms in (-5_000, 0, 999, 61_000)] == [0, 0, 0, 61]
    assert [board.is_stale("T1", NOW_MS + ms, on_job=True) for ms in (0, 60_000, 60_001)] == [False, False, True]
    assert not board.is_stale("T1", NOW_MS + 10**9, on_job=False)
    assert board.is_stale("T2", NOW_MS, on_job=True)
    assert not board.is_stale("T2", NOW_MS, on_job=False)


def test_who_changed_since() -> None:
    board = PositionBoard()
    board.seed({"T1": fix("T1", 0), "T2": fix("T2", 0)})
    assert board.changed_since(0) == ("T1", "T2")
    seen = board.version
    board.apply([fix("T2", 1)])
    assert board.changed_since(seen) == ("T2",)
    board.forget("T1")
    board.forget("T7")
    assert board.changed_since(seen) == ("T1", "T2")
    assert board.changed_since(board.version) == ()


def test_off_duty_is_out_of_sight_and_back_on_duty_in_it_again() -> None:
    board, order = PositionBoard(), ("T1", "T2")
    board.apply([fix("T1", 5), fix("T2", 5)])
    board.forget("T1")
    assert board.find("T1") is None
    assert board.fixes(order).at_ms.tolist() == [NEVER_MS, NOW_MS + 5000]
    assert np.isnan(board.fixes(order).lon_deg).tolist() == [True, False]
    board.apply([fix("T1", 6, 120.3)])
    assert board.fixes(order).lon_deg.tolist() == [120.3, 120.0]


def test_what_a_store_that_came_back_has_lost() -> None:
    board = PositionBoard()
    board.apply([fix("T1", 5), fix("T2", 5), fix("T3", 5)])
    assert board.newer_than({"T1": fix("T1", 5), "T2": fix("T2", 4)}) == (fix("T2", 5), fix("T3", 5))
    assert board.newer_than({truck: fix(truck, 9) for truck in ("T1", "T2", "T3")}) == ()


@given(st.lists(st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 9), st.booleans())), max_size=8))
def test_it_agrees_with_a_plain_dictionary(batches: list[list[tuple[str, int, bool]]]) -> None:
    board, plain, order = PositionBoard(), dict[str, int](), ("D", "C", "B", "A")
    for batch in batches:
        before, version = dict(plain), board.version
        for truck, at_s, gone in batch:
            if gone:
                plain.pop(truck, None)
                board.forget(truck)
            else:
                plain[truck] = max(plain.get(truck, -1), at_s)
                board.apply([fix(truck, at_s)])
        assert board.fixes(order).at_ms.tolist() == [
            NOW_MS + 1000 * plain[truck] if truck in plain else NEVER_MS for truck in order
        ]
        changed = {truck for truck in order if before.get(truck) != plain.get(truck)}
        assert changed <= set(board.changed_since(version))
