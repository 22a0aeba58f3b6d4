"""The FLEET and SHOPS formats: trucks at their posts, and the places that cars are towed to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.load_fields import Faults, read_capabilities, read_degrees
from data.tables import Table, read_table, require_columns
from geo.faults import BadInput

TRUCK_COLUMNS = ("id", "lon", "lat", "can", "company", "shift")
SHOP_COLUMNS = ("id", "lon", "lat", "name", "can", "places", "unload_s")
DEFAULT_UNLOAD_S = 300
MAX_UNLOAD_S = 86_400
MAX_PLACES = 100_000
SHIFT = re.compile(r"(\d{1,2}):(\d{2}) ?[-–] ?(\d{1,2}):(\d{2})", re.ASCII)
DAY_MIN = 1440

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FleetTruck:
    """A truck and its post.

    `shift` is (first, last) minute of the local day; the last may be the smaller one: such a shift runs over midnight.
    None is always on duty.
    """

    id: str
    lon_deg: float
    lat_deg: float
    can: frozenset[str]
    company: str
    shift: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class FleetShop:
    """A place to tow to; `can` empty means that it takes every vehicle, `places` None that it is never full."""

    id: str
    name: str
    lon_deg: float
    lat_deg: float
    can: frozenset[str]
    places: int | None
    unload_s: int


def read_fleet(path: Path, *, warn: Warn) -> tuple[FleetTruck, ...]:
    """Trucks in file order; a file with a header alone is an empty fleet.

    Columns id, lon, lat and can are needed, company and shift may be absent. Raises BadInput with every faulty line.
    """
    table = _opened(path, TRUCK_COLUMNS, ("id", "lon", "lat", "can"), warn)
    ids, lon, lat, faults = _identities(table)
    trucks: list[FleetTruck] = []
    columns = [_cells(table, name) for name in ("can", "company", "shift")]
    for row, (can, company, shift) in enumerate(zip(*columns, strict=True)):
        try:
            truck = FleetTruck(ids[row], lon[row], lat[row], read_capabilities(can, "can"), company, read_shift(shift))
            trucks.append(truck)
        except ValueError as reason:
            _add(faults, row, str(reason))
    _refuse(table, faults)
    return tuple(trucks)


def read_shops(path: Path, *, warn: Warn) -> tuple[FleetShop, ...]:
    """Shops in file order. Columns id, lon and lat are needed; raises BadInput with every faulty line.

    Where the others are absent or empty: the name is the id, every vehicle is taken, there is no limit of places, and
    unloading takes DEFAULT_UNLOAD_S.
    """
    table = _opened(path, SHOP_COLUMNS, ("id", "lon", "lat"), warn)
    ids, lon, lat, faults = _identities(table)
    shops: list[FleetShop] = []
    columns = [_cells(table, name) for name in ("name", "can", "places", "unload_s")]
    for row, (name, can, places, unload) in enumerate(zip(*columns, strict=True)):
        try:
            shop = FleetShop(
                id=ids[row],
                name=name or ids[row],
                lon_deg=lon[row],
                lat_deg=lat[row],
                can=read_capabilities(can, "can") if can else frozenset(),
                places=_whole(places, "places", MAX_PLACES) if places else None,
                unload_s=_whole(unload, "unload_s", MAX_UNLOAD_S) if unload else DEFAULT_UNLOAD_S,
            )
            shops.append(shop)
        except ValueError as reason:
            _add(faults, row, str(reason))
    _refuse(table, faults)
    return tuple(shops)


def read_shift(cell: str) -> tuple[int, int] | None:
    """Minutes of the local day of `HH:MM-HH:MM`, None where empty; raises ValueError on anything else."""
    if not cell:
        return None
    found = SHIFT.fullmatch(cell)
    if found is None:
        raise ValueError(f"shift {cell!r}: write HH:MM-HH:MM in local time, or leave it empty for always")
    hours_and_minutes = [int(part) for part in found.groups()]
    first, last = (60 * hour + minute for hour, minute in (hours_and_minutes[:2], hours_and_minutes[2:]))
    if max(hours_and_minutes[1::2]) > 59 or first >= DAY_MIN or last > DAY_MIN:
        raise ValueError(f"shift {cell!r}: no such time of day (00:00 to 23:59, a shift may end at 24:00)")
    if first == last:
        raise ValueError(f"shift {cell!r}: begins when it ends; leave it empty for always")
    return first, last


def _opened(path: Path, columns: Sequence[str], required: Sequence[str], warn: Warn) -> Table:
    table = read_table(path, warn=warn)
    require_columns(table, required, columns)
    ignored = [name for name in table.columns if name and name not in columns]
    if ignored:
        warn(f"{table.name}: columns not used: {', '.join(ignored)}")
    return table


def _cells(table: Table, name: str) -> list[str]:
    return table.column(name) if name in table.columns else [""] * len(table)


def _identities(table: Table) -> tuple[list[str], list[float], list[float], Faults]:
    """Ids and places of all rows, and the reasons against rows that have no good ones."""
    ids = table.column("id")
    lon, lat, faults = read_degrees(table.column("lon"), table.column("lat"))
    line_of: dict[str, int] = {}
    for row, given in enumerate(ids):
        if not given:
            _add(faults, row, "id is empty")
        elif given in line_of:
            _add(faults, row, f"id {given!r} stands already on line {line_of[given]}")
        else:
            line_of[given] = table.lines[row]
    return ids, lon.tolist(), lat.tolist(), faults


def _add(faults: Faults, row: int, reason: str) -> None:
    faults[row] = f"{faults[row]}; {reason}" if row in faults else reason


def _whole(cell: str, column: str, highest: int) -> int:
    if not cell.isdecimal() or int(cell) > highest:
        raise ValueError(f"{column} {cell!r}: not a whole number from 0 to {highest}")
    return int(cell)


def _refuse(table: Table, faults: Faults) -> None:
    faults |= {row: table.faults[line] for row, line in enumerate(table.lines) if line in table.faults}
    if not faults:
        return
    listed = [f"line {table.lines[row]}: {reason}" for row, reason in sorted(faults.items())]
    raise BadInput(f"{table.name}: {len(listed)} of {len(table)} rows cannot be used; mend them", listed)
