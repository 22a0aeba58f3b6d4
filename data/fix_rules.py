"""What becomes of a fix that comes in: used, filed in the track, dropped, or kept apart and counted.

The rules are the same for every device protocol. They look at one fix and at the last one that was used, nothing else,
so that a fix is judged the same whoever asks.
"""

from __future__ import annotations

from enum import StrEnum

from data.fixes import Fix
from geo.points import great_circles_m

FUTURE_MS = 60_000
"""A fix may be ahead of the service clock by this much: device clocks are never quite right."""

ACCURACY_M = 500.0
JUMP_KMH = 200.0

NOISE_M = 25.0
"""How far off an honest fix may be, whatever accuracy it claims."""

TRUST_MS = 5 * 60_000
"""How long the last used fix can call the next ones a jump.

It is the age at which a truck without a fix stops being a candidate, so nothing is lost by starting afresh then: a
wrong fix that was once used (the first one, say) holds its truck for five minutes and never for ever.
"""


class Standing(StrEnum):
    """USED moves the truck; LATE fills its track only; DUPLICATE is dropped; the others are kept apart and counted."""

    USED = "used"
    LATE = "late"
    DUPLICATE = "duplicate"
    FUTURE = "future"
    COARSE = "coarse"
    JUMP = "jump"
    INVALID = "invalid"
    """The device itself says that the place is not valid. Only the edge can know, so `judge` never answers it."""

    @property
    def kept_apart(self) -> bool:
        return self in (Standing.FUTURE, Standing.COARSE, Standing.JUMP, Standing.INVALID)

    @property
    def stored(self) -> bool:
        """Whether it belongs into the stream and the track."""
        return self in (Standing.USED, Standing.LATE)


def judge(fix: Fix, last: Fix | None, now_ms: int) -> Standing:
    """The standing of `fix`, where `last` is the truck's last used fix (None: none since it came on duty).

    An older fix is not tested for jumps: its neighbours in time are in the track, not in `last`, and it moves nothing.
    ValueError where the two are of different trucks.
    """
    if last is not None and last.truck != fix.truck:
        raise ValueError(f"a fix of {fix.truck} cannot be judged by one of {last.truck}")
    if last is not None and fix.at_ms == last.at_ms:
        return Standing.DUPLICATE
    if fix.at_ms > now_ms + FUTURE_MS:
        return Standing.FUTURE
    if fix.accuracy_m is not None and fix.accuracy_m > ACCURACY_M:
        return Standing.COARSE
    if last is None:
        return Standing.USED
    if fix.at_ms < last.at_ms:
        return Standing.LATE
    return Standing.JUMP if _jumps(fix, last) else Standing.USED


def _jumps(fix: Fix, last: Fix) -> bool:
    """Faster than JUMP_KMH on the straight line, after what both fixes may be off is taken from the distance.

    Without that allowance two fixes a tenth of a second apart would make a jump of six metres of noise.
    """
    span_ms = fix.at_ms - last.at_ms
    if span_ms >= TRUST_MS:
        return False
    apart_m = float(great_circles_m(last.lon_deg, last.lat_deg, fix.lon_deg, fix.lat_deg))
    reach_m = JUMP_KMH / 3.6 * span_ms / 1000
    return apart_m - _noise_m(last) - _noise_m(fix) > reach_m


def _noise_m(fix: Fix) -> float:
    return NOISE_M if fix.accuracy_m is None else max(NOISE_M, fix.accuracy_m)
