"""Routed times beside real ones: fire engines of San Francisco that left their own station.

What is compared: from `response` (wheels turn) to `on_scene`, by the fire department's own clock (DataSF, Fire
Department Calls for Service, ODC PDDL), with the quickest way from the station to the place of the call. Kept are
engines of the station in whose area the call lies, whose last call known ended 20 minutes before this one was
dispatched, and which came first of all units. Days are halved by their number: fitted on the even ones, tested on the
odd ones, and the other way round. Run it with `python -m benchmarks.truth_sf`.

What to bear in mind: fire engines drive with lights and sirens and are no tow trucks; a call's place is that of its
block; the file is a sample, so an engine may have had a call that we do not know of; the street file has no one-way
flags, speeds or lanes, so every street is read as two-way at its class's default speed.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import RESULTS, ROOT, origin, write
from routing.build import build_city
from routing.calibration import Trips, calibrate, routed_ms
from routing.roads import City, RoadClass
from routing.router import Router
from routing.turn_costs import FREE, model_of

DATA = ROOT.parent / "shared" / "data"
IDLE_S = 20 * 60
SHORTEST_S, LONGEST_S = 30, 30 * 60
"""A drive shorter or longer than these is a slip of a button, not a drive."""

MOST_OFF_M = 200.0
Row = dict[str, str]


def say(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201


def instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def stations(path: Path) -> dict[int, tuple[float, float]]:
    """Station number to longitude and latitude."""
    found = {}
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        number = re.search(r"#(\d+)", feature["properties"]["common_name"] or "")
        if number:
            found[int(number[1])] = (feature["geometry"]["coordinates"][0], feature["geometry"]["coordinates"][1])
    return found


def own_drives(rows: list[Row], known: dict[int, tuple[float, float]], counts: Counter[str]) -> Iterator[Row]:
    """The responses that are drives of an idle engine from its own station, first of its call."""
    first: dict[str, str] = {}
    for row in rows:
        if row["on_scene"] and row["on_scene"] < first.get(row["call"], "9"):
            first[row["call"]] = row["on_scene"]
    ended: dict[str, list[datetime]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each["dispatch"]):
        free, sent = instant(row["available"]), instant(row["dispatch"])
        before = [each for each in ended[row["unit"]] if sent is not None and each <= sent]
        busy = len(before) < len(ended[row["unit"]])
        if free is not None:
            ended[row["unit"]].append(free)
        number = re.fullmatch(r"E0*(\d+)", row["unit"])
        if row["unit_type"] != "ENGINE" or number is None:
            counts["no engine"] += 1
        elif not row["response"] or not row["on_scene"]:
            counts["set-off or arrival not recorded"] += 1
        elif int(number[1]) not in known or row["station_area"].lstrip("0") != number[1]:
            counts["not in the area of its own station"] += 1
        elif row["on_scene"] != first[row["call"]]:
            counts["not the first unit of its call"] += 1
        elif busy or (before and sent is not None and (sent - max(before)).total_seconds() < IDLE_S):
            counts["not idle for 20 minutes before"] += 1
        elif not SHORTEST_S <= drive_s(row) <= LONGEST_S:
            counts["shorter than 30 s or longer than 30 min"] += 1
        else:
            yield row


def drive_s(row: Row) -> float:
    begun, ended = instant(row["response"]), instant(row["on_scene"])
    return (ended - begun).total_seconds() if begun is not None and ended is not None else -1.0


def trips_of(city: City, counts: Counter[str]) -> tuple[Trips, NDArray[np.int64]]:
    """The drives on the city's roads, and the day (since 1970) of each."""
    known = stations(DATA / "sf" / "fire_stations.geojson")
    path = DATA / "incidents" / "sffd_unit_responses_2017_2020.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    counts["responses in the file"] = len(rows)
    kept = list(own_drives(rows, known, counts))
    router = Router(city.roads)
    home = np.array([known[int(row["unit"].lstrip("E0"))] for row in kept])
    scene = np.array([(float(row["lon"]), float(row["lat"])) for row in kept])
    origins, destinations = router.snap(home[:, 0], home[:, 1]), router.snap(scene[:, 0], scene[:, 1])
    near = (origins.off_m < MOST_OFF_M) & (destinations.off_m < MOST_OFF_M)
    counts[f"more than {MOST_OFF_M:.0f} m from every street"] += int((~near).sum())
    counts["kept"] = int(near.sum())
    real_ms = np.array([round(1000 * drive_s(row)) for row in kept], np.int64)
    day = np.array([datetime.fromisoformat(row["response"]).toordinal() for row in kept], np.int64)
    return Trips(origins.take(near), destinations.take(near), real_ms[near]), day[near]


def ratios(times_ms: NDArray[np.float64], real_ms: NDArray[np.int64]) -> dict[str, float]:
    """Of routed over real: median, quartiles, tenths, and the spread as the quartiles' quotient."""
    ratio = (times_ms / real_ms)[~np.isnan(times_ms)]
    p10, p25, p50, p75, p90 = (float(each) for each in np.percentile(ratio, [10, 25, 50, 75, 90]))
    off_s = np.abs(times_ms - real_ms)[~np.isnan(times_ms)] / 1000
    return {
        "trips": len(ratio), "median": p50, "p10": p10, "p25": p25, "p75": p75, "p90": p90,
        "quartiles_quotient": p75 / p25, "median_error_s": float(np.median(off_s)),
    }  # fmt: skip


def main() -> int:
    city = build_city(DATA / "sf", name="sf", progress=say)
    counts: Counter[str] = Counter()
    trips, day = trips_of(city, counts)
    model = model_of(city.facts.timezone)
    roads, structure = city.roads, city.structure
    routers = {
        "free flow, turns cost nothing": Router(roads, turn_model=FREE),
        "free flow, turns cost": Router(roads, turn_model=model),
    }
    halves: list[dict[str, Any]] = []
    for name, fitted in (
        ("even days fitted, odd tested", day % 2 == 0),
        ("odd days fitted, even tested", day % 2 == 1),
    ):
        say(name)
        found = calibrate(roads, structure, model, trips.take(fitted), say)
        test = trips.take(~fitted)
        table = {kind: ratios(routed_ms(router, test), test.real_ms) for kind, router in routers.items()}
        table["calibrated"] = ratios(found.times_ms(found.router(roads, structure, model), test), test.real_ms)
        row = {"split": name, "fitted_trips": int(fitted.sum()), "calibration": asdict(found), "test": table}
        halves.append(row)
        for kind, each in table.items():
            say(f"  {kind:32} " + "  ".join(f"{key} {value:.3g}" for key, value in each.items()))
    classes = [each.name.lower() for each in RoadClass]
    result = {"counts": dict(counts), "notes": list(city.facts.notes), "classes": classes, "halves": halves}
    write(RESULTS / "truth_sf.json", {**origin(ROOT), **result})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
