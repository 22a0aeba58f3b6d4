"""The verb `towline city calibrate`: how long roads really take, learnt from a file of trips."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from geo.faults import BadInput, NoAnswer
from routing.calibration import Trips, calibrate
from routing.calibration_doubt import doubt
from routing.calibration_files import document_of, table_csv, traffic_table
from routing.on_road import on_roads, outside
from routing.roads import City
from routing.router import Router
from routing.trip_files import TripRows, read_trips
from routing.turn_costs import model_of

THIN_PERMILLE = 30
"""A class with a smaller share of the driving has its factor from the mean of all more than from its own trips."""

HELD = (
    "+- is how much the days differ; it does not show that every factor is drawn towards the mean of all, the more so "
    "the less its class is driven, so a class that is really far from the mean comes out nearer to it"
)


def calibrate_city(
    *,
    city: City,
    trips: Path,
    out: Path | None,
    table: Path | None,
    progress: Callable[[str], None],
    elapsed_s: Callable[[], float],
) -> dict[str, object]:
    """Fits the trips of a file (`trip_files.read_trips`); writes JSON to `out` and a traffic table (CSV) to `table`.

    Raises BadInput for rows that are no trips or lie outside the city and for files that cannot be written, NoAnswer
    where no trip has a way.
    """
    started_s = elapsed_s()
    rows = read_trips(trips)
    on_road = _on_road(city, rows, trips.name)
    model = model_of(city.facts.timezone)
    try:
        found = calibrate(city.roads, city.structure, model, on_road, progress)
    except ValueError as fault:
        raise NoAnswer(f"{trips.name}: {fault}") from fault
    days = len(np.unique(rows.day))
    unsure = doubt(city.roads, city.structure, model, on_road, rows.day, progress) if days > 1 else None
    document = document_of(found, unsure)
    flat, lost = traffic_table(found, city.facts.name)
    notes = [
        HELD if unsure else "all trips are of one day (or there is no column `day`): how sure it is cannot be said"
    ]
    thin = [name for name, share in document["share_permille"].items() if share < THIN_PERMILLE]
    if thin:
        notes.append(f"{', '.join(thin)}: hardly driven, so held to the mean of the others")
    if table is not None and lost:
        notes.append(f"{', '.join(lost)}: quicker than free flow, which no traffic table can say; written as free flow")
    for path, text in ((out, json.dumps(document, indent=1) + "\n"), (table, table_csv(flat))):
        if path is not None:
            _write(path, text)
    return {
        "city": city.facts.name,
        **document,
        "days": days,
        "unrouted": len(rows.real_ms) - found.trips,
        "notes": notes,
        "timing": {"calibrate_s": round(elapsed_s() - started_s, 3)},
    }


def calibrate_text(report: dict[str, Any]) -> str:
    """The factors as a person reads them, with their standard errors."""
    errors = report["standard_error"]
    lines = [f"{report['trips']} trips of {report['days']} days in {report['city']} ({report['unrouted']} had no way)"]
    for name, permille in report["class_permille"].items():
        sure = f" +- {errors['class_permille'][name] / 1000:.2f}" if errors else ""
        lines.append(
            f"  {name:14} {permille / 1000:.2f}{sure}  ({report['share_permille'][name] / 10:.1f} % of driving)"
        )
    turn = f" +- {errors['turn_permille'] / 1000:.2f}" if errors else ""
    rest = f" +- {errors['constant_ms'] / 1000:.0f}" if errors else ""
    lines.append(f"  {'turns':14} {report['turn_permille'] / 1000:.2f}{turn}")
    lines.append(f"  besides, each trip takes {report['constant_ms'] / 1000:.0f}{rest} s to set off and to stop")
    return "\n".join([*lines, *(f"Note: {note}." for note in report["notes"])])


def _on_road(city: City, rows: TripRows, source: str) -> Trips:
    router = Router.of(city)
    faults = []
    for name, places in (("origin", rows.origin), ("destination", rows.destination)):
        apart = outside(router, city.facts.name, places[:, 0], places[:, 1])
        faults += [f"line {rows.line[row]}: {name}: {fault}" for row, fault in sorted(apart.items())]
    if faults:
        raise BadInput(f"{source}: places outside {city.facts.name}; remove them", faults)
    ends = [on_roads(router, *places.T, strong_only=True) for places in (rows.origin, rows.destination)]
    if not all(places.found.all() for places in ends):
        raise NoAnswer(f"{city.facts.name} has no road from which the others can be reached")
    return Trips(ends[0], ends[1], rows.real_ms)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise BadInput(f"{path}: cannot be written ({fault.strerror})") from fault
