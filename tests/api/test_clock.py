"""The service clock: an epoch, and a speed that scales everything alike."""

from __future__ import annotations

import pytest

from api import clock
from api.clock import Clock


@pytest.mark.parametrize(("speed", "wall_later_ms", "shown_ms"), [(1, 250, 1250), (60, 1000, 61_000), (60, 0, 1000)])
def test_it_shows_the_epoch_and_runs_at_its_speed(
    monkeypatch: pytest.MonkeyPatch, speed: int, wall_later_ms: int, shown_ms: int
) -> None:
    monkeypatch.setattr(clock, "wall_ms", lambda: 5_000_000 + wall_later_ms)
    assert Clock(epoch_ms=1000, started_ms=5_000_000, speed=speed).now_ms() == shown_ms


def test_the_wall_clock_shows_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "wall_ms", lambda: 7_000_000)
    shown = clock.wall_clock()
    monkeypatch.setattr(clock, "wall_ms", lambda: 7_000_123)
    assert shown.now_ms() == 7_000_123


def test_the_stopwatch_never_runs_back() -> None:
    readings = [clock.elapsed_s() for _ in range(100)]
    assert readings == sorted(readings)


def test_a_text_carries_it_to_another_process() -> None:
    shown = Clock(epoch_ms=1_772_000_000_000, started_ms=5_000_000, speed=60)
    assert clock.clock_of(shown.text) == shown


@pytest.mark.parametrize("text", ["", "1,2", "1,2,0", "1,2,-3", "1,2,3,4", "a,2,3", "1, 2,3", "1,2,²"])
def test_a_text_that_is_no_clock_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no clock"):
        clock.clock_of(text)


@pytest.mark.parametrize(("at_ms", "real_s"), [(1000, 0.0), (500, 0.0), (61_000, 1.0)])
def test_it_tells_how_long_the_wall_takes_to_an_instant(
    monkeypatch: pytest.MonkeyPatch, at_ms: int, real_s: float
) -> None:
    monkeypatch.setattr(clock, "wall_ms", lambda: 5_000_000)
    assert Clock(epoch_ms=1000, started_ms=5_000_000, speed=60).real_s_until(at_ms) == real_s
