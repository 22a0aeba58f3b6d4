"""From a file of trips to factors, how sure they are, and the files that hold them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.faults import BadInput
from routing.calibration import CLASSES, NOTHING_LEARNT, Calibration
from routing.calibration_doubt import standard_error
from routing.calibration_files import calibration_of, document_of, table_csv, traffic_table
from routing.cli_calibrate import calibrate_city, calibrate_text
from routing.roads import City, RoadClass
from routing.router import Router
from routing.traffic_tables import read_table
from routing.turn_costs import model_of
from tests.worlds import city_of_roads, degrees, grid_world

TRIPS, DAYS = 160, 4
TRUE_PERMILLE, CONSTANT_S = 1400, 20

calibrations = st.builds(
    Calibration,
    class_permille=st.tuples(*[st.integers(200, 5000)] * len(CLASSES)),
    turn_permille=st.integers(0, 5000),
    constant_ms=st.integers(0, 300_000),
    trips=st.integers(1, 10**6),
    share_permille=st.tuples(*[st.integers(0, 1000)] * len(CLASSES)),
)


@pytest.fixture(scope="module")
def city() -> City:
    return city_of_roads(grid_world(8, 8, spacing_m=300), "Gridham")


@pytest.fixture(scope="module")
def trips(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trips that take 1.4 times what the roads and turns take, and 20 s; on four days that differ by up to 3 %."""
    rng = np.random.default_rng(5)
    places = np.array([degrees(*place) for place in rng.uniform(0, 2100, (2 * TRIPS, 2))])
    model = model_of(city.facts.timezone)
    true = replace(NOTHING_LEARNT, class_permille=(TRUE_PERMILLE,) * len(CLASSES), turn_permille=TRUE_PERMILLE)
    router = true.router(city.roads, city.structure, model)
    ends = router.snap(places[:, 0], places[:, 1])
    day = np.arange(TRIPS) % DAYS
    driven_s = router.times(ends.take(np.arange(TRIPS)), ends.take(np.arange(TRIPS, 2 * TRIPS))) / 1000
    took_s = driven_s * np.array([0.98, 1.01, 1.03, 0.99])[day] + CONSTANT_S
    lines = [
        f"{a[0]:.7f},{a[1]:.7f},{b[0]:.7f},{b[1]:.7f},{s:.1f},day {d}"
        for a, b, s, d in zip(places[:TRIPS], places[TRIPS:], took_s, day, strict=True)
    ]
    path = tmp_path_factory.mktemp("trips") / "trips.csv"
    path.write_text("\n".join(["from_lon,from_lat,to_lon,to_lat,seconds,day", *lines]) + "\n", "utf-8")
    return path


def test_a_file_of_trips_gives_factors_errors_and_files_that_say_the_same(
    city: City, trips: Path, tmp_path: Path
) -> None:
    out, table = tmp_path / "cal.json", tmp_path / "table.csv"
    report: dict[str, Any] = calibrate_city(
        city=city, trips=trips, out=out, table=table, progress=lambda _line: None, elapsed_s=lambda: 0.0
    )
    assert (report["trips"], report["days"], report["unrouted"]) == (TRIPS, DAYS, 0)
    residential = report["class_permille"]["residential"]
    assert residential == pytest.approx(TRUE_PERMILLE, rel=0.05)
    assert report["constant_ms"] == pytest.approx(CONSTANT_S * 1000, abs=8_000)
    error = report["standard_error"]["class_permille"]["residential"]
    assert 0 < error < 0.1 * TRUE_PERMILLE, "days differ by some percent, so something is unsure, but not much"
    assert report["standard_error"]["blocks"] == DAYS
    told = json.loads(out.read_text("utf-8"))
    assert told == {key: report[key] for key in told}
    assert calibration_of(out.read_text("utf-8"), "cal.json").class_permille == tuple(told["class_permille"].values())
    flat = read_table(table.read_text("utf-8"), "table.csv")
    assert (flat.permille[:, RoadClass.RESIDENTIAL - 1] == residential).all()
    assert any(note.startswith("motorway, trunk,") for note in report["notes"]), "nobody drives on a motorway here"
    assert f"residential    {residential / 1000:.2f} +- {error / 1000:.2f}" in calibrate_text(report)


def test_without_days_nothing_is_said_of_how_sure_it_is(city: City, trips: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(line.rpartition(",")[0] for line in trips.read_text("utf-8").splitlines()), "utf-8")
    report: dict[str, Any] = calibrate_city(
        city=city, trips=bare, out=None, table=None, progress=lambda _line: None, elapsed_s=lambda: 0.0
    )
    assert report["standard_error"] is None
    assert "+-" not in calibrate_text(report)
    assert "cannot be said" in report["notes"][0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("0,0,0.01,0.01,0", "seconds '0'"),
        ("0,0,0.01,0.01,nan", "seconds 'nan'"),
        ("0,0,,0.01,60", "to_lon ''"),
        ("0,95,0.01,0.01,60", "lat"),
        ("0,0,9.0,9.0,60", "destination"),
    ],
)
def test_rows_that_are_no_trips_are_named(city: City, tmp_path: Path, row: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("from_lon,from_lat,to_lon,to_lat,seconds\n" + row + "\n", "utf-8")
    with pytest.raises(BadInput) as refused:
        calibrate_city(city=city, trips=path, out=None, table=None, progress=print, elapsed_s=lambda: 0.0)
    (fault,) = refused.value.faults
    assert fault.startswith("line 2: ")
    assert said in fault


@given(calibrations)
def test_a_calibration_is_read_as_it_was_written(calibration: Calibration) -> None:
    assert calibration_of(json.dumps(document_of(calibration)), "file") == calibration


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', '{"format": "towline-calibration-1"}'])
def test_what_is_no_calibration_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"^file: no calibration"):
        calibration_of(text, "file")


@given(calibrations)
def test_a_table_holds_what_is_slower_than_free_flow_and_names_the_rest(calibration: Calibration) -> None:
    table, lost = traffic_table(calibration, "mine")
    assert read_table(table_csv(table), "mine.csv") == table
    for road_class, permille in zip(CLASSES, calibration.class_permille, strict=True):
        held = table.permille[:, road_class - 1]
        assert (held == max(permille, 1000)).all()
        assert (road_class.name.lower() in lost) == (permille < 1000)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12))
def test_the_jackknife_of_a_mean_is_the_error_of_a_mean(values: list[float]) -> None:
    """For a mean the jackknife is the textbook's s / sqrt(n)."""
    n = len(values)
    left_out = np.array([[(sum(values) - each) / (n - 1)] for each in values])
    assert standard_error(left_out)[0] == pytest.approx(np.std(values, ddof=1) / np.sqrt(n), abs=1e-6)


def test_a_calibrated_city_is_slower_by_its_factors(city: City) -> None:
    slow = replace(NOTHING_LEARNT, class_permille=(2000,) * len(CLASSES), turn_permille=2000)
    model = model_of(city.facts.timezone)
    ends = Router.of(city).snap(*np.array([degrees(10, 0), degrees(1900, 1500)]).T)
    origin, destination = ends.take(0), ends.take(1)
    (twice,) = slow.router(city.roads, city.structure, model).times(origin, destination)
    (once,) = Router.of(city).times(origin, destination)
    assert twice == pytest.approx(2 * int(once), abs=5)
