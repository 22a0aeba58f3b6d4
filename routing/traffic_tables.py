"""How much slower roads are than at free flow, by hour of the week and class of road: tables shipped, and of one's own.

`china-default` is put together from what is published of Chinese cities; no hourly profile of them is open data:

- Height of the peaks: in 2020 a drive in the peaks (07-09 and 17-19) took 1.609 times as long as at free flow, the mean
  of 50 major cities (Amap, "Traffic analysis report of major Chinese cities 2020", as reported by Hualong, 2021-01-18).
  The factors of hours 7, 8, 17 and 18 of a working day have just this mean on main roads. Single cities differ a lot:
  Chongqing 2.26, Nanjing 1.82, Dongguan 1.61 in the commuters' peaks of 2020 (Baidu Maps, "Chinese urban traffic report
  2020"). Whoever has figures of the city should write a table of them.
- Evening against morning: 65 to 56 % of delay in Shenyang in 2014, 86 to 87 % in Chongqing in 2020 (TomTom Traffic
  Index); between these, 64 to 58 is taken. In most cities the hour from 8 is the worst of the morning (Amap, report of
  the second quarter of 2015), so it has more than the hour from 7.
- All day against the peaks: the mean delay is 0.49 (Chongqing 2020) to 0.59 (Tianjin 2013) of that in the peaks
  (TomTom). The hours between, chosen by us, leave 0.65 over Amap's day of 06-22 and nothing from midnight to 6.
- Classes: of Shenyang's delay 22 % stood on highways against 34 % elsewhere (TomTom 2014), so motorways and trunk roads
  (urban expressways) have 0.65 of the delay of main roads (primary to tertiary).

Assumed, without a source: half of the delay on lesser roads; weekends without peaks of commuters and with a flat
afternoon; working days all alike; no holidays. The factor holds for what a link takes. What turns cost, signals among
it, stays as it is, so a way as a whole is slowed a little less than the index says.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.faults import BadInput
from routing.arrays import read_only
from routing.roads import RoadClass

HOURS = 168
FREE_FLOW = 1000
SLOWEST = 20_000
"""Permille of the free-flow time, beyond which a factor is taken for a slip."""

COLUMNS = tuple(road_class.name.lower() for road_class in RoadClass)
WEEKDAY = (
    0, 0, 0, 0, 0, 0, 150, 520, 640, 450, 350, 330,
    280, 280, 320, 350, 450, 620, 656, 430, 280, 180, 100, 50,
)  # fmt: skip
WEEKEND = (
    0, 0, 0, 0, 0, 0, 40, 80, 150, 250, 330, 350,
    300, 290, 320, 350, 400, 430, 400, 320, 260, 180, 100, 50,
)  # fmt: skip
"""Permille of delay on main roads, by the hour of a day in China."""

EXPRESSWAY_PERCENT, LESSER_PERCENT = 65, 50
"""Of the delay on main roads."""


@dataclass(frozen=True, slots=True)
class TrafficTable:
    """Tables of equal figures are equal, whatever they are called.

    permille  int32[168, 9]  factor of the free-flow time by hour of the week (0 is Monday from 00:00, local time) and
                             by class of road (column k is RoadClass k + 1); 1000 is free flow, never less
    """

    name: str = field(compare=False)
    permille: NDArray[np.int32] = field(compare=False, repr=False)
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        """Raises ValueError where the shape is another or a factor is not within 1000..20000."""
        table = np.asarray(self.permille)
        if table.shape != (HOURS, len(RoadClass)):
            raise ValueError(f"a traffic table has {HOURS} hours and {len(RoadClass)} classes, not {table.shape}")
        if ((table < FREE_FLOW) | (table > SLOWEST)).any():
            raise ValueError(f"factors are permille from {FREE_FLOW} (free flow) to {SLOWEST}")
        kept = read_only(table.astype(np.int32), np.int32)
        object.__setattr__(self, "permille", kept)
        object.__setattr__(self, "sha256", hashlib.sha256(kept.tobytes()).hexdigest())

    @property
    def is_flat(self) -> bool:
        """Whether every hour is like free flow, so that no hour changes anything."""
        return bool((self.permille == FREE_FLOW).all())

    def of_hour(self, hour_of_week: int | None) -> NDArray[np.int32]:
        """int32[9]: factors by class; free flow where no hour is known."""
        return self.permille[hour_of_week] if hour_of_week is not None else np.full(len(RoadClass), FREE_FLOW, np.int32)


def _china() -> NDArray[np.int32]:
    main = np.array([*WEEKDAY * 5, *WEEKEND * 2], np.int32)
    percent = {RoadClass.MOTORWAY: EXPRESSWAY_PERCENT, RoadClass.TRUNK: EXPRESSWAY_PERCENT}
    percent |= dict.fromkeys((RoadClass.PRIMARY, RoadClass.SECONDARY, RoadClass.TERTIARY), 100)
    return FREE_FLOW + np.stack([main * percent.get(each, LESSER_PERCENT) // 100 for each in RoadClass], axis=1)


FREE = TrafficTable("free", np.full((HOURS, len(RoadClass)), FREE_FLOW, np.int32))
CHINA_DEFAULT = TrafficTable("china-default", _china())
SHIPPED = {table.name: table for table in (FREE, CHINA_DEFAULT)}


def get_table(named: str) -> TrafficTable:
    """A shipped table by its name, or one read from a CSV file by its path. Raises BadInput where there is neither."""
    if named in SHIPPED:
        return SHIPPED[named]
    path = Path(named)
    try:
        return read_table(path.read_text(encoding="utf-8-sig"), path.name)
    except (OSError, UnicodeDecodeError) as fault:
        said = f"neither {' nor '.join(SHIPPED)}, nor a file that can be read"
        raise BadInput(f"traffic {named!r}: {said} ({getattr(fault, 'strerror', None) or fault})") from fault


def read_table(text: str, source: str) -> TrafficTable:
    """A table from CSV with the columns `hour_of_week` (0..167, each once) and the classes (`motorway` to `service`).

    Raises BadInput that names every line at fault.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    wanted = ("hour_of_week", *COLUMNS)
    table = np.zeros((HOURS, len(COLUMNS)), np.int32)
    faults: list[str] = []
    try:
        if sorted(reader.fieldnames or ()) != sorted(wanted):
            raise BadInput(f"{source}, line 1: the columns of a traffic table are {','.join(wanted)}")
        for row in reader:
            try:
                hour = _whole(row["hour_of_week"], "hour_of_week", 0, HOURS - 1)
                if table[hour].any():
                    raise ValueError(f"hour_of_week {hour} stands twice")
                table[hour] = [_whole(row[name], name, FREE_FLOW, SLOWEST) for name in COLUMNS]
            except ValueError as fault:
                faults.append(f"line {reader.line_num}: {fault}")
    except csv.Error as fault:
        raise BadInput(f"{source}, line {reader.line_num}: not CSV ({fault})") from fault
    absent = np.flatnonzero(~table.any(axis=1)).tolist()
    if not faults and absent:
        faults.append(f"no row for hour_of_week {', '.join(map(str, absent[:10]))}")
    if faults:
        raise BadInput(f"{source}: {faults[0]}", faults)
    return TrafficTable(Path(source).stem, table)


def _whole(text: str | None, name: str, low: int, high: int) -> int:
    if text is None or not (text.isascii() and text.isdigit() and low <= int(text[:9]) <= high and len(text) < 10):
        raise ValueError(f"{name} {text!r} is no integer from {low} to {high}")
    return int(text)
