"""A hand-written OpenStreetMap world with known links, one-ways and turn restrictions, and files that are none."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import osmium
import pytest

from geo.faults import BadInput
from routing import osm_restrictions as why
from routing.assemble import assemble
from routing.osm import CUT, POI_LOST, POI_RELATION, read_osm
from routing.osm_tags import AREA, NO_ACCESS, NO_LINE, NOT_A_ROAD, REVERSIBLE, SERVICE_KIND
from routing.roads import NO_LINK, PointOfInterest, RoadClass
from tests.osm_worlds import CROSS, STREET, Relation, Tags, Way, bans, links, quiet, read, turn, world_xml


def test_two_way_streets_become_pairs_of_links(tmp_path: Path) -> None:
    reading = read(tmp_path, CROSS)
    assert links(reading.draft) == [
        (1, 2, 10), (2, 1, 10), (2, 3, 11), (3, 2, 11), (4, 2, 12), (2, 4, 12), (2, 5, 13), (5, 2, 13),
    ]  # fmt: skip
    assert reading.draft.link_reverse.tolist() == [1, 0, 3, 2, 5, 4, 7, 6]
    assert (reading.restrictions, reading.dropped, reading.notes) == (0, {}, ())


def test_geometry_keeps_the_nodes_between_junctions_in_both_directions(tmp_path: Path) -> None:
    roads = assemble(read(tmp_path, [(10, (1, 6, 2), STREET), (11, (2, 3), STREET)]).draft)
    assert roads.shape_lon_e7[:3].tolist() == [89900000, 89950000, 90000000]
    assert roads.shape_lon_e7[3:6].tolist() == [90000000, 89950000, 89900000]
    assert roads.shape_lat_e7[1] == 450010000
    assert roads.link_length_mm[0] == roads.link_length_mm[1]
    # 0.01 degrees of longitude at 45 degrees are 786.3 m on the mean sphere: the straight street 11, at 30 km/h.
    assert roads.link_length_mm[2] == pytest.approx(786_269, abs=5)
    assert roads.link_duration_ms[2] == round(roads.link_length_mm[2] * 3.6 / 30)
    assert roads.link_strong.all()


def test_a_way_is_cut_where_another_one_meets_it_and_where_it_meets_itself(tmp_path: Path) -> None:
    crossing = read(tmp_path, [(10, (1, 2, 3), STREET), (12, (4, 2), STREET)])
    assert {(1, 2, 10), (2, 3, 10)} < set(links(crossing.draft))
    lasso = read(tmp_path, [(10, (1, 2, 3, 4, 2), {**STREET, "oneway": "yes"})])
    assert links(lasso.draft) == [(1, 2, 10), (2, 2, 10)]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"oneway": "yes"}, [(1, 2)]),
        ({"oneway": "-1"}, [(2, 1)]),
        ({"oneway": "no"}, [(1, 2), (2, 1)]),
        ({"highway": "motorway"}, [(1, 2)]),
        ({"highway": "motorway", "oneway": "no"}, [(1, 2), (2, 1)]),
        ({"highway": "motorway_link"}, [(1, 2), (2, 1)]),
        ({"junction": "roundabout"}, [(1, 2)]),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, [(1, 2), (2, 1)]),
        ({"motor_vehicle:backward": "no"}, [(1, 2)]),
        ({"access:forward": "no", "access:backward": "yes"}, [(2, 1)]),
        ({"access": "no", "vehicle:forward": "yes"}, [(1, 2)]),
        ({"vehicle:backward": "no", "motorcar": "yes"}, [(1, 2), (2, 1)]),
        ({"oneway": "yes", "motor_vehicle:backward": "no"}, [(1, 2)]),
    ],
)
def test_one_way_streets(tmp_path: Path, tags: Tags, expected: list[tuple[int, int]]) -> None:
    reading = read(tmp_path, [(10, (1, 2), {**STREET, **tags})])
    assert [(tail, head) for tail, head, _ in links(reading.draft)] == expected
    if len(expected) == 1:
        assert reading.draft.link_reverse.tolist() == [NO_LINK]


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"highway": "footway"}, NOT_A_ROAD),
        ({"highway": "construction"}, NOT_A_ROAD),
        ({"area": "yes"}, AREA),
        ({"access": "no"}, NO_ACCESS),
        ({"access": "private"}, NO_ACCESS),
        ({"access": "yes", "motor_vehicle": "no"}, NO_ACCESS),
        ({"vehicle": "bus;psv"}, NO_ACCESS),
        ({"oneway": "yes", "motor_vehicle:forward": "bus"}, NO_ACCESS),
        ({"access:forward": "no", "access:backward": "private"}, NO_ACCESS),
        ({"oneway": "reversible", "access": "no"}, NO_ACCESS),
        ({"highway": "service", "service": "parking_aisle"}, SERVICE_KIND),
        ({"oneway": "reversible"}, REVERSIBLE),
    ],
)
def test_what_is_left_out_is_counted_by_its_reason(tmp_path: Path, tags: Tags, reason: str) -> None:
    reading = read(tmp_path, [*CROSS, (20, (4, 3), {**STREET, **tags})])
    assert links(reading.draft) == links(read(tmp_path, CROSS).draft)
    assert reading.dropped == {reason: 1}


@pytest.mark.parametrize(
    "tags",
    [
        {"access": "private", "motor_vehicle": "yes"},
        {"access": "destination"},
        {"vehicle": "no", "motorcar": "yes"},
        {"access": "private;customers"},
        {"highway": "service"},
        {"highway": "road"},
    ],
)
def test_what_a_tow_truck_may_drive(tmp_path: Path, tags: Tags) -> None:
    assert (4, 3, 20) in links(read(tmp_path, [*CROSS, (20, (4, 3), {**STREET, **tags})]).draft)


def test_speeds_lanes_classes_and_names_by_direction(tmp_path: Path) -> None:
    tags = {
        "highway": "primary_link", "maxspeed:forward": "30 mph", "lanes": "3", "lanes:forward": "2",
        "ref": "G204", "name": "开放大道",
    }  # fmt: skip
    draft = read(tmp_path, [(10, (1, 2), tags), (11, (2, 3), {"highway": "service", "ref": "X 1", "lanes": "5"})]).draft
    assert draft.link_speed_kmh.tolist() == [48, 50, 20, 20]
    assert draft.link_speed_assumed.tolist() == [False, True, True, True]
    assert draft.link_lanes.tolist() == [2, 1, 2, 2]
    assert draft.link_class.tolist() == [RoadClass.PRIMARY] * 2 + [RoadClass.SERVICE] * 2
    assert [draft.names[row] for row in draft.link_name] == ["开放大道"] * 2 + ["X 1"] * 2


IN = (1, 2, 10)


@pytest.mark.parametrize(
    ("relation", "banned"),
    [
        (turn("no_left_turn"), {(2, 4, 12)}),
        (turn("no_u_turn", end=10), {(2, 1, 10)}),
        (turn("only_straight_on", end=11), {(2, 1, 10), (2, 4, 12), (2, 5, 13)}),
        (turn("only_u_turn", end=10), {(2, 3, 11), (2, 4, 12), (2, 5, 13)}),
        (turn("no_left_turn", {"except": "psv"}), {(2, 4, 12)}),
    ],
)
def test_a_restriction_bans_exactly_its_turns(
    tmp_path: Path, relation: Relation, banned: set[tuple[int, int, int]]
) -> None:
    reading = read(tmp_path, CROSS, [relation])
    assert bans(reading.draft) == {(IN, out) for out in banned}
    assert (reading.restrictions, reading.dropped) == (1, {})


def test_no_entry_takes_several_from_and_no_exit_several_to(tmp_path: Path) -> None:
    entry = (("way", 10, "from"), ("way", 11, "from"), ("node", 2, "via"), ("way", 12, "to"))
    leave = (("way", 13, "from"), ("node", 2, "via"), ("way", 10, "to"), ("way", 11, "to"))
    relations: list[Relation] = [
        (entry, {"type": "restriction", "restriction": "no_entry"}),
        (leave, {"type": "restriction:motorcar", "restriction:motorcar": "no_exit"}),
    ]
    assert bans(read(tmp_path, CROSS, relations).draft) == {
        (IN, (2, 4, 12)), ((3, 2, 11), (2, 4, 12)), ((5, 2, 13), (2, 1, 10)), ((5, 2, 13), (2, 3, 11)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("relation", "reason"),
    [
        (turn("no_left_turn", end=99), why.NOT_ROADS),
        (turn("no_left_turn", via=("node", 4)), why.NOT_ROADS),
        (turn("no_left_turn", {"except": "bicycle; motor_vehicle"}), why.OTHER_VEHICLES),
        (turn("no_left_turn", {"type": "restriction:bus"}), why.OTHER_VEHICLES),
        (turn("no_left_turn", {"hour_on": "07:00"}), why.CONDITIONAL),
        (turn("give_way"), why.UNKNOWN_KIND),
        (turn("no_left_turn", start=30), why.AMBIGUOUS),
        (turn("no_left_turn", end=31), why.NO_EFFECT),
        (
            ((("way", 10, "from"), ("way", 12, "to")), {"type": "restriction", "restriction": "no_left_turn"}),
            why.INCOMPLETE,
        ),
        (
            (turn("x")[0], {"type": "restriction", "restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}),
            why.CONDITIONAL,
        ),
        (
            ((*turn("x")[0], ("way", 11, "to")), {"type": "restriction", "restriction": "no_left_turn"}),
            why.SEVERAL,
        ),
    ],
)  # fmt: skip
def test_a_restriction_that_is_not_kept_is_counted_by_its_reason(
    tmp_path: Path, relation: Relation, reason: str
) -> None:
    # Street 30 passes through the via node; 31 leads one-way into it.
    more: tuple[Way, ...] = ((30, (6, 2, 3), STREET), (31, (5, 2), {**STREET, "oneway": "yes"}))
    reading = read(tmp_path, [*CROSS, *more], [relation])
    assert bans(reading.draft) == set()
    assert (reading.restrictions, reading.dropped) == (1, {reason: 1})


def test_no_u_turn_half_way_along_a_street_holds_for_both_ways_of_coming(tmp_path: Path) -> None:
    ways: list[Way] = [(30, (1, 2, 3), STREET), (12, (4, 2), STREET)]
    reading = read(tmp_path, ways, [turn("no_u_turn", start=30, end=30)])
    assert bans(reading.draft) == {((1, 2, 30), (2, 1, 30)), ((3, 2, 30), (2, 3, 30))}


def test_ways_cut_at_the_edge_keep_the_part_inside(tmp_path: Path) -> None:
    ways: list[Way] = [(10, (1, 2, 77, 3, 4), STREET), (11, (5, 78), STREET)]
    reading = read(tmp_path, ways)
    assert links(reading.draft) == [(1, 2, 10), (2, 1, 10), (3, 4, 10), (4, 3, 10)]
    assert reading.dropped == {CUT: 1, NO_LINE: 1}


def test_points_of_interest_from_nodes_and_outlines_and_barriers_counted(tmp_path: Path) -> None:
    nodes = {4: {"amenity": "fuel", "name": "中石化"}, 2: {"barrier": "gate"}, 5: {"amenity": "bench"}}
    hospital = (40, (1, 3, 4, 1), {"amenity": "hospital", "building": "yes"})
    outside = (41, (98, 99), {"shop": "car_repair"})
    relation: Relation = ((("way", 40, "outer"),), {"type": "multipolygon", "amenity": "police"})
    reading = read(tmp_path, [*CROSS, hospital, outside], [relation], nodes)
    third = (8.99 + 9.01 + 9.0) / 3, (45.0 + 45.0 + 45.01) / 3
    fuel, clinic = reading.pois
    assert fuel == PointOfInterest("fuel", "中石化", 9.0, 45.01)
    assert (clinic.kind, clinic.name) == ("hospital", "")
    assert (clinic.lon_deg, clinic.lat_deg) == pytest.approx(third, abs=1e-7)
    assert reading.dropped == {POI_RELATION: 1, POI_LOST: 1}
    assert reading.notes == ("1 barriers on drivable roads are taken as passable (gates, toll booths ...)",)


def test_every_packing_of_the_same_world_reads_the_same(tmp_path: Path) -> None:
    text = world_xml(CROSS, [turn("no_left_turn")]).encode()
    plain = tmp_path / "world.osm"
    plain.write_bytes(text)
    (tmp_path / "world.osm.gz").write_bytes(gzip.compress(text))
    (tmp_path / "world.osm.bz2").write_bytes(bz2.compress(text))
    as_pbf(plain, tmp_path / "world.osm.pbf")
    expected = read_osm(plain, quiet)
    for suffix in ("gz", "bz2", "pbf"):
        reading = read_osm(tmp_path / f"world.osm.{suffix}", quiet)
        assert (links(reading.draft), bans(reading.draft)) == (links(expected.draft), bans(expected.draft))


def as_pbf(source: Path, target: Path) -> None:
    writer = osmium.SimpleWriter(str(target))
    try:
        for thing in osmium.FileProcessor(str(source)):
            writer.add(thing)
    finally:
        writer.close()


def test_files_that_are_no_extract_are_refused_by_name(tmp_path: Path) -> None:
    whole, half = tmp_path / "whole.osm.pbf", tmp_path / "half.osm.pbf"
    plain = tmp_path / "world.osm"
    plain.write_text(world_xml(CROSS), encoding="utf-8")
    as_pbf(plain, whole)
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    text = tmp_path / "text.osm.pbf"
    text.write_text("dear reader, this is no map\n" * 50, encoding="utf-8")
    broken = tmp_path / "broken.osm"
    broken.write_text(world_xml(CROSS)[:-60], encoding="utf-8")
    packed = tmp_path / "packed.osm.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes())[:-30])
    for path in (half, text, broken, packed):
        with pytest.raises(BadInput, match=f"^{path.name}: cannot be read as OSM data"):
            read_osm(path, quiet)


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ([], "no drivable road in it .no way tagged"),
        ([(10, (1, 2), {"highway": "footway"})], "no drivable road in it .1 ways of other kinds"),
        ([(10, (97, 98, 99), STREET)], "not the places of their nodes"),
    ],
)
def test_an_extract_without_roads_is_refused(tmp_path: Path, ways: list[Way], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(tmp_path, ways)


def test_a_file_that_lists_ways_before_nodes_reads_the_same(tmp_path: Path) -> None:
    head, _, rest = world_xml(CROSS).partition("<node")
    nodes, _, ways = ("<node" + rest).partition("<way")
    path = tmp_path / "turned.osm"
    path.write_text(head + "<way" + ways.replace("</osm>", nodes + "</osm>"), encoding="utf-8")
    assert links(read_osm(path, quiet).draft) == links(read(tmp_path, CROSS).draft)
