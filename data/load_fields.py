"""The other columns of a load, each read as a whole: values, and the reason for every cell that cannot be read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from data.loads import POLICY_PROMISE, Severity
from dispatch.orders import CAPABILITIES

Faults = dict[int, str]
Jobs = tuple[frozenset[str], ...]

MAX_LANES_BLOCKED = 20
MAX_VEHICLES = 100
MAX_PROMISE_S = 10**6
TOWED: frozenset[str] = frozenset({"wheel_lift"})
ONE_TOW: Jobs = (TOWED,)
SEVERITIES: Mapping[str, Severity] = {
    "": Severity.UNKNOWN,
    **dict.fromkeys(("death", "1", "1.0", "a1"), Severity.DEATH),
    **dict.fromkeys(("injury", "2", "2.0", "a2"), Severity.INJURY),
    **dict.fromkeys(("damage", "3", "3.0", "a3"), Severity.DAMAGE),
}
TRUTHS: Mapping[str, bool] = {
    **dict.fromkeys(("", "false", "f", "0", "no", "n", "否"), False),
    **dict.fromkeys(("true", "t", "1", "yes", "y", "是"), True),
}


def read_degrees(
    lon_cells: Sequence[str], lat_cells: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], Faults]:
    """Longitudes and latitudes as given, in whatever datum; NaN in the rows that `faults` names."""
    lon, lon_faults = _numbers(lon_cells, "lon")
    lat, lat_faults = _numbers(lat_cells, "lat")
    faults = {row: lon_faults.get(row) or lat_faults[row] for row in lon_faults | lat_faults}
    with np.errstate(invalid="ignore"):
        bad = (np.abs(lon) > 180) | (np.abs(lat) > 90) | ((lon == 0) & (lat == 0))
    for row in np.flatnonzero(bad):
        faults.setdefault(int(row), _why_no_place(float(lon[row]), float(lat[row])))
        lon[row] = lat[row] = np.nan
    return lon, lat, faults


def read_severities(cells: Sequence[str]) -> tuple[NDArray[np.uint8], Faults]:
    """Severity of each row: death, injury, damage; 1, 2, 3 and A1, A2, A3 are read as these; empty is unknown."""
    values, faults = _looked_up(cells, SEVERITIES, "severity", "death, injury or damage (or 1, 2, 3, A1, A2, A3)")
    return np.array(values, np.uint8), faults


def read_truths(cells: Sequence[str], column: str) -> tuple[NDArray[np.bool_], Faults]:
    """True or false of each row, empty being false."""
    values, faults = _looked_up(cells, TRUTHS, column, "true or false (or 1, 0, yes, no, 是, 否)")
    return np.array(values, np.bool_), faults


def read_lanes_blocked(cells: Sequence[str]) -> tuple[NDArray[np.uint8], Faults]:
    """Lanes blocked by each accident, 0 where the cell is empty."""
    values, faults = _whole_numbers(cells, "lanes_blocked", 0, MAX_LANES_BLOCKED, empty=0)
    return np.array(values, np.uint8), faults


def read_promises(cells: Sequence[str]) -> tuple[NDArray[np.int32], Faults]:
    """Seconds from the report to the promised arrival, POLICY_PROMISE where the cell is empty."""
    values, faults = _whole_numbers(cells, "promise_after_s", 1, MAX_PROMISE_S, empty=POLICY_PROMISE)
    return np.array(values, np.int32), faults


def read_jobs(
    vehicle_cells: Sequence[str], needs_cells: Sequence[str]
) -> tuple[NDArray[np.int32], tuple[Jobs, ...], Faults]:
    """Rows of a table of jobs. `needs` rules; wrecks beyond its jobs are towed by one wheel_lift each.

    `needs` may name more jobs than there are wrecks (a crane is a job and no wreck), never a contradiction. With
    neither column an accident is one job that needs wheel_lift. Row 0 of the table is always that one.
    """
    vehicles, faults = _whole_numbers(vehicle_cells, "vehicles", 1, MAX_VEHICLES, empty=1)
    table: dict[Jobs, int] = {ONE_TOW: 0}
    jobs = np.zeros(len(vehicles), np.int32)
    known: dict[tuple[int, str], int] = {}
    for row, asked in enumerate(zip(vehicles, needs_cells, strict=True)):
        if asked not in known:
            try:
                needed = _jobs_of(*asked)
            except ValueError as reason:
                faults.setdefault(row, str(reason))
                continue
            known[asked] = table.setdefault(needed, len(table))
        jobs[row] = known[asked]
    return jobs, tuple(table), faults


def read_capabilities(cell: str, column: str) -> frozenset[str]:
    """The capabilities of `a;b`; raises ValueError where one is unknown, naming those that are known."""
    named = [part.strip().lower() for part in cell.split(";")]
    for name in named:
        if name not in CAPABILITIES:
            wrong = f"{name!r} is no capability" if name else f"{cell!r} leaves a capability empty"
            raise ValueError(f"{column}: {wrong}; known are {', '.join(CAPABILITIES)}")
    return frozenset(named)


def _jobs_of(vehicles: int, needs: str) -> Jobs:
    named = tuple(read_capabilities(job, "needs") for job in needs.split("|")) if needs else ()
    return named + ONE_TOW * max(0, vehicles - len(named))


def _numbers(cells: Sequence[str], column: str) -> tuple[NDArray[np.float64], Faults]:
    with contextlib.suppress(ValueError):
        numbers = np.array(list(map(float, cells)), np.float64)
        if np.isfinite(numbers).all():
            return numbers, {}
    numbers, faults = np.full(len(cells), np.nan), Faults()
    for row, cell in enumerate(cells):
        with contextlib.suppress(ValueError):
            numbers[row] = float(cell)
        if not np.isfinite(numbers[row]):
            numbers[row] = np.nan
            faults[row] = _why_no_number(cell, column)
    return numbers, faults


def _why_no_number(cell: str, column: str) -> str:
    if not cell:
        return f"{column} is empty"
    hint = "; write a point before the decimals" if "," in cell and "." not in cell else ""
    return f"{column} {cell!r}: not a number{hint}"


def _why_no_place(lon: float, lat: float) -> str:
    if lon == 0 and lat == 0:
        return "lon and lat are both 0: a place that is missing"
    if abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        return f"lat {lat}: out of range; lon and lat look swapped (lon {lat}, lat {lon} would be a place)"
    name, value, limit = ("lat", lat, 90) if abs(lat) > 90 else ("lon", lon, 180)
    return f"{name} {value}: out of range (-{limit} to {limit} degrees)"


def _whole_numbers(
    cells: Sequence[str], column: str, lowest: int, highest: int, empty: int
) -> tuple[list[int], Faults]:
    """Whole numbers; a spreadsheet's `2.0` is one."""

    def read(cell: str) -> int:
        number = float(cell) if cell else float(empty)
        if not number.is_integer() or (cell and not lowest <= number <= highest):
            raise ValueError(cell)
        return int(number)

    return _each(cells, read, column, f"a whole number from {lowest} to {highest}")


def _looked_up(cells: Sequence[str], table: Mapping[str, int], column: str, allowed: str) -> tuple[list[int], Faults]:
    return _each(cells, lambda cell: table[cell.lower()], column, allowed)


def _each(cells: Sequence[str], read: Callable[[str], int], column: str, allowed: str) -> tuple[list[int], Faults]:
    """`read` of each distinct cell, 0 where it raises ValueError or KeyError; columns like these have few values."""
    values: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for cell in set(cells):
        try:
            values[cell] = read(cell)
        except (ValueError, KeyError, OverflowError):
            values[cell] = 0
            wrong[cell] = f"{column} {cell!r}: not {allowed}"
    faults = {row: wrong[cell] for row, cell in enumerate(cells) if cell in wrong} if wrong else {}
    return [values[cell] for cell in cells], faults
