"""The only module that reads time. Everything else receives instants and stopwatches as arguments."""

from __future__ import annotations

import time
from dataclasses import dataclass


def elapsed_s() -> float:
    """Seconds of a monotonic stopwatch, for `timing` objects and deadlines only."""
    return time.perf_counter()


@dataclass(frozen=True, slots=True)
class Clock:
    """The service clock: it showed `epoch_ms` when the wall showed `started_ms` and runs `speed` times as fast.

    Instants are integer milliseconds since 1970-01-01T00:00Z. With speed 1 and epoch equal to start it is
    the wall clock; a demo at sixty times real time scales every timestamp, expiry and staleness rule alike.
    """

    epoch_ms: int
    started_ms: int
    speed: int = 1

    def now_ms(self) -> int:
        return self.epoch_ms + (wall_ms() - self.started_ms) * self.speed

    def real_s_until(self, at_ms: int) -> float:
        """Seconds of the wall's until this clock shows an instant; 0 where it is past."""
        return max(0, at_ms - self.now_ms()) / 1000 / self.speed

    @property
    def text(self) -> str:
        """What `clock_of` reads again, so that processes share one clock."""
        return f"{self.epoch_ms},{self.started_ms},{self.speed}"


def wall_ms() -> int:
    """Milliseconds since 1970-01-01T00:00Z on the machine's wall clock."""
    return time.time_ns() // 1_000_000


def clock_of(text: str) -> Clock:
    """The clock of `EPOCH_MS,STARTED_MS,SPEED`; ValueError on anything else."""
    parts = text.split(",")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts) or int(parts[2]) < 1:
        raise ValueError(f"{text!r} is no clock: EPOCH_MS,STARTED_MS,SPEED (three integers) is meant")
    return Clock(*map(int, parts))


def wall_clock() -> Clock:
    """A clock that shows the machine's time."""
    now_ms = wall_ms()
    return Clock(epoch_ms=now_ms, started_ms=now_ms)
