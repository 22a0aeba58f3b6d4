"""A city written and opened again is the same to the bit; a damaged, foreign or newer bundle is refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.faults import BadInput
from routing.build import build_city
from routing.bundle import MANIFEST, open_city, save_city
from routing.bundle_schema import COLUMNS, ROAD_COLUMNS, STRUCTURE_COLUMNS, VERSION, columns_of, structure_from
from routing.hierarchy import LOOP
from routing.positions import Positions
from routing.roads import City, Roads
from routing.router import Router
from routing.soundness import gap, unsound_structure
from tests.small_worlds import EXAMPLES
from tests.worlds import city_of_roads, grid_world, link_between, with_path_bans


def quiet(_: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def city(tmp_path: Path) -> City:
    """A triangle of streets with a ban and a hospital."""
    folder = tmp_path / "source" / "triangle"
    folder.mkdir(parents=True)
    (folder / "node.csv").write_text("node_id,x_coord,y_coord\n1,120.1,33.3\n2,120.2,33.3\n3,120.1,33.4\n", "utf-8")
    (folder / "link.csv").write_text(
        "link_id,from_node_id,to_node_id,directed,name\na,1,2,0,解放路\nb,2,3,0,\nc,3,1,1,c\n", "utf-8"
    )
    (folder / "movement.csv").write_text("node_id,ib_link_id,ob_link_id,allowed_uses\n2,a,b,none\n", "utf-8")
    (folder / "poi.csv").write_text("kind,name,lon,lat\nhospital,市一院,120.15,33.35\n", "utf-8")
    return build_city(folder, name="triangle", progress=quiet)


def same(left: City, right: City) -> bool:
    one, other = columns_of(left), columns_of(right)
    columns = all(one[name].dtype == other[name].dtype and np.array_equal(one[name], other[name]) for name in COLUMNS)
    return columns and (left.facts, left.pois, left.roads.names) == (right.facts, right.pois, right.roads.names)


def test_the_schema_lists_every_column_of_roads() -> None:
    assert [*ROAD_COLUMNS, "names"] == [field.name for field in dataclasses.fields(Roads)]


def test_a_city_opened_again_is_the_same_to_the_bit(city: City, tmp_path: Path) -> None:
    folder = tmp_path / "home 城" / "cities" / "triangle"
    save_city(city, folder)
    opened = open_city(folder, verify=True)
    assert same(opened, city)
    assert [path.name for path in folder.parent.iterdir()] == ["triangle"]


def test_a_city_without_bans_has_empty_columns_that_open_too(city: City, tmp_path: Path) -> None:
    none = np.zeros(0, np.int32)
    facts = dataclasses.replace(city.facts, turn_bans=0)
    bare = dataclasses.replace(city, facts=facts, roads=dataclasses.replace(city.roads, ban_in=none, ban_out=none))
    save_city(bare, tmp_path / "bare")
    assert same(open_city(tmp_path / "bare", verify=True), bare)


def test_opened_columns_are_plain_contiguous_and_cannot_be_written(city: City, tmp_path: Path) -> None:
    save_city(city, tmp_path / "triangle")
    for one in (city, open_city(tmp_path / "triangle")):
        for column in columns_of(one).values():
            assert type(column) is np.ndarray
            assert column.flags.c_contiguous
            with pytest.raises(ValueError, match="read-only"):
                column[:1] = 0


def test_an_older_city_is_replaced_and_stays_while_the_new_one_fails(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cities" / "triangle"
    save_city(city, folder)
    renamed = dataclasses.replace(city, facts=dataclasses.replace(city.facts, source="second"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(np, "save", full)
        with pytest.raises(BadInput, match="No space left on device"):
            save_city(renamed, folder)
    assert open_city(folder, verify=True).facts.source == "triangle"
    save_city(renamed, folder)
    assert open_city(folder, verify=True).facts.source == "second"
    assert [path.name for path in folder.parent.iterdir()] == ["triangle"]


def test_if_the_new_one_cannot_be_moved_in_the_old_one_is_put_back(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cities" / "triangle"
    save_city(city, folder)
    rename = Path.rename

    def fails_for_new(self: Path, target: Path) -> Path:
        if target == folder and not self.name.endswith(".old"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_for_new)
    with pytest.raises(BadInput, match="nothing was changed"):
        save_city(city, folder)
    assert same(open_city(folder, verify=True), city)
    assert [path.name for path in folder.parent.iterdir()] == ["triangle"]


def test_what_is_no_city_is_not_overwritten(city: City, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_bytes(b"cat")
    with pytest.raises(BadInput, match="something that is no city stands there"):
        save_city(city, tmp_path / "photos")
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(BadInput, match="cannot be written"):
        save_city(city, tmp_path / "file" / "triangle")


def cut_short(folder: Path) -> None:
    path = folder / "link_head.npy"
    path.write_bytes(path.read_bytes()[:-4])


def remove(folder: Path) -> None:
    (folder / "shape_lon_e7.npy").unlink()


def other_dtype(folder: Path) -> None:
    resave(folder, "link_head", np.load(folder / "link_head.npy").astype(np.float32))


def other_shape(folder: Path) -> None:
    resave(folder, "link_head", np.load(folder / "link_head.npy").reshape(1, -1))


def no_array(folder: Path) -> None:
    path = folder / "link_head.npy"
    path.write_bytes(b"x" * path.stat().st_size)


def resave(folder: Path, name: str, values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> None:
    """Replaces a column and lets the manifest agree on the number of bytes."""
    np.save(folder / f"{name}.npy", values)
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["arrays"][name]["bytes"] = (folder / f"{name}.npy").stat().st_size
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def shorter_column(folder: Path) -> None:
    resave(folder, "link_lanes", np.load(folder / "link_lanes.npy")[:-1])
    edit(lambda manifest: manifest["arrays"]["link_lanes"].update(shape=[4]))(folder)


def one_signal_less(folder: Path) -> None:
    resave(folder, "link_signal", np.load(folder / "link_signal.npy")[:-1])
    edit(lambda manifest: manifest["arrays"]["link_signal"].update(shape=[4]))(folder)


def no_path_offset(folder: Path) -> None:
    resave(folder, "path_ban_offset", np.zeros(0, np.int64))
    edit(lambda manifest: manifest["arrays"]["path_ban_offset"].update(shape=[0]))(folder)


def lost_path(folder: Path) -> None:
    resave(folder, "path_ban_offset", np.array([0, 3]))
    edit(lambda manifest: manifest["arrays"]["path_ban_offset"].update(shape=[2]))(folder)


def change(name: str, to: Callable[[NDArray[Any]], NDArray[Any]]) -> Callable[[Path], None]:
    """Puts another column of the same dtype in, to which the manifest agrees."""

    def apply(folder: Path) -> None:
        old = np.load(folder / f"{name}.npy")
        values = np.asarray(to(old.copy()), old.dtype)
        resave(folder, name, values)
        edit(lambda manifest: manifest["arrays"][name].update(shape=list(values.shape)))(folder)

    return apply


def put(row: int, value: int) -> Callable[[NDArray[Any]], NDArray[Any]]:
    def apply(column: NDArray[Any]) -> NDArray[Any]:
        column[row] = value
        return column

    return apply


def no_parents(folder: Path) -> None:
    change("rank_parent", lambda parent: np.full_like(parent, -1))(folder)


def an_arc_lost(folder: Path) -> None:
    """The last arc of `up` that no turn needs goes."""
    columns = {name: np.load(folder / f"{name}.npy") for name in ("turn_arc", "up_offset", "up_top")}
    (spare, *_) = sorted({*range(len(columns["up_top"]))} - {*columns["turn_arc"].tolist()})
    change("up_top", lambda top: np.delete(top, spare))(folder)
    change("up_offset", lambda offset: offset - (offset > spare))(folder)
    change("turn_arc", lambda arc: arc - (arc > spare))(folder)


def edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        change(manifest)
        (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")

    return apply


def garble(folder: Path) -> None:
    (folder / MANIFEST).write_text('{"format": "towl', "utf-8")


def no_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (cut_short, r"damaged: link_head\.npy has \d+ bytes, not \d+"),
        (remove, r"damaged: shape_lon_e7\.npy is missing"),
        (other_dtype, r"damaged: link_head\.npy is float32"),
        (other_shape, r"damaged: link_head\.npy is int32\[1, 5\]"),
        (no_array, r"damaged: link_head\.npy is no array file"),
        (shorter_column, "damaged: link_lanes has 4 rows, not 5"),
        (one_signal_less, "damaged: link_signal has 4 rows, not 5"),
        (no_path_offset, "damaged: path_ban_offset is empty"),
        (lost_path, "damaged: path_ban_link has 0 rows, not 3"),
        (edit(lambda manifest: manifest["facts"].update(nodes=7)), "damaged: the facts speak of 7 nodes"),
        (edit(lambda manifest: manifest["facts"].pop("timezone")), "damaged: manifest.json lacks or garbles"),
        (edit(lambda manifest: manifest["facts"].update(bbox=[1, 2])), "damaged: manifest.json lacks or garbles"),
        (edit(lambda manifest: manifest["arrays"].pop("ban_in")), "lacks or garbles 'ban_in'"),
        (garble, "damaged: manifest.json cannot be read"),
        (no_manifest, "no city bundle .manifest.json is missing"),
        (edit(lambda manifest: manifest.update(format="other")), "not that of a Towline city"),
        (
            edit(lambda manifest: manifest.update(version=VERSION + 1)),
            f"written by a newer Towline .format {VERSION + 1}, this one reads {VERSION}",
        ),
        (
            edit(lambda manifest: manifest.update(version=VERSION - 1)),
            f"an older Towline wrote this city .format {VERSION - 1}, .* towline city build SOURCE --name triangle",
        ),
        (edit(lambda manifest: manifest.update(version="1")), "format version .* is not known"),
    ],
)
def test_a_bundle_that_is_not_whole_is_refused(
    city: City, tmp_path: Path, harm: Callable[[Path], None], words: str
) -> None:
    folder = tmp_path / "triangle"
    save_city(city, folder)
    harm(folder)
    with pytest.raises(BadInput, match=words):
        open_city(folder)


@pytest.fixture
def square(tmp_path: Path) -> Path:
    """A bundle of nine crossings with a banned path, and arcs that no turn needs."""
    roads = grid_world(3, 3)
    path = [link_between(roads, 0, 1), link_between(roads, 1, 4), link_between(roads, 4, 7)]
    save_city(city_of_roads(with_path_bans(roads, [path]), "square"), tmp_path / "square")
    return tmp_path / "square"


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (change("turn_node_link", lambda node: node[:20]), "turn_offset has 26 rows, not 21"),
        (change("turn_node_link", lambda node: node[::-1]), "turn_node_link does not begin with each link"),
        (change("turn_node_link", put(24, 24)), "turn_node_link holds a row that does not exist"),
        (change("turn_offset", put(3, 99)), "turn_offset does not divide turn_onward"),
        (change("turn_offset", put(0, 1)), "turn_offset does not divide turn_onward"),
        (change("turn_onward", put(-1, 25)), "turn_onward holds a row that does not exist"),
        (change("turn_onward", lambda onward: onward[::-1]), "turn_onward does not ascend within its rows"),
        (change("rank_order", put(0, -1)), "rank_order holds a row that does not exist"),
        (change("rank_order", lambda order: np.append(order[1:], order[1])), "rank_order does not name each node"),
        (change("rank_order", lambda order: order[::-1]), "turn_arc"),
        (change("rank_order", lambda order: order.reshape(1, -1)), "rank_order is no plain column"),
        (change("rank_parent", put(3, 3)), "rank_parent leads down"),
        (change("rank_parent", put(3, -2)), "rank_parent holds a row that does not exist"),
        (change("rank_parent", lambda parent: parent[1:]), "rank_parent has 24 rows, not 25"),
        (no_parents, "up_top leads to a rank that is no ancestor"),
        (change("up_offset", lambda offset: offset + 1), "up_offset does not divide up_top"),
        (change("up_top", put(0, 0)), "up_top leads down"),
        (change("up_top", put(-1, 25)), "up_top holds a row that does not exist"),
        (change("down_top", put(0, 0)), "down_top leads down"),
        (change("down_offset", lambda offset: np.append(offset, offset[-1])), "down_offset has 27 rows, not 26"),
        (change("turn_arc", lambda arc: arc[:-1]), r"turn_arc has \d+ rows"),
        (change("turn_arc", put(0, 10_000)), "turn_arc holds an arc that does not exist"),
        (change("turn_arc", put(0, -10_000)), "turn_arc holds an arc that does not exist"),
        (change("turn_arc", put(0, int(LOOP))), "turn_arc calls a turn a loop that is none"),
        (change("turn_arc", lambda arc: np.roll(arc, 1)), "turn_arc"),
        (an_arc_lost, r"an arc above rank \d+ is missing"),
    ],
)
def test_a_hierarchy_that_would_lead_a_search_astray_is_refused(
    square: Path, harm: Callable[[Path], None], words: str
) -> None:
    assert open_city(square).roads.path_ban_count == 1
    harm(square)
    with pytest.raises(BadInput, match=f"square: damaged: {words}"):
        open_city(square)


@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_hierarchy_with_any_one_figure_changed_is_refused_or_answers_the_same(
    data: st.DataObject, square: Path
) -> None:
    city = open_city(square)
    columns = columns_of(city)
    name = data.draw(st.sampled_from(sorted(STRUCTURE_COLUMNS)))
    values = columns[name].copy()
    row = data.draw(st.integers(0, len(values) - 1))
    values[row] = data.draw(st.integers(-2, 120) | st.sampled_from([int(LOOP), 2**31 - 1]))
    harmed = {**columns, name: values}
    if unsound_structure(harmed, city.roads.link_count) is not None:
        return
    structure = structure_from(harmed, city.roads.link_count)
    if gap(structure.hierarchy) is not None:
        return
    links = np.arange(city.roads.link_count, dtype=np.int32)
    places = Positions(links, city.roads.link_reverse, np.full(len(links), 0.25), np.zeros(len(links)))
    again = Router.of(dataclasses.replace(city, structure=structure)).table(places, places)
    np.testing.assert_array_equal(again, Router.of(city).table(places, places))


def test_a_changed_byte_is_found_when_verified(city: City, tmp_path: Path) -> None:
    folder = tmp_path / "triangle"
    save_city(city, folder)
    path = folder / "link_duration_ms.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    assert open_city(folder).roads.link_count == 5
    with pytest.raises(BadInput, match=r"link_duration_ms\.npy is not what was written"):
        open_city(folder, verify=True)


def test_a_city_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such city"):
        open_city(tmp_path / "nowhere")
