"""FLEET and SHOPS files: what they may say, and every way in which they may be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.fleets import FleetShop, FleetTruck, read_fleet, read_shift, read_shops
from geo.faults import BadInput


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "fleet.csv"


def test_a_fleet_as_the_format_says(written: Path) -> None:
    written.write_text(
        "id,lon,lat,can,company,shift\nT1,-71.3,-29.9,wheel_lift;crane,甲公司,\nT2,-71.2,-29.8,flatbed,B,19:00-07:00\n",
        encoding="gb18030",
    )
    heard: list[str] = []
    assert read_fleet(written, warn=heard.append) == (
        FleetTruck("T1", -71.3, -29.9, frozenset({"wheel_lift", "crane"}), "甲公司", None),
        FleetTruck("T2", -71.2, -29.8, frozenset({"flatbed"}), "B", (19 * 60, 7 * 60)),
    )
    assert len(heard) == 1


def test_shops_as_the_format_says(written: Path) -> None:
    written.write_text("id,lon,lat,name,can,places,unload_s\nS1,1,2,One,heavy,3,240\nS2,3,4,,,,\n")
    assert read_shops(written, warn=print) == (
        FleetShop("S1", "One", 1.0, 2.0, frozenset({"heavy"}), 3, 240),
        FleetShop("S2", "S2", 3.0, 4.0, frozenset(), None, 300),
    )


def test_company_and_shift_may_be_absent_and_other_columns_are_named(written: Path) -> None:
    written.write_text("id,lon,lat,can,colour\nT1,1,2,heavy,red\n")
    heard: list[str] = []
    assert read_fleet(written, warn=heard.append)[0].shift is None
    assert heard == ["fleet.csv: columns not used: colour"]


def test_an_empty_fleet_and_no_shop_are_results(written: Path) -> None:
    written.write_text("id,lon,lat,can,company,shift\n")
    assert read_fleet(written, warn=print) == ()
    assert read_shops(written, warn=lambda _: None) == ()


def test_every_fault_of_a_fleet_stands_by_its_line(written: Path) -> None:
    rows = [
        "T1,1,2,heavy,A,",
        "T1,1,2,heavy,A,",
        ",1,2,heavy,A,",
        "T3,200,2,heavy,A,",
        "T4,1,2,lift,A,",
        "T5,1,2,,A,",
        "T6,1,2,heavy,A,8-16",
        "T7,1",
        "T8,2,100,tow,A,25:00-26:00",
    ]
    written.write_text("\n".join(["id,lon,lat,can,company,shift", *rows]))
    with pytest.raises(BadInput, match="8 of 9 rows") as refused:
        read_fleet(written, warn=print)
    faults = refused.value.faults
    assert [fault.split(":")[0] for fault in faults] == [f"line {line}" for line in range(3, 11)]
    assert "'T1' stands already on line 2" in faults[0]
    assert "id is empty" in faults[1]
    assert "out of range" in faults[2]
    assert "known are wheel_lift, flatbed, heavy, crane, ev_dolly" in faults[3]
    assert "leaves a capability empty" in faults[4]
    assert "HH:MM-HH:MM" in faults[5]
    assert "2 cells where the header has 6" in faults[6]
    assert "swapped" in faults[7]
    assert "tow" in faults[7]


@pytest.mark.parametrize(
    ("column", "cell"), [("places", "-1"), ("places", "3.5"), ("unload_s", "five"), ("unload_s", "90000"), ("can", "x")]
)
def test_a_shop_with_a_wrong_number_is_refused(written: Path, column: str, cell: str) -> None:
    written.write_text(f"id,lon,lat,{column}\nS1,1,2,{cell}\n")
    with pytest.raises(BadInput) as refused:
        read_shops(written, warn=print)
    assert refused.value.faults[0].startswith(f"line 2: {column}")


def test_a_missing_column_is_named(written: Path) -> None:
    written.write_text("id,lon,lat\n")
    with pytest.raises(BadInput, match="no column can"):
        read_fleet(written, warn=print)


@pytest.mark.parametrize(
    ("cell", "shift"),
    [
        ("", None),
        ("07:00-19:00", (420, 1140)),
        ("7:00 - 19:30", (420, 1170)),
        ("19:00-07:00", (1140, 420)),
        ("00:00-24:00", (0, 1440)),
        ("22:00-00:00", (1320, 0)),
    ],
)
def test_shifts(cell: str, shift: tuple[int, int] | None) -> None:
    assert read_shift(cell) == shift


@pytest.mark.parametrize("cell", ["08:00-08:00", "24:00-08:00", "08:60-09:00", "08:00-24:01", "8-16", "always"])
def test_what_is_no_shift(cell: str) -> None:
    with pytest.raises(ValueError, match="shift"):
        read_shift(cell)
