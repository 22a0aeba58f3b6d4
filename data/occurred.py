"""The column `occurred`: when an accident happened, as local time or RFC 3339.

Read are `2019-03-04 08:05`, with T for the blank, with seconds and fractions, with slashes or dots in the date, with
single digits, as 2019年3月4日 8时5分, and each with an offset (`Z`, `+08:00`, `+0800`). A row with an offset is that
instant; one without is local time of the city (see `data.local_time`). A date alone, a two-digit year, and a year that
comes last are refused: each would be a guess.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.local_time import DAY_MS, EPOCH_ORDINAL, instants_of

FIRST_YEAR, LAST_YEAR = 1900, 2199
WRITTEN = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.年])(?P<month>\d{1,2})(?:[-/.月])(?P<day>\d{1,2})日?"
    r"(?:[ T]+|(?<=日))(?P<hour>\d{1,2})[:：时時点點](?P<minute>\d{1,2})分?"
    r"(?:[:：]?(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?秒?)?"
    r"(?: ?(?P<offset>[Zz]|[+-]\d{2}:?\d{2}))?",
    re.ASCII,
)
DATE_ALONE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?", re.ASCII)
DIGIT_ZERO, DIGIT_NINE = ord("0"), ord("9")
PLAIN_DIGITS = ((0, 1, 2, 3), (5, 6), (8, 9), (11, 12), (14, 15))


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """at_ms int64[n] (0 where `faults` names the row), and how many local times did not exist or occurred twice."""

    at_ms: NDArray[np.int64]
    faults: dict[int, str]
    skipped: int
    twice: int


def read_occurred(cells: Sequence[str], zone: ZoneInfo) -> Occurrences:
    """Instants of the cells; rows whose time cannot be read are named with the reason."""
    local_ms, plain = _plain_times(cells)
    offset_known = np.zeros(len(cells), np.bool_)
    faults: dict[int, str] = {}
    for row in np.flatnonzero(~plain).tolist():
        try:
            local_ms[row], offset_known[row] = _written_time(cells[row])
        except ValueError as reason:
            faults[row] = str(reason)
    local = ~offset_known
    local[list(faults)] = False
    instants = instants_of(local_ms[local], zone)
    at_ms = local_ms
    at_ms[local] = instants.at_ms
    return Occurrences(at_ms, faults, int(instants.skipped.sum()), int(instants.twice.sum()))


def _plain_times(cells: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Milliseconds of the cells that read YYYY-MM-DD HH:MM or YYYY-MM-DD HH:MM:SS (T and slashes too), all at once.

    The second array says which these are; the others, faulty ones among them, are 0 and left to the pattern.
    """
    total_ms = np.zeros(len(cells), np.int64)
    plain = np.zeros(len(cells), np.bool_)
    lengths = np.fromiter(map(len, cells), np.int64, len(cells))
    for width in (16, 19):
        rows = np.flatnonzero(lengths == width)
        if len(rows):
            block = np.array([cells[row] for row in rows.tolist()], dtype=f"U{width}")
            good, block_ms = _fixed_times(block.view(np.uint32).reshape(len(rows), width))
            total_ms[rows[good]] = block_ms[good]
            plain[rows[good]] = True
    return total_ms, plain


def _fixed_times(codes: NDArray[np.uint32]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Code points uint32[n, 16 or 19] -> which of them are times that exist, and their local milliseconds."""
    fields = [*PLAIN_DIGITS, (17, 18)] if codes.shape[1] == 19 else list(PLAIN_DIGITS)
    digits = codes[:, [at for field in fields for at in field]]
    good = ((digits >= DIGIT_ZERO) & (digits <= DIGIT_NINE)).all(axis=1)
    good &= np.isin(codes[:, 4], [ord("-"), ord("/")]) & (codes[:, 7] == codes[:, 4])
    good &= np.isin(codes[:, 10], [ord(" "), ord("T")]) & (codes[:, 13] == ord(":"))
    if codes.shape[1] == 19:
        good &= codes[:, 16] == ord(":")
    year, month, day, hour, minute, *rest = (_number(codes[:, list(field)]) for field in fields)
    second = rest[0] if rest else np.zeros(len(codes), np.int64)
    good &= (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= (hour <= 23) & (minute <= 59) & (second <= 59)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first_day, next_first_day = (edge.astype("datetime64[D]").astype(np.int64) for edge in (months, months + 1))
    day_number = first_day + day - 1
    good &= day_number < next_first_day
    seconds = day_number * 86_400 + hour * 3600 + minute * 60 + second
    return good, seconds * 1000


def _number(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    powers = 10 ** np.arange(codes.shape[1] - 1, -1, -1)
    return np.asarray((codes.astype(np.int64) - DIGIT_ZERO) @ powers)


def _written_time(cell: str) -> tuple[int, bool]:
    """Milliseconds of one cell, and whether they are an instant (an offset was given) or local."""
    found = WRITTEN.fullmatch(cell)
    if found is None:
        raise ValueError(_why_not(cell))
    year = int(found["year"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"occurred {cell!r}: the year is not within {FIRST_YEAR} to {LAST_YEAR}")
    try:
        day = dt.date(year, int(found["month"]), int(found["day"]))
        time = dt.time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    except ValueError as error:
        raise ValueError(f"occurred {cell!r}: no such time ({error})") from error
    second_of_day = (time.hour * 60 + time.minute) * 60 + time.second
    milliseconds = int((found["fraction"] or "0").ljust(3, "0")[:3])
    local_ms = (day.toordinal() - EPOCH_ORDINAL) * DAY_MS + second_of_day * 1000 + milliseconds
    if found["offset"] is None:
        return local_ms, False
    return local_ms - _offset_ms(found["offset"], cell), True


def _offset_ms(offset: str, cell: str) -> int:
    if offset in "Zz":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f"occurred {cell!r}: no such offset")
    return (-1 if offset[0] == "-" else 1) * (hours * 60 + minutes) * 60_000


def _why_not(cell: str) -> str:
    if not cell:
        return "occurred is empty"
    if DATE_ALONE.fullmatch(cell):
        return f"occurred {cell!r}: has no time of day"
    return f"occurred {cell!r}: not a time; write 2019-03-04 08:05, or RFC 3339 with an offset"
