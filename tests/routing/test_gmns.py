"""GMNS folders written by hand: what is read, what is paired, what is refused with file and line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from geo.faults import BadInput
from routing.assemble import assemble
from routing.draft import Reading
from routing.gmns import DUPLICATE, NO_EXTENT, read_gmns
from routing.gmns_links import CONNECTOR, NOT_FOR_CARS, UNKNOWN_POI
from routing.gmns_movements import DROPPED_LINK, NO_TURN, REPEATED, SOME_USES
from routing.roads import NO_LINK, PointOfInterest, RoadClass

NODES = "node_id,x_coord,y_coord\nA,121.50,25.00\nB,121.51,25.00\nC,121.52,25.00\n"
HEADER = "link_id,from_node_id,to_node_id,directed,length,free_speed,lanes,facility_type,name,geometry\n"
MOVES = "mvmt_id,node_id,ib_link_id,ob_link_id,type,allowed_uses\n"
# 0.01 degrees of longitude at 25 degrees north on the sphere of radius 6,371,008.8 m.
AB_MM = 1_007_768


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def folder_with(base: Path, links: str, *, nodes: str = NODES, header: str = HEADER, **others: str) -> Path:
    folder = base / "town"
    folder.mkdir(exist_ok=True)
    for name, text in {"node": nodes, "link": header + links, **others}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def read(base: Path, links: str, *, nodes: str = NODES, header: str = HEADER, **others: str) -> Reading:
    return read_gmns(folder_with(base, links, nodes=nodes, header=header, **others), quiet)


def ends(reading: Reading) -> list[tuple[int, int]]:
    return list(zip(reading.draft.link_tail.tolist(), reading.draft.link_head.tolist(), strict=True))


TWO = (
    '1,A,B,1,1007.8,50,2,primary,中山路,"LINESTRING (121.50 25.00, 121.51 25.00)"\n'
    '1r,B,A,1,1007.8,,,primary_link,中山路,"LINESTRING (121.51 25.00, 121.50 25.00)"\n'
)


def test_columns_are_read_and_opposite_links_paired(tmp_path: Path) -> None:
    reading = read(tmp_path, TWO + "2,B,C,1,,36,,tertiary,,\n")
    draft = reading.draft
    assert ends(reading) == [(0, 1), (1, 0), (1, 2)]
    assert draft.link_reverse.tolist() == [1, 0, NO_LINK]
    assert draft.link_speed_kmh.tolist() == [50, 50, 36]
    assert draft.link_speed_assumed.tolist() == [False, True, False]
    assert draft.link_lanes.tolist() == [2, 0, 0]
    assert draft.link_class.tolist() == [RoadClass.PRIMARY, RoadClass.PRIMARY, RoadClass.TERTIARY]
    assert draft.link_ref.tolist() == [0, 1, 2]
    assert [draft.names[row] for row in draft.link_name] == ["中山路", "中山路", ""]
    roads = assemble(draft)
    assert roads.link_length_mm.tolist() == pytest.approx([AB_MM] * 3, abs=2)
    assert roads.link_duration_ms[2] == round(roads.link_length_mm[2] / 10)
    assert reading.notes == ("1 links have no geometry: a straight line stands in",)


def test_an_undirected_link_is_two_links_that_name_each_other(tmp_path: Path) -> None:
    line = '"LINESTRING (121.50 25.00, 121.505 25.002, 121.51 25.00)"'
    reading = read(tmp_path, f"1,A,B,0,,50,1,local,x,{line}\n")
    assert ends(reading) == [(0, 1), (1, 0)]
    assert reading.draft.link_reverse.tolist() == [1, 0]
    assert reading.draft.shape_lat_e7.tolist() == [250000000, 250020000, 250000000] * 2
    assert reading.draft.shape_lon_e7.tolist() == [
        1215000000, 1215050000, 1215100000, 1215100000, 1215050000, 1215000000,
    ]  # fmt: skip
    assert "the source marks no street as one-way: every street is read as two-way" in reading.notes


def test_links_named_as_each_others_reverse_are_paired_though_their_lines_differ(tmp_path: Path) -> None:
    bent = '"LINESTRING (121.51 25.00, 121.505 25.0001, 121.50 25.00)"'
    wide = bent.replace("25.0001", "25.0002")
    reading = read(tmp_path, TWO.splitlines()[0] + f"\n1r,B,A,1,,,,primary,,{bent}\n9,B,A,1,,,,primary,,{wide}\n")
    assert reading.draft.link_reverse.tolist() == [1, 0, NO_LINK]


def test_the_given_length_counts_only_where_the_geometry_is_far_off(tmp_path: Path) -> None:
    line = '"LINESTRING (121.50 25.00, 121.51 25.00)"'
    back = '"LINESTRING (121.51 25.00, 121.50 25.00)"'
    reading = read(tmp_path, f"1,A,B,1,1050,,,,,{line}\n2,B,A,1,1500,,,,,{back}\n3,B,C,1,1600,,,,,\n")
    assert assemble(reading.draft).link_length_mm.tolist() == pytest.approx([AB_MM, 1_500_000, 1_600_000], abs=2)
    assert any(note.startswith("1 links have a `length` more than 10 % off") for note in reading.notes)


def test_repeats_and_loops_without_extent_are_left_out_and_counted(tmp_path: Path) -> None:
    again = TWO.splitlines()[0].replace("1,A", "7,A", 1)
    loop = '"LINESTRING (121.50 25.00, 121.50 25.01, 121.49 25.00, 121.50 25.00)"'
    reading = read(tmp_path, TWO + again + f"\n8,A,A,1,0,,,,,\n9,A,A,1,,,,,,{loop}\n")
    assert ends(reading) == [(0, 1), (1, 0), (0, 0)]
    assert reading.dropped == {DUPLICATE: 1, NO_EXTENT: 1}
    assert "1 links from a node to itself around a block are kept" in reading.notes


def test_two_streets_without_geometry_are_no_repeats_if_their_lengths_differ(tmp_path: Path) -> None:
    reading = read(tmp_path, "1,A,B,1,1100,,,,,\n2,A,B,1,1900,,,,,\n3,A,B,1,1900,,,,,\n")
    assert len(ends(reading)) == 2
    assert reading.dropped == {DUPLICATE: 1}


def test_nodes_at_one_place_make_a_link_of_a_millimetre(tmp_path: Path) -> None:
    nodes = NODES + "D,121.50,25.00\n"
    reading = read(tmp_path, TWO + "5,A,D,1,0,50,,,,\n", nodes=nodes)
    roads = assemble(reading.draft)
    assert (roads.link_length_mm[2], roads.link_duration_ms[2]) == (1, 1)
    assert "1 links have no length: their two nodes lie at one place" in reading.notes


def test_geometry_is_turned_round_and_joined_to_its_nodes(tmp_path: Path) -> None:
    turned = '"LINESTRING (121.51 25.00, 121.50 25.00)"'
    short = '"LINESTRING (121.512 25.00, 121.52 25.000001)"'
    reading = read(tmp_path, f"1,A,B,1,,,,,,{turned}\n2,B,C,1,,,,,,{short}\n")
    assert reading.draft.shape_lon_e7.tolist() == [1215000000, 1215100000, 1215100000, 1215120000, 1215200000]
    assert reading.draft.shape_lat_e7[-1] == 250000000
    assert sorted(note.split(" ")[0:2] for note in reading.notes if " geometries " in note) == [["1", "geometries"]] * 2


def test_what_cars_do_not_drive_is_left_out(tmp_path: Path) -> None:
    header = HEADER.replace("\n", ",allowed_uses\n")
    rows = (
        "1,A,B,0,,,,primary,,,auto;bike\n2,A,B,0,,,,centroid_connector,,,\n3,A,C,0,,,,footway,,,\n4,B,C,0,,,,,,,walk\n"
    )
    reading = read(tmp_path, rows, header=header)
    assert ends(reading) == [(0, 1), (1, 0)]
    assert reading.dropped == {CONNECTOR: 1, NOT_FOR_CARS: 2}


def test_movements_ban_turns_and_the_rest_is_counted(tmp_path: Path) -> None:
    moves = MOVES + (
        "1,B,1,2,thru,none\n"
        "2,B,1,1r,uturn,none\n"
        "3,B,1,2,thru,none\n"  # the first one again
        "4,A,1,2,thru,none\n"  # they meet at B, not at A
        "5,B,1,3,left,NONE\n"  # link 3 is a footway
        "6,B,2,1r,left,bus\n"
        "7,B,2,1r,left,all\n"
    )
    reading = read(tmp_path, TWO + "2,B,C,0,,36,,tertiary,,\n3,B,C,1,,,,footway,,\n", movement=moves)
    pairs = list(zip(reading.draft.ban_in.tolist(), reading.draft.ban_out.tolist(), strict=True))
    assert pairs == [(0, 2), (0, 1)]
    assert reading.dropped == {NOT_FOR_CARS: 1, REPEATED: 1, NO_TURN: 1, DROPPED_LINK: 1, SOME_USES: 1}


def test_signals_are_those_of_nodes_and_of_movements_that_are_allowed(tmp_path: Path) -> None:
    nodes = "node_id,x_coord,y_coord,ctrl_type\nA,121.50,25.00,stop\nB,121.51,25.00,\nC,121.52,25.00,Signal\n"
    moves = MOVES.replace("type", "ctrl_type") + (
        "1,B,1,2,signal_with_RTOR,all\n"  # link 1 arrives at B, and so does 2 against its line
        "2,B,2,1r,stop,\n"
        "3,A,1r,1,signal,none\n"  # nobody waits for a turn that is banned
    )
    reading = read(tmp_path, TWO + "2,B,C,0,,36,,tertiary,,\n", nodes=nodes, movement=moves)
    assert ends(reading) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert reading.draft.link_signal.tolist() == [True, False, True, False]
    without = read(tmp_path, TWO + "2,B,C,0,,36,,tertiary,,\n", movement=MOVES)
    assert not without.draft.link_signal.any()


def test_units_points_of_interest_and_attribution(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        "1,A,B,1,1,30,,,,\n",
        config="long_length,speed\nmiles,mph\n",
        poi="kind,name,lon,lat\nhospital,第一医院,121.5,25.0\ncastle,x,121.5,25.0\n",
    )
    assert reading.draft.given_length_m.tolist() == [1609.344]
    assert reading.draft.link_speed_kmh.tolist() == [48]
    assert reading.pois == (PointOfInterest("hospital", "第一医院", 121.5, 25.0),)
    assert reading.dropped == {UNKNOWN_POI: 1}
    assert (reading.source, reading.attribution) == ("town", "as given by town; rights not stated")
    folder = tmp_path / "town"
    (folder / "README.md").write_text("# Town\n\nSurveyed by the\ntown itself.\n\nMore.\n", encoding="utf-8")
    assert read_gmns(folder, quiet).attribution == "Surveyed by the town itself."
    (folder / "attribution.txt").write_text("© Town 2021, CC BY 4.0\n", encoding="utf-8")
    assert read_gmns(folder, quiet).attribution == "© Town 2021, CC BY 4.0"


def test_compressed_tables_read_the_same(tmp_path: Path) -> None:
    plain = read(tmp_path, TWO)
    packed = tmp_path / "packed"
    packed.mkdir()
    for path in (tmp_path / "town").iterdir():
        (packed / (path.name + ".gz")).write_bytes(gzip.compress(path.read_bytes()))
    assert ends(read_gmns(packed, quiet)) == ends(plain)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("2,A,Z,1,,,,,,\n", "link.csv, line 4: link 2: to_node_id 'Z' is no node of the node file"),
        ("1,A,B,1,,,,,,\n", "link.csv, line 4: link_id 1 stands in line 2 already"),
        ("2,A,B,1,long,,,,,\n", "link.csv, line 4: length is 'long', not a number"),
        ("2,A,B,1,-5,,,,,\n", "link.csv, line 4: length -5 is no length of a road"),
        ("2,A,B,1,,nan,,,,\n", "link.csv, line 4: free_speed is 'nan', not a number"),
        ("2,A,B,1,,,99,,,\n", "link.csv, line 4: lanes 99 is not 0..20"),
        ("2,A,B,maybe,,,,,,\n", "link.csv, line 4: directed is 'maybe', neither 1 (directed) nor 0"),
        ("2,A,B\n", "link.csv, line 4: 3 cells, the header has 10"),
        ('2,A,B,1,,,,,,"POINT (1 2)"\n', "link.csv, line 4: link 2: geometry is no WKT LINESTRING"),
        ("2,A,B,1,,,,,,LINE\n", "link.csv, line 4: link 2: geometry is no WKT LINESTRING"),
        ('2,A,B,1,,,,,,"LINESTRING (25 121.5, 25 121.6)"\n', "lon and lat look swapped"),
    ],
)
def test_a_bad_link_is_refused_with_file_line_and_ids(tmp_path: Path, rows: str, fault: str) -> None:
    with pytest.raises(BadInput, match=r"^town: link\.csv, line 4") as caught:
        read(tmp_path, TWO + rows)
    assert len(caught.value.faults) == 1
    assert fault in caught.value.faults[0]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("A,121.6,25.1", "node.csv, line 5: node_id A stands in line 2 already"),
        ("D,25.1,121.6", "node.csv, line 5: lat 121.6 is out of range: lon and lat look swapped"),
        ("D,1216,25.1", "node.csv, line 5: lon 1216.0, lat 25.1: out of range"),
        ("D,east,25.1", "node.csv, line 5: x_coord is 'east', not a number"),
        ("D,,25.1", "node.csv, line 5: x_coord is empty"),
        (",121.6,25.1", "node.csv, line 5: node_id is empty"),
    ],
)
def test_a_bad_node_is_refused_with_file_line_and_ids(tmp_path: Path, row: str, fault: str) -> None:
    with pytest.raises(BadInput, match=r"^town: node\.csv, line 5") as caught:
        read(tmp_path, TWO, nodes=NODES + row + "\n")
    assert caught.value.faults[0].startswith(fault)


def test_all_faults_are_listed_not_only_the_first(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="and 2 more") as caught:
        read(tmp_path, "1,A,Y,1,,,,,,\n2,X,Z,1,,,,,,\n")
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize(
    ("missing", "words"),
    [("from_node_id", "town/link.csv: column from_node_id is missing"), ("directed", "column directed is missing")],
)
def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path, missing: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(tmp_path, TWO, header=HEADER.replace(missing, "other"))


def test_broken_folders_are_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "")
    with pytest.raises(BadInput, match=r"no drivable road in link\.csv"):
        read_gmns(folder, quiet)
    (folder / "link.csv").write_bytes(b"link_id,from_node_id,to_node_id,directed\n1,A,\xffB,1\n")
    with pytest.raises(BadInput, match=r"town/link\.csv: not UTF-8"):
        read_gmns(folder, quiet)
    (folder / "link.csv").unlink()
    with pytest.raises(BadInput, match=r"no link\.csv or link\.csv\.gz"):
        read_gmns(folder, quiet)
    (folder / "link.csv.gz").write_bytes(gzip.compress((HEADER + TWO).encode())[:-20])
    with pytest.raises(BadInput, match=r"town/link\.csv\.gz: cannot be read"):
        read_gmns(folder, quiet)


@pytest.mark.parametrize(
    ("move", "fault"),
    [
        ("1,Q,1,1r,left,none", "movement.csv, line 2: node_id 'Q' is no node of the node file"),
        ("1,B,1,77,left,none", "movement.csv, line 2: ob_link_id '77' is no link of the link file"),
    ],
)
def test_a_movement_of_unknown_ids_is_refused(tmp_path: Path, move: str, fault: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, TWO, movement=MOVES + move + "\n")
    assert caught.value.faults == (fault,)


def test_units_that_are_not_known_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="long_length 'cubit' is none of m, km"):
        read(tmp_path, TWO, config="long_length,speed\ncubit,mph\n")
