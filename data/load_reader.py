"""The LOAD format: accidents from a file that somebody else made, every row either used as it says or named.

Rules beyond the plain ones: columns may be renamed; rows need not be sorted; equal rows are all kept (two accidents
at one corner within a minute look the same); `needs` rules over `vehicles` (see `data.load_fields`); local times that
do not exist or occur twice are read by a stated rule (see `data.local_time`) and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.load_fields import (
    Faults,
    Jobs,
    read_degrees,
    read_jobs,
    read_lanes_blocked,
    read_promises,
    read_severities,
    read_truths,
)
from data.loads import Load
from data.occurred import Occurrences, read_occurred
from data.tables import Table, read_table, require_columns
from geo.datums import Datum, to_wgs84
from geo.faults import BadInput

REQUIRED = ("occurred", "lon", "lat")
OPTIONAL = ("severity", "lanes_blocked", "vehicles", "needs", "person_waiting", "promise_after_s")
COLUMNS = REQUIRED + OPTIONAL
SHOWN_FAULTS = 50

Warn = Callable[[str], None]


def read_load(
    path: Path, *, zone: ZoneInfo, renames: Mapping[str, str], datum: Datum, skip_bad: bool, warn: Warn
) -> Load:
    """Read a load; `renames` says by LOAD name which of the file's columns to take, `datum` what its places are in.

    `zone` is that of the city: times without an offset are local to it. A file with a header and no rows is an empty
    load. `warn` hears once of columns not used, of an encoding that was guessed, of odd local times, of rows left out.

    Raises BadInput where the file cannot be read, a required column is missing, a renamed column does not exist, or
    rows cannot be used and `skip_bad` is False; `faults` then has one line for each such row.
    """
    table = read_table(path, warn=warn)
    sources = _sources(table, renames)
    ignored = [name for name in table.columns if name and name not in sources.values()]
    if ignored:
        warn(f"{table.name}: columns not used: {', '.join(ignored)}")
    fields = _read_fields(table, sources, zone, datum)
    notes = _odd_time_notes(fields.times, zone)
    for note in notes:
        warn(f"{table.name}: {note}")
    good = np.ones(len(table), np.bool_)
    if fields.faults:
        good[list(fields.faults)] = False
        notes += (_refuse_or_note(table, fields.faults, skip_bad, warn),)
    lines = np.asarray(table.lines, np.int64)
    order = np.flatnonzero(good)
    order = order[np.lexsort((lines[order], fields.times.at_ms[order]))]
    return Load(
        at_ms=fields.times.at_ms[order],
        lon_deg=fields.lon_deg[order],
        lat_deg=fields.lat_deg[order],
        severity=fields.severity[order],
        lanes_blocked=fields.lanes_blocked[order],
        jobs=fields.jobs[order],
        person_waiting=fields.person_waiting[order],
        promise_after_s=fields.promise_after_s[order],
        line=lines[order],
        needs_table=fields.needs_table,
        source=table.name,
        generated=False,
        sha256=table.sha256,
        notes=notes,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fields:
    """The columns of all rows in file order, and by row the reasons against it."""

    times: Occurrences
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    severity: NDArray[np.uint8]
    lanes_blocked: NDArray[np.uint8]
    jobs: NDArray[np.int32]
    needs_table: tuple[Jobs, ...]
    person_waiting: NDArray[np.bool_]
    promise_after_s: NDArray[np.int32]
    faults: dict[int, str]


def _sources(table: Table, renames: Mapping[str, str]) -> dict[str, str]:
    """For each LOAD column that the file has, the name of the file's own column."""
    unknown = sorted(set(renames) - set(COLUMNS))
    if unknown:
        raise BadInput(f"--map {unknown[0]}=…: a load has no {unknown[0]}; its columns are {', '.join(COLUMNS)}")
    for name, source in renames.items():
        if source not in table.columns:
            raise BadInput(
                f"--map {name}={source}: {table.name} has no column {source!r}; it has {', '.join(table.columns)}"
            )
    sources = {name: renames.get(name, name) for name in COLUMNS}
    hints = [
        f"--map {name}={column}"
        for name in REQUIRED
        for column in table.columns
        if sources[name] not in table.columns and column.lower() == name
    ]
    present = {name: source for name, source in sources.items() if source in table.columns}
    try:
        require_columns(table, [sources[name] for name in REQUIRED], present.values())
    except BadInput as fault:
        hint = f"; did you mean {' '.join(hints)}?" if hints else "; --map NAME=COLUMN takes a column by another name"
        raise BadInput(f"{fault}{hint}") from fault
    return present


def _read_fields(table: Table, sources: Mapping[str, str], zone: ZoneInfo, datum: Datum) -> _Fields:
    empty = [""] * len(table)

    def cells(name: str) -> list[str]:
        return table.column(sources[name]) if name in sources else empty

    times = read_occurred(cells("occurred"), zone)
    lon, lat, place_faults = read_degrees(cells("lon"), cells("lat"))
    lon, lat = to_wgs84(lon, lat, datum)
    severity, severity_faults = read_severities(cells("severity"))
    lanes, lanes_faults = read_lanes_blocked(cells("lanes_blocked"))
    jobs, needs_table, jobs_faults = read_jobs(cells("vehicles"), cells("needs"))
    waiting, waiting_faults = read_truths(cells("person_waiting"), "person_waiting")
    promise, promise_faults = read_promises(cells("promise_after_s"))
    all_faults = (
        times.faults, place_faults, severity_faults, lanes_faults, jobs_faults, waiting_faults, promise_faults
    )  # fmt: skip
    return _Fields(times, lon, lat, severity, lanes, jobs, needs_table, waiting, promise, _by_row(table, all_faults))


def _by_row(table: Table, columns: tuple[Faults, ...]) -> dict[int, str]:
    """The reasons against each row; one that could not be cut into cells has no other."""
    reasons: dict[int, list[str]] = {}
    for faults in columns:
        for row, reason in faults.items():
            reasons.setdefault(row, []).append(reason)
    joined = {row: "; ".join(found) for row, found in sorted(reasons.items())}
    if table.faults:
        joined |= {row: table.faults[line] for row, line in enumerate(table.lines) if line in table.faults}
    return dict(sorted(joined.items()))


def _refuse_or_note(table: Table, faults: Mapping[int, str], skip_bad: bool, warn: Warn) -> str:
    """Raise BadInput with every bad row by line, or tell `warn` and return the note that they were left out."""
    listed = [f"line {table.lines[row]}: {reason}" for row, reason in faults.items()]
    count = f"{len(listed)} of {len(table)} rows"
    if not skip_bad:
        raise BadInput(f"{table.name}: {count} cannot be used; mend them, or leave them out with --skip-bad", listed)
    shown = "".join(f"\n  {fault}" for fault in listed[:SHOWN_FAULTS])
    if len(listed) > SHOWN_FAULTS:
        shown += f"\n  ... and {len(listed) - SHOWN_FAULTS} more"
    warn(f"{table.name}: {count} left out{shown}")
    return f"{count} of {table.name} left out as unusable, the first at {listed[0]}"


def _odd_time_notes(times: Occurrences, zone: ZoneInfo) -> tuple[str, ...]:
    notes = []
    if times.skipped:
        notes.append(
            f"{times.skipped} local times do not exist in {zone.key} (clocks were put forward):"
            " read with the offset before"
        )
    if times.twice:
        notes.append(
            f"{times.twice} local times occur twice in {zone.key} (clocks were put back): taken the first time"
        )
    return tuple(notes)
