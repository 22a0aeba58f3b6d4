"""The reports of `route` and `matrix`, and what they refuse."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from geo.faults import BadInput, NoAnswer
from routing.cli_ways import matrix, matrix_text, route, route_text
from routing.roads import City, RoadClass
from routing.traffic_tables import CHINA_DEFAULT
from routing.turn_costs import TurnModel
from tests.worlds import Street, city_of_roads, degrees, grid_world, roads_of, split_world

LEFT_S = TurnModel().across_ms // 1000
RUSH_S = round(20 * int(CHINA_DEFAULT.permille[8, RoadClass.RESIDENTIAL - 1]) / 1000)


def ticks() -> Callable[[], float]:
    """A stopwatch that moves on by a second at each look."""
    count = itertools.count()
    return lambda: float(next(count))


@pytest.fixture
def city() -> City:
    return city_of_roads(grid_world(4, 4), "Gridham")


def csv_of(path: Path, *places_m: tuple[float, float]) -> Path:
    places = [degrees(*place) for place in places_m]
    path.write_text("id,lon,lat\n" + "".join(f"x,{lon:.9f},{lat:.9f}\n" for lon, lat in places), "utf-8")
    return path


def test_a_route_reports_time_length_line_and_streets(city: City) -> None:
    report: dict[str, Any] = route(city=city, origin=degrees(30, 4), destination=degrees(104, 250), elapsed_s=ticks())
    assert (report["duration_s"], report["distance_m"]) == (32 + LEFT_S, 320)
    assert [(step["name"], step["distance_m"], step["duration_s"]) for step in report["steps"]] == [
        ("Row 0", 70, 7 + LEFT_S),
        ("Column 1", 250, 25),
    ]
    assert (report["origin_off_m"], report["destination_off_m"]) == (4.0, 4.0)
    assert report["geometry"]["type"] == "LineString"
    line = np.array(report["geometry"]["coordinates"])
    np.testing.assert_allclose(line[[0, 1, -1]], [degrees(30, 0), degrees(100, 0), degrees(100, 250)], atol=3e-7)
    assert report["attribution"] == "made up for tests"
    assert report["notes"] == []
    assert report["timing"] == {"prepare_s": 1.0, "route_s": 1.0}
    assert json.loads(json.dumps(report)) == report


def test_a_route_as_text_names_time_length_and_streets(city: City) -> None:
    text = route_text(
        route(
            city=city, origin=degrees(10, 0), destination=degrees(290, 0), elapsed_s=ticks(),
            depart="2019-03-04T08:00:00+08:00",
        )
    )  # fmt: skip
    # 08:00 in Shanghai is midnight in Gridham, which lies in UTC
    assert text.startswith("28 s for 0.3 km in Gridham")
    assert "Row 0" in text
    assert "Note: travel times are those of Monday 00:00 to 00:59 in UTC by the traffic table china-default" in text
    assert text.endswith("made up for tests")


def test_streets_without_a_name_are_called_that() -> None:
    city = city_of_roads(roads_of([(0, 0), (100, 0)], [Street(0, 1)]))
    report = route(city=city, origin=degrees(10, 0), destination=degrees(90, 0), elapsed_s=ticks())
    assert "unnamed road" in route_text(report)


@pytest.mark.parametrize("depart", ["2019-03-04T09:00:00+01:00", "2019-03-04T08:59:59Z", "2019-03-04t08:00:00.5z"])
def test_a_departure_is_driven_at_the_pace_of_its_local_hour(city: City, depart: str) -> None:
    """200 m of a residential street, 20 s when it is free, on a Monday from 8."""
    report = route(city=city, origin=degrees(50, 0), destination=degrees(250, 0), elapsed_s=ticks(), depart=depart)
    assert (report["depart"], report["traffic"], report["duration_s"]) == (depart, "china-default", RUSH_S)
    (note,) = cast(list[str], report["notes"])
    assert "Monday 08:00 to 08:59 in UTC" in note
    plain = route(
        city=city, origin=degrees(50, 0), destination=degrees(250, 0), elapsed_s=ticks(), depart=depart, traffic="free"
    )
    assert (plain["traffic"], plain["duration_s"]) == ("free", 20)


def test_hours_are_those_of_the_city(city: City) -> None:
    """One instant is the middle of the night in one city and the peak in another."""
    far = replace(city, facts=replace(city.facts, timezone="Asia/Shanghai"))
    took_s = [
        route(
            city=each, origin=degrees(50, 0), destination=degrees(250, 0), elapsed_s=ticks(),
            depart="2019-03-04T00:30:00Z",
        )["duration_s"]
        for each in (city, far)
    ]  # fmt: skip
    assert took_s == [20, RUSH_S]


def test_a_matrix_is_of_the_hour_of_departure(city: City, tmp_path: Path) -> None:
    places, out = csv_of(tmp_path / "a.csv", (50, 0), (250, 0)), tmp_path / "out.npy"
    matrix(city=city, sources=places, targets=places, output=out, elapsed_s=ticks(), depart="2019-03-04T08:00:00Z")
    assert np.load(out).tolist() == [[0, RUSH_S], [RUSH_S, 0]]


def test_a_table_without_a_departure_is_refused(city: City) -> None:
    with pytest.raises(BadInput, match="--traffic needs --depart"):
        route(city=city, origin=(0.0, 0.0), destination=(0.0, 0.0), elapsed_s=ticks(), traffic="china-default")


@pytest.mark.parametrize(
    "depart",
    [
        "",
        "now",
        "2019-03-04",
        "2019-03-04T08:00:00",
        "20190304T080000Z",
        "2019-02-30T08:00:00Z",
        "25:00",
        "0001-01-01T00:00:00+08:00",
    ],
)
def test_a_departure_that_is_no_instant_is_refused(city: City, depart: str) -> None:
    with pytest.raises(BadInput, match="RFC 3339"):
        route(city=city, origin=(0.0, 0.0), destination=(0.0, 0.0), elapsed_s=ticks(), depart=depart)


def test_a_place_outside_the_city_is_refused_and_a_swap_is_noticed() -> None:
    city = city_of_roads(roads_of([(1_000_000, 0), (1_000_300, 0)], [Street(0, 1)]))
    inside = degrees(1_000_100, 0)
    with pytest.raises(BadInput, match=r"the origin: .* outside world, 6 km") as fault:
        route(city=city, origin=degrees(994_000, 0), destination=inside, elapsed_s=ticks())
    assert "swapped" not in str(fault.value)
    with pytest.raises(BadInput, match=r"the destination: .*lon and lat look swapped"):
        route(city=city, origin=inside, destination=(inside[1], inside[0]), elapsed_s=ticks())
    with pytest.raises(BadInput, match=r"the origin: .*lon and lat look swapped"):
        route(city=city, origin=(31.2, 121.5), destination=inside, elapsed_s=ticks())


def test_without_a_way_there_is_no_answer() -> None:
    city = city_of_roads(split_world())
    with pytest.raises(NoAnswer, match="no way"):
        route(city=city, origin=degrees(50, 0), destination=degrees(10_050, 0), elapsed_s=ticks())


def test_a_road_that_leads_nowhere_is_left_for_one_nearby_that_leads_everywhere() -> None:
    # A one-way street of 300 m that enters the two-way one at its west end: nothing leads into it.
    roads = roads_of([(0, 0), (1000, 0), (0, 300)], [Street(0, 1), Street(2, 0, two_way=False)])
    report = route(city=city_of_roads(roads), origin=degrees(900, 0), destination=degrees(0, 200), elapsed_s=ticks())
    assert report["destination_off_m"] == pytest.approx(200, abs=1)
    assert report["duration_s"] == 90


def test_a_city_without_roads_has_no_answer() -> None:
    city = city_of_roads(roads_of([(0.0, 0.0)], []))
    with pytest.raises(NoAnswer, match="has no road"):
        route(city=city, origin=(0.0, 0.0), destination=(0.0, 0.0), elapsed_s=ticks())


def test_a_matrix_is_written_in_whole_seconds(city: City, tmp_path: Path) -> None:
    sources = csv_of(tmp_path / "a.csv", (10, 0), (150, 0), (290, 0))
    targets = csv_of(tmp_path / "b.csv", (250, 0), (50, 0))
    output = tmp_path / "out.matrix"
    report = matrix(city=city, sources=sources, targets=targets, output=output, elapsed_s=ticks())
    seconds = np.load(output)
    assert seconds.dtype == np.uint32
    assert seconds.tolist() == [[24, 4], [10, 10], [4, 24]]
    assert (report["rows"], report["columns"], report["unreachable"]) == (3, 2, 0)
    assert report["timing"] == {"prepare_s": 1.0, "table_s": 1.0}
    assert matrix_text(report).startswith("3 x 2 travel times in Gridham")
    assert json.loads(json.dumps(report)) == report


def test_half_a_second_is_rounded_up(tmp_path: Path) -> None:
    city = city_of_roads(roads_of([(0, 0), (105, 0)], [Street(0, 1)]))
    ends = csv_of(tmp_path / "a.csv", (-50, 0)), csv_of(tmp_path / "b.csv", (155, 0))
    matrix(city=city, sources=ends[0], targets=ends[1], output=tmp_path / "o.npy", elapsed_s=ticks())
    assert np.load(tmp_path / "o.npy").tolist() == [[11]]
    report = route(city=city, origin=degrees(-50, 0), destination=degrees(155, 0), elapsed_s=ticks())
    assert report["duration_s"] == 11


def test_what_cannot_be_reached_is_marked_and_counted(tmp_path: Path) -> None:
    places = csv_of(tmp_path / "a.csv", (50, 0), (10_050, 0))
    report = matrix(
        city=city_of_roads(split_world()), sources=places, targets=places, output=tmp_path / "o.npy",
        elapsed_s=ticks(),
    )  # fmt: skip
    assert np.load(tmp_path / "o.npy").tolist() == [[0, 4294967295], [4294967295, 0]]
    assert report["unreachable"] == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_other_columns_blank_lines_and_encodings_do_not_matter(city: City, tmp_path: Path, encoding: str) -> None:
    sources = tmp_path / "a.csv"
    sources.write_bytes('名称,LAT, Lon \r\n"盐城, 东",0,0\r\n\r\n西,0,0.0008993\r\n'.encode(encoding))
    report = matrix(city=city, sources=sources, targets=sources, output=tmp_path / "o.npy", elapsed_s=ticks())
    assert report["rows"] == 2
    assert np.load(tmp_path / "o.npy").tolist() == [[0, 10], [10, 0]]


def test_a_file_without_rows_gives_an_empty_matrix(city: City, tmp_path: Path) -> None:
    sources, targets = csv_of(tmp_path / "a.csv"), csv_of(tmp_path / "b.csv", (0, 0))
    report = matrix(city=city, sources=sources, targets=targets, output=tmp_path / "o.npy", elapsed_s=ticks())
    assert (report["rows"], report["columns"]) == (0, 1)
    assert np.load(tmp_path / "o.npy").shape == (0, 1)


def test_bad_rows_are_listed_by_line(city: City, tmp_path: Path) -> None:
    sources = tmp_path / "a.csv"
    sources.write_text("lon,lat\n0,0\nx,0\n0,\n0\n200,0\n0,nan\n3.5,0\n", "utf-8")
    with pytest.raises(BadInput) as fault:
        matrix(city=city, sources=sources, targets=sources, output=tmp_path / "o.npy", elapsed_s=ticks())
    assert [text.split(":")[0] for text in fault.value.faults] == ["line 3", "line 4", "line 5", "line 6", "line 7"]
    assert "a.csv: 5 rows are" in str(fault.value)
    sources.write_text("lon,lat\n0,0\n\n3.5,0\n", "utf-8")
    with pytest.raises(BadInput, match=r"a\.csv: 1 row is") as fault:
        matrix(city=city, sources=sources, targets=sources, output=tmp_path / "o.npy", elapsed_s=ticks())
    assert fault.value.faults[0].startswith("line 4: 3.500000,0.000000 is outside Gridham, 389 km")
    assert not (tmp_path / "o.npy").exists()


def test_a_long_list_of_bad_rows_is_cut_short(city: City, tmp_path: Path) -> None:
    sources = tmp_path / "a.csv"
    sources.write_text("lon,lat\n" + "x,y\n" * 50, "utf-8")
    with pytest.raises(BadInput, match="50 rows") as fault:
        matrix(city=city, sources=sources, targets=sources, output=tmp_path / "o.npy", elapsed_s=ticks())
    assert len(fault.value.faults) == 21
    assert fault.value.faults[-1] == "and 30 more lines"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column lon and no column lat"),
        (b"x,lat\n1,2\n", "no column lon"),
        (b'lon,lat\n"0,0\n', "line 2: not CSV"),
        (b"\x89PNG\xff\xff\x00\x00", "neither UTF-8 nor GB18030"),
    ],
)
def test_a_file_that_is_no_list_of_places_is_refused(city: City, tmp_path: Path, content: bytes, message: str) -> None:
    sources = tmp_path / "a.csv"
    sources.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        matrix(city=city, sources=sources, targets=sources, output=tmp_path / "o.npy", elapsed_s=ticks())


def test_files_that_cannot_be_read_or_written_are_named(city: City, tmp_path: Path) -> None:
    places = csv_of(tmp_path / "a.csv", (0, 0))
    with pytest.raises(BadInput, match=r"absent\.csv: cannot be read"):
        matrix(city=city, sources=tmp_path / "absent.csv", targets=places, output=tmp_path / "o.npy", elapsed_s=ticks())
    with pytest.raises(BadInput, match=r"o\.npy: cannot be written"):
        matrix(city=city, sources=places, targets=places, output=tmp_path / "nowhere" / "o.npy", elapsed_s=ticks())
