"""What lies behind `truth_sf`: hours, classes, what the constant alone does, and how exact any road model could be.

Run it with `python -m benchmarks.truth_sf_details`; it writes benchmarks/results/truth_sf_details.json and .png. What
its figures rest on (fire engines, two-way streets, default speeds) is said in `truth_sf`.

Beside the calibrated times stand two that keep it honest: the shipped times plus one constant that is the median gap on
the fitted half, so that it is seen what the classes add; and, for engines that went to the same place at least three
times, the median of their other drives there over each drive, which no road model can be expected to beat by much.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import RESULTS, ROOT, origin, write
from benchmarks.truth_sf import DATA, MOST_OFF_M, own_drives, ratios, stations, trips_of
from routing.build import build_city
from routing.calibration import Trips, calibrate, routed_ms
from routing.calibration_doubt import doubt
from routing.calibration_files import document_of
from routing.roads import City, RoadClass
from routing.router import Router
from routing.turn_costs import FREE, model_of
from routing.way import way_along

HOURS = {
    "night 0-6": (0, 6),
    "morning 6-10": (6, 10),
    "day 10-16": (10, 16),
    "evening 16-20": (16, 20),
    "20-24": (20, 24),
}
FEW = 30
"""Parts with fewer drives are counted but not measured."""

Floats = NDArray[np.float64]


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def hours_of(router: Router, trips: Trips) -> NDArray[np.int64]:
    """int64[n]: the hour at which each trip of `trips_of` set off, in its order."""
    with gzip.open(DATA / "incidents" / "sffd_unit_responses_2017_2020.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = stations(DATA / "sf" / "fire_stations.geojson")
    kept = list(own_drives(rows, known, Counter()))
    scene = np.array([(float(row["lon"]), float(row["lat"])) for row in kept])
    home = np.array([known[int(row["unit"].lstrip("E0"))] for row in kept])
    near = (router.snap(*home.T).off_m < MOST_OFF_M) & (router.snap(*scene.T).off_m < MOST_OFF_M)
    hours = np.array([datetime.fromisoformat(row["response"]).hour for row in kept], np.int64)[near]
    if len(hours) != len(trips):
        raise ValueError(f"{len(hours)} hours do not go with {len(trips)} trips")
    return hours


def main_class(router: Router, trips: Trips) -> NDArray[np.int64]:
    """int64[n]: the RoadClass on which a trip spends at least half of its free-flow time, 0 where none has half."""
    found = np.zeros(len(trips), np.int64)
    for k in range(len(trips)):
        way = router.route(trips.origins.take([k]), trips.destinations.take([k]))
        if way is None:
            continue
        free_ms = np.diff(way_along(router.roads, way.links, way.start_along, way.end_along).elapsed_ms)
        by_class = np.bincount(router.roads.link_class[way.links], weights=free_ms, minlength=len(RoadClass) + 1)
        if 2 * by_class.max() >= by_class.sum():
            found[k] = int(by_class.argmax())
    return found


def repeats_ms(trips: Trips) -> Floats:
    """float64[n]: the median of the other drives from the same place to the same place, NaN with fewer than two."""
    same: dict[tuple[float, ...], list[int]] = defaultdict(list)
    a, b = trips.origins, trips.destinations
    for k in range(len(trips)):
        same[int(a.link[k]), float(a.along[k]), int(b.link[k]), float(b.along[k])].append(k)
    found = np.full(len(trips), np.nan)
    for rows in same.values():
        if len(rows) >= 3:
            for k in rows:
                found[k] = np.median([trips.real_ms[each] for each in rows if each != k])
    return found


def parts(names: dict[str, NDArray[np.bool_]], times: dict[str, Floats], real_ms: NDArray[np.int64]) -> dict[str, Any]:
    """Ratios of each kind of times within each part; only the count where a part has few drives."""
    return {
        name: {"trips": int(rows.sum())}
        if rows.sum() < FEW
        else {"trips": int(rows.sum())} | {kind: ratios(each[rows], real_ms[rows]) for kind, each in times.items()}
        for name, rows in names.items()
    }


def half(
    city: City, trips: Trips, day: NDArray[np.int64], hour: NDArray[np.int64], fitted: NDArray[np.bool_]
) -> tuple[dict[str, Any], dict[str, Floats]]:
    """What one half teaches, held against the other; and the times of the tested half."""
    model, roads, structure = model_of(city.facts.timezone), city.roads, city.structure
    learn, test = trips.take(fitted), trips.take(~fitted)
    shipped = Router(roads, turn_model=model)
    found = calibrate(roads, structure, model, learn, say)
    gap_ms = float(np.nanmedian(learn.real_ms - routed_ms(shipped, learn)))
    times = {
        "free flow, turns cost nothing": routed_ms(Router(roads, turn_model=FREE), test),
        "free flow, turns cost": routed_ms(shipped, test),
        "the same and a constant": routed_ms(shipped, test) + gap_ms,
        "calibrated": found.times_ms(found.router(roads, structure, model), test),
    }
    mostly = main_class(shipped, test)
    by_class = {each.name.lower(): mostly == each for each in RoadClass if (mostly == each).any()}
    by_hour = {name: (hour[~fitted] >= low) & (hour[~fitted] < high) for name, (low, high) in HOURS.items()}
    return {
        "fitted_trips": len(learn), "tested_trips": len(test), "constant_alone_ms": round(gap_ms),
        "calibration": document_of(found, doubt(roads, structure, model, learn, day[fitted], say)),
        "test": {kind: ratios(each, test.real_ms) for kind, each in times.items()},
        "by_hour": parts(by_hour, times, test.real_ms),
        "by_class": parts(by_class | {"no class has half": mostly == 0}, times, test.real_ms),
    }, times  # fmt: skip


def draw(city: City, test: Trips, times: dict[str, Floats], path: Path) -> None:
    """Ratios before and after as a histogram, and where the calibrated times are too short or too long."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    edges = np.geomspace(0.1, 5, 50)
    for kind in ("free flow, turns cost nothing", "free flow, turns cost", "calibrated"):
        left.hist(times[kind] / test.real_ms, edges, histtype="step", label=kind)
    left.axvline(1, color="black", linewidth=0.5)
    left.set(xscale="log", xlabel="routed / real", ylabel="drives of the tested half")
    left.legend(loc="upper left", fontsize=8)
    roads, links = city.roads, test.destinations.link
    middle = (roads.shape_offset[links] + roads.shape_offset[links + 1]) // 2
    off_s = (times["calibrated"] - test.real_ms) / 1000
    dots = right.scatter(
        roads.shape_lon_e7[middle] / 1e7,
        roads.shape_lat_e7[middle] / 1e7,
        c=off_s,
        s=6,
        cmap="RdBu",
        vmin=-120,
        vmax=120,
    )
    right.locator_params(axis="x", nbins=4)
    right.set(xlabel="longitude", ylabel="latitude", aspect=1.26)
    figure.colorbar(dots, ax=right, label="calibrated less real, seconds")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def main() -> int:
    city = build_city(DATA / "sf", name="sf", progress=say)
    counts: Counter[str] = Counter()
    trips, day = trips_of(city, counts)
    hour = hours_of(Router(city.roads), trips)
    halves = {}
    for name, fitted in (
        ("even days fitted, odd tested", day % 2 == 0),
        ("odd days fitted, even tested", day % 2 == 1),
    ):
        say(name)
        halves[name], times = half(city, trips, day, hour, fitted)
        for kind, each in halves[name]["test"].items():
            say(f"  {kind:30} " + "  ".join(f"{key} {value:.3g}" for key, value in each.items()))
    draw(city, trips.take(~fitted), times, RESULTS / "truth_sf_details.png")
    again = repeats_ms(trips)
    repeated = ratios(again, trips.real_ms)
    say("  same way driven before         " + "  ".join(f"{key} {value:.3g}" for key, value in repeated.items()))
    shown = {"counts": dict(counts), "halves": halves, "same_way_driven_before": repeated, "notes": city.facts.notes}
    write(RESULTS / "truth_sf_details.json", {**origin(ROOT), **shown})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
