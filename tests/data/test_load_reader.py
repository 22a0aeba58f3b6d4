"""The rules of the LOAD format, one by one, and the real file that the main job replays."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from data.load_reader import read_load
from data.loads import POLICY_PROMISE, Load, Severity
from geo.datums import Datum, from_wgs84
from geo.faults import BadInput

TAIPEI = ZoneInfo("Asia/Taipei")
START_MS = round(dt.datetime(2019, 3, 4, tzinfo=TAIPEI).timestamp() * 1000)
TOW = frozenset({"wheel_lift"})


def read(
    path: Path,
    *,
    renames: dict[str, str] | None = None,
    datum: Datum = Datum.WGS84,
    skip_bad: bool = False,
    heard: list[str] | None = None,
    zone: ZoneInfo = TAIPEI,
) -> Load:
    warn = (heard if heard is not None else []).append
    return read_load(path, zone=zone, renames=renames or {}, datum=datum, skip_bad=skip_bad, warn=warn)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "load.csv"


def one_column(path: Path, name: str, cells: list[str]) -> Path:
    rows = [f'2019-03-04 08:{minute:02},121.5,25.0,"{cell}"' for minute, cell in enumerate(cells)]
    path.write_text("\n".join([f"occurred,lon,lat,{name}", *rows]) + "\n", encoding="utf-8")
    return path


def test_a_plain_file_gets_the_defaults(written: Path) -> None:
    written.write_text("occurred,lon,lat\n2019-03-04 00:01,121.5,25.0\n")
    load = read(written)
    assert load.at_ms.tolist() == [START_MS + 60_000]
    assert (load.lon_deg[0], load.lat_deg[0]) == (121.5, 25.0)
    assert load.severity.tolist() == [Severity.UNKNOWN]
    assert load.lanes_blocked.tolist() == [0]
    assert load.needs_table[load.jobs[0]] == (TOW,)
    assert not load.person_waiting[0]
    assert load.promise_after_s.tolist() == [POLICY_PROMISE]
    assert load.line.tolist() == [2]
    assert load.sha256 == hashlib.sha256(written.read_bytes()).hexdigest()
    assert not load.generated
    assert load.notes == ()


def test_rows_are_sorted_by_time_then_line_and_repeats_are_kept(written: Path) -> None:
    rows = ["2019-03-04 00:02,1,1", "2019-03-04 00:01,2,2", "2019-03-04 00:02,1,1", "2019-03-03T16:00:00Z,3,3"]
    written.write_text("\n".join(["occurred,lon,lat", *rows]))
    load = read(written)
    assert load.line.tolist() == [5, 3, 2, 4]
    assert (load.at_ms - START_MS).tolist() == [0, 60_000, 120_000, 120_000]


def test_severities_by_name_number_and_class(written: Path) -> None:
    cells = ["death", "Injury", "DAMAGE", "1", "2", "3", "A1", "a2", "A3", "", " 2 ", "2.0", "4"]
    with pytest.raises(BadInput) as refused:
        read(one_column(written, "severity", cells))
    assert refused.value.faults == ("line 14: severity '4': not death, injury or damage (or 1, 2, 3, A1, A2, A3)",)
    load = read(written, skip_bad=True)
    assert load.severity.tolist() == [1, 2, 3, 1, 2, 3, 1, 2, 3, 0, 2, 2]


def test_truths_in_many_words(written: Path) -> None:
    cells = ["true", "1", "YES", "是", "false", "0", "no", "否", ""]
    assert read(one_column(written, "person_waiting", cells)).person_waiting.tolist() == [True] * 4 + [False] * 5


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("lanes_blocked", ["0", "20", "2.0", ""], ["21", "-1", "1.5", "two", "nan", "inf"]),
        ("promise_after_s", ["1", "1200", ""], ["0", "-5", "1.5", "20 min"]),
        ("vehicles", ["1", "100", ""], ["0", "101", "-1", "many"]),
        ("person_waiting", ["yes"], ["maybe", "2"]),
        ("needs", ["", "heavy;crane|wheel_lift"], ["tow", "heavy;", "|heavy", ";", "heavy||crane"]),
        ("severity", ["a1"], ["A4", "0", "minor"]),
    ],
)
def test_each_column_takes_its_values_and_refuses_others(
    written: Path, column: str, good: list[str], bad: list[str]
) -> None:
    assert len(read(one_column(written, column, good))) == len(good)
    with pytest.raises(BadInput) as refused:
        read(one_column(written, column, good + bad))
    lines = [fault.split(":")[0] for fault in refused.value.faults]
    assert lines == [f"line {2 + len(good) + row}" for row in range(len(bad))]
    assert all(column in fault for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("vehicles", "needs", "jobs"),
    [
        ("", "", (TOW,)),
        ("3", "", (TOW, TOW, TOW)),
        ("", "heavy", ({"heavy"},)),
        ("2", "flatbed|crane;heavy|wheel_lift", ({"flatbed"}, {"crane", "heavy"}, {"wheel_lift"})),
        ("3", "flatbed", ({"flatbed"}, TOW, TOW)),
        ("1", " Flatbed ; HEAVY ", ({"flatbed", "heavy"},)),
    ],
)
def test_needs_rule_and_wrecks_beyond_them_are_towed(
    written: Path, vehicles: str, needs: str, jobs: tuple[set[str], ...]
) -> None:
    written.write_text(f"occurred,lon,lat,vehicles,needs\n2019-03-04 08:05,121.5,25,{vehicles},{needs}\n")
    load = read(written)
    assert load.needs_table[load.jobs[0]] == tuple(map(frozenset, jobs))


def test_an_unknown_capability_names_the_known_ones(written: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read(one_column(written, "needs", ["towing"]))
    assert "wheel_lift, flatbed, heavy, crane, ev_dolly" in refused.value.faults[0]


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        ("25.0", "121.5", "swapped"),
        ("181", "25", "lon 181.0: out of range"),
        ("121.5", "-91", "out of range"),
        ("0", "0.0", "both 0"),
        ("", "25", "lon is empty"),
        ("121.5", "", "lat is empty"),
        ('"121,5"', "25", "write a point"),
        ("nan", "25", "not a number"),
        ("121.5", "inf", "not a number"),
        ("121°30'", "25", "not a number"),
    ],
)
def test_a_place_that_cannot_be_is_named(written: Path, lon: str, lat: str, reason: str) -> None:
    written.write_text(f"occurred,lon,lat\n2019-03-04 08:05,121.5,25\n2019-03-04 08:05,{lon},{lat}\n", "utf-8")
    with pytest.raises(BadInput) as refused:
        read(written)
    assert len(refused.value.faults) == 1
    assert refused.value.faults[0].startswith("line 3: ")
    assert reason in refused.value.faults[0]
    assert len(read(written, skip_bad=True)) == 1


def test_all_reasons_against_a_row_stand_on_its_line(written: Path) -> None:
    written.write_text("occurred,lon,lat,severity\nnever,x,25,9\nshort\n")
    with pytest.raises(BadInput, match=r"2 of 2 rows .* --skip-bad") as refused:
        read(written)
    first, second = refused.value.faults
    assert first.count(";") >= 2
    assert second == "line 3: 1 cells where the header has 4"


def test_bad_rows_are_left_out_only_when_asked_and_noted(written: Path) -> None:
    rows = ["never,1,1"] * 60 + ["2019-03-04 08:05,1,1"]
    written.write_text("\n".join(["occurred,lon,lat", *rows]))
    with pytest.raises(BadInput, match="60 of 61 rows") as refused:
        read(written)
    assert len(refused.value.faults) == 60
    heard: list[str] = []
    load = read(written, skip_bad=True, heard=heard)
    assert len(load) == 1
    assert "60 of 61 rows" in load.notes[0]
    assert heard[0].count("\n  line ") == 50
    assert "10 more" in heard[0]


def test_an_empty_load_is_a_load(written: Path) -> None:
    written.write_text("occurred,lon,lat\n")
    load = read(written)
    assert len(load) == 0
    assert len(load.between(dt.date(2019, 3, 4), None, TAIPEI)) == 0


def test_columns_that_are_not_used_are_named_once(written: Path) -> None:
    written.write_text("occurred,lon,lat,class,place\n" + "2019-03-04 08:05,121.5,25,2,x\n" * 3)
    heard: list[str] = []
    load = read(written, renames={"severity": "class"}, heard=heard)
    assert load.severity.tolist() == [2, 2, 2]
    assert heard == ["load.csv: columns not used: place"]


def test_a_renamed_column_takes_the_place_of_one_with_the_name(written: Path) -> None:
    written.write_text("occurred,lon,lat,severity,class\n2019-03-04 08:05,121.5,25,1,3\n")
    assert read(written, renames={"severity": "class"}).severity.tolist() == [3]
    assert read(written).severity.tolist() == [1]


@pytest.mark.parametrize(
    ("header", "renames", "message"),
    [
        ("occurred,lon,lat", {"severity": "class"}, "no column 'class'; it has occurred, lon, lat"),
        ("occurred,lon,lat", {"colour": "lon"}, "a load has no colour"),
        ("occurred,lon", {}, "no column lat"),
        ("occurred,Lon,lat", {}, "--map lon=Lon"),
        ("occurred;lon;lat", {}, "separated by commas"),
        ("occurred,lon,lat,lon", {}, "more than once"),
    ],
)
def test_a_header_that_cannot_serve_is_refused(
    written: Path, header: str, renames: dict[str, str], message: str
) -> None:
    written.write_text(header + "\n")
    with pytest.raises(BadInput, match=message):
        read(written, renames=renames)


@pytest.mark.parametrize("datum", list(Datum))
def test_places_are_brought_to_wgs84(written: Path, datum: Datum) -> None:
    lon, lat = from_wgs84(np.array([120.1614]), np.array([33.3477]), datum)
    written.write_text(f"occurred,lon,lat\n2019-03-04 08:05,{lon[0]:.9f},{lat[0]:.9f}\n")
    load = read(written, datum=datum)
    assert load.lon_deg[0] == pytest.approx(120.1614, abs=1e-8)
    assert load.lat_deg[0] == pytest.approx(33.3477, abs=1e-8)


def test_odd_local_times_are_noted(written: Path) -> None:
    written.write_text("occurred,lon,lat\n2024-09-08 00:30,-71,-30\n2024-04-06 23:30,-71,-30\n")
    heard: list[str] = []
    load = read(written, zone=ZoneInfo("America/Santiago"), heard=heard)
    assert len(load) == 2
    assert [note.split()[0] for note in load.notes] == ["1", "1"]
    assert len(heard) == 2


def test_the_same_load_from_csv_workbook_and_parquet(tmp_path: Path) -> None:
    moment = dt.datetime.fromisoformat("2019-03-04 08:05")
    header = ["occurred", "lon", "lat", "severity", "vehicles", "person_waiting"]
    row = [moment, 121.5574124, 24.9810282, 2, 2, True]
    (tmp_path / "a.csv").write_text(",".join(header) + "\n2019-03-04 08:05,121.5574124,24.9810282,2,2,true\n")
    book = openpyxl.Workbook()
    book.active.append(header)
    book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    table = pa.table({name: [value] for name, value in zip(header, row, strict=True)})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    csv, *others = [read(tmp_path / name) for name in ("a.csv", "a.xlsx", "a.parquet")]
    for other in others:
        for column in ("at_ms", "lon_deg", "lat_deg", "severity", "jobs", "person_waiting", "line"):
            np.testing.assert_array_equal(getattr(csv, column), getattr(other, column))
        assert other.needs_table == csv.needs_table


def test_days_are_local_and_both_included(written: Path) -> None:
    times = ["2019-03-03 23:59", "2019-03-04 00:00", "2019-03-05 23:59", "2019-03-06 00:00"]
    written.write_text("occurred,lon,lat\n" + "".join(f"{time},121.5,25\n" for time in times))
    load = read(written)
    monday, tuesday = dt.date(2019, 3, 4), dt.date(2019, 3, 5)
    assert load.between(monday, tuesday, TAIPEI).line.tolist() == [3, 4]
    assert load.between(None, monday, TAIPEI).line.tolist() == [2, 3]
    assert load.between(tuesday, None, TAIPEI).line.tolist() == [4, 5]
    assert load.between(monday, tuesday, TAIPEI).sha256 == load.sha256
    with pytest.raises(BadInput, match="lies before"):
        load.between(tuesday, monday, TAIPEI)


@pytest.mark.shared
def test_two_years_of_taipei(shared_data: Path) -> None:
    heard: list[str] = []
    path = shared_data / "incidents" / "taipei_accidents_2019_2020.csv.gz"
    load = read(path, renames={"severity": "class"}, heard=heard)
    assert len(load) == 87_171
    assert heard == [f"{path.name}: columns not used: place"]
    assert np.bincount(load.severity).tolist() == [0, 143, 48_424, 38_604]
    assert (np.diff(load.at_ms) >= 0).all()
    first = dt.datetime.fromtimestamp(int(load.at_ms[0]) / 1000, TAIPEI)
    assert first.isoformat() == "2019-01-01T00:26:00+08:00"
