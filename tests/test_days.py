"""The study of days: what a storm is made of, in which order cells are played, and what is told of their figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.days.scenes import BUSIEST, STORM_FROM_H, STORM_HOURS, ZONE, storm_of
from benchmarks.days.study import REFERENCE, Asked
from benchmarks.days.tables import summed_up, table_of
from data.loads import Load
from simulator.fleet import midnight_ms

HOUR_MS = 3_600_000


def day_of(calls: int) -> Load:
    """A day with a call every seven minutes from midnight on, each at a place of its own."""
    at_ms = midnight_ms(BUSIEST, ZONE) + 420_000 * np.arange(calls, dtype=np.int64)
    same = np.zeros(calls, np.uint8)
    return Load(
        at_ms, np.linspace(121, 122, calls), np.full(calls, 25.0), same, same, np.zeros(calls, np.int32),
        same.astype(np.bool_), np.full(calls, -1, np.int32), np.arange(2, calls + 2), ((frozenset({"wheel_lift"}),),),
        "made up", False, "",
    )  # fmt: skip


def test_a_storm_has_its_calls_in_order_and_half_of_them_in_three_hours() -> None:
    load = day_of(205)
    storm = storm_of(load, np.random.default_rng(3))
    assert len(storm) == 200
    assert (np.diff(storm.at_ms) >= 0).all()
    was_ms = dict(zip(load.line.tolist(), load.at_ms.tolist(), strict=True))
    at_ms = dict(zip(storm.line.tolist(), storm.at_ms.tolist(), strict=True))
    moved = [line for line in at_ms if at_ms[line] != was_ms[line]]
    assert 95 <= len(moved) <= 100  # a moved one may come to the second that it had
    from_ms = midnight_ms(BUSIEST, ZONE) + STORM_FROM_H * HOUR_MS
    assert all(from_ms <= at_ms[line] < from_ms + STORM_HOURS * HOUR_MS for line in moved)
    places = dict(zip(load.line.tolist(), load.lon_deg.tolist(), strict=True))
    assert all(places[line] == lon for line, lon in zip(storm.line.tolist(), storm.lon_deg.tolist(), strict=True))


def test_the_same_draw_is_the_same_storm() -> None:
    first, again, other = (storm_of(day_of(205), np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.at_ms.tolist() == again.at_ms.tolist() != other.at_ms.tolist()


def test_cells_come_draw_by_draw_and_the_reference_only_for_the_first() -> None:
    asked = Asked((("storm", 25), ("normal", 10)), ("production",), draws=2, reference_draws=1)
    assert [(cell.draw, cell.day, cell.rule) for cell in asked.cells()] == [
        (0, "storm", "production"), (0, "storm", REFERENCE), (0, "normal", "production"), (0, "normal", REFERENCE),
        (1, "storm", "production"), (1, "normal", "production"),
    ]  # fmt: skip


def cell(rule: str, draw: int, mean: float, **more: Any) -> dict[str, Any]:
    return {
        "day": "storm", "trucks": 25, "rule": rule, "draw": draw, "mean": mean, "p90": mean, "p99": mean, "max": mean,
        "late": 0.0, "switches": 0.0, "unserved": 0, "timing": {"p99_ms": mean},
    } | more  # fmt: skip


def test_a_rule_is_held_against_the_reference_of_the_same_draws() -> None:
    cells = [cell("production", 0, 110), cell(REFERENCE, 0, 100, bound=80.0), cell("production", 1, 900)]
    ours, _ = summed_up(cells)
    assert ours["mean"] == 505
    assert ours["above_plan"] == pytest.approx(0.1)
    assert ours["above_bound"] == pytest.approx(0.375)
    assert (ours["draws"], ours["compared_draws"]) == (2, 1)
    assert ours["timing"] == {"slowest_ms": 900}
    assert "| ours | 505 | 505 | 505 | 505 | 0.0% | 0.000 | +10% | +38% |" in table_of(summed_up(cells))
