"""Posted weights and heights, and streets closed to goods vehicles: values, directions, and what is only counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.osm_limits import UNLIMITED, centimetres_of, kilograms_of, limits_of
from tests.osm_worlds import CROSS, STREET, Tags, links, read


@pytest.mark.parametrize(
    ("text", "kg"),
    [
        ("3.5", 3500), ("12 t", 12_000), ("7,5t", 7500), ("18 tonnes", 18_000), ("3500 kg", 3500),
        ("20000 lbs", 9071), ("10 st", 9071), ("5 lt", 5080), ("100 cwt", 5080),
        ("none", 0), ("unsigned", 0), ("default", 0),
        ("16 tons", None), ("heavy", None), ("", None), ("0", None), ("-3", None), ("9000", None), ("3.5 - 7", None),
    ],
)  # fmt: skip
def test_weights(text: str, kg: int | None) -> None:
    assert kilograms_of(text) == kg


@pytest.mark.parametrize(
    ("text", "cm"),
    [
        ("3.8", 380), ("4.20 m", 420), ("2,75 m", 275), ("390 cm", 390),
        # A foot is 30.48 cm: 13 ft are 396.24, with 8 inches 416.56. Rounded down.
        ("13'8\"", 416), ("13'", 396), ("13′8″", 416), ("13 ft 8 in", 416), ("13 ft", 396), ("12'6.5\"", 382),
        ("default", 0), ("none", 0), ("below_default", 0), ("no_indications", 0),
        ("190", None), ("0.2", None), ("tall", None), ("", None), ("3.8.1", None),
    ],
)  # fmt: skip
def test_heights(text: str, cm: int | None) -> None:
    assert centimetres_of(text) == cm


@given(st.integers(100, 500_000))
def test_a_weight_is_the_same_in_every_unit(kg: int) -> None:
    assert kilograms_of(f"{kg} kg") == kilograms_of(f"{kg / 1000:.3f}") == kilograms_of(f"{kg / 1000:.3f} t") == kg


@given(st.integers(2, 64), st.integers(0, 11))
def test_a_height_in_feet_and_inches_is_never_above_the_sign_nor_a_centimetre_below(feet: int, inches: int) -> None:
    cm = centimetres_of(f"{feet}'{inches}\"")
    sign_cm = (feet * 12 + inches) * 2.54
    assert cm is not None
    assert sign_cm - 1 < cm <= sign_cm + 1e-6


@pytest.mark.parametrize(
    ("tags", "weight_kg", "height_cm", "no_heavy"),
    [
        ({"maxweight": "12"}, (12_000, 12_000), (0, 0), (False, False)),
        ({"maxweight": "12", "maxweight:backward": "5"}, (12_000, 5000), (0, 0), (False, False)),
        ({"maxweight": "12", "maxweightrating": "7.5"}, (7500, 7500), (0, 0), (False, False)),
        ({"maxgcweight": "40"}, (40_000, 40_000), (0, 0), (False, False)),
        ({"maxweightrating:hgv": "3.5"}, (3500, 3500), (0, 0), (False, False)),
        ({"maxweight": "7.5;3.5"}, (3500, 3500), (0, 0), (False, False)),
        ({"maxweight:bus": "5"}, (0, 0), (0, 0), (False, False)),
        ({"maxheight": "4", "maxheight:forward": "3.5"}, (0, 0), (350, 400), (False, False)),
        ({"maxheight": "default", "maxheight:physical": "3.9"}, (0, 0), (390, 390), (False, False)),
        ({"hgv": "no"}, (0, 0), (0, 0), (True, True)),
        ({"hgv:forward": "no"}, (0, 0), (0, 0), (True, False)),
        ({"hgv": "no", "hgv:backward": "yes"}, (0, 0), (0, 0), (True, False)),
        ({"goods": "no"}, (0, 0), (0, 0), (True, True)),
        ({"goods": "no", "hgv": "designated"}, (0, 0), (0, 0), (False, False)),
        ({"hgv": "private"}, (0, 0), (0, 0), (True, True)),
        ({"hgv": "no;delivery"}, (0, 0), (0, 0), (False, False)),
    ],
)
def test_limits_of_a_way_along_its_nodes_and_against_them(
    tags: Tags, weight_kg: tuple[int, int], height_cm: tuple[int, int], no_heavy: tuple[bool, bool]
) -> None:
    limits = limits_of(tags)
    assert (limits.max_weight_kg, limits.max_height_cm, limits.no_heavy) == (weight_kg, height_cm, no_heavy)
    assert limits.unreadable == 0


def test_a_way_without_limits_has_none() -> None:
    assert limits_of({"highway": "primary", "maxspeed": "50", "name": "hgv"}) is UNLIMITED


def test_limits_come_onto_the_links_of_their_direction(tmp_path: Path) -> None:
    tags = {"maxweight:forward": "12", "maxheight:backward": "3.5", "hgv:backward": "no"}
    draft = read(tmp_path, [(10, (1, 2), {**STREET, **tags}), *CROSS[1:]]).draft
    assert links(draft)[:2] == [(1, 2, 10), (2, 1, 10)]
    assert draft.link_max_weight_kg.tolist() == [12_000, *[0] * 7]
    assert draft.link_max_height_cm.tolist() == [0, 350, *[0] * 6]
    assert draft.link_no_heavy.tolist() == [False, True, *[False] * 6]


def test_what_cannot_be_kept_of_limits_is_counted(tmp_path: Path) -> None:
    tags: list[Tags] = [
        {"hgv": "destination"}, {"hgv:conditional": "no @ (22:00-06:00)", "maxheight": "190"},
        {"maxweight": "a lot", "maxheight": "tall"},
    ]  # fmt: skip
    ways = [(key, refs, {**STREET, **more}) for (key, refs, _), more in zip(CROSS, tags, strict=False)]
    reading = read(tmp_path, ways, nodes={1: {"maxheight": "low"}})
    assert not reading.draft.link_max_height_cm.any()
    assert not reading.draft.link_no_heavy.any()
    assert reading.notes == (
        "1 ways limit weight, height or goods vehicles at certain times only: not kept",
        "1 ways let goods vehicles in with a reason only (hgv=destination ...): read as open",
        "4 values of maxweight or maxheight cannot be read, or are no weight or height of a vehicle",
    )
