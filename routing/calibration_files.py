"""Calibrations at rest: as JSON, and as a traffic table that every verb with `--traffic` takes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from geo.faults import BadInput
from routing.calibration import CLASSES, Calibration
from routing.calibration_doubt import Doubt
from routing.traffic_tables import COLUMNS, FREE_FLOW, HOURS, SLOWEST, TrafficTable

FORMAT = "towline-calibration-1"


def document_of(calibration: Calibration, doubt: Doubt | None = None) -> dict[str, Any]:
    """What a file holds; `calibration_of` reads it again. Without `doubt` it says nothing of how sure it is."""
    return {
        "format": FORMAT,
        "class_permille": dict(zip(COLUMNS, calibration.class_permille, strict=True)),
        "turn_permille": calibration.turn_permille,
        "constant_ms": calibration.constant_ms,
        "trips": calibration.trips,
        "share_permille": dict(zip(COLUMNS, calibration.share_permille, strict=True)),
        "standard_error": None
        if doubt is None
        else asdict(doubt) | {"class_permille": dict(zip(COLUMNS, doubt.class_permille, strict=True))},
    }


def calibration_of(text: str, source: str) -> Calibration:
    """The calibration of a file's text. Raises BadInput that names the source and what is wrong with it."""
    try:
        told = json.loads(text)
        if told["format"] != FORMAT:
            raise ValueError(f"its format is {told['format']!r}, not {FORMAT!r}")
        found = Calibration(
            class_permille=tuple(_whole(told["class_permille"][name], 1) for name in COLUMNS),
            turn_permille=_whole(told["turn_permille"], 0),
            constant_ms=_whole(told["constant_ms"], 0),
            trips=_whole(told["trips"], 0),
            share_permille=tuple(_whole(told["share_permille"][name], 0) for name in COLUMNS),
        )
    except KeyError as fault:
        raise BadInput(f"{source}: no calibration, {fault.args[0]} is missing") from fault
    except (TypeError, ValueError) as fault:
        raise BadInput(f"{source}: no calibration ({fault})") from fault
    return found


def traffic_table(calibration: Calibration, name: str) -> tuple[TrafficTable, tuple[str, ...]]:
    """The factors of the classes as a table that is alike at all hours, and the classes whose factor it cannot hold.

    No table makes a road quicker than free flow: such a factor stands in it as free flow. What turns and the constant
    came to is not in it either.
    """
    factor = np.array(calibration.class_permille, np.int64)
    held = np.clip(factor, FREE_FLOW, SLOWEST)
    lost = tuple(CLASSES[k].name.lower() for k in np.flatnonzero(held != factor).tolist())
    return TrafficTable(name, np.tile(held, (HOURS, 1)).astype(np.int32)), lost


def table_csv(table: TrafficTable) -> str:
    """As `traffic_tables.read_table` reads it."""
    lines = [",".join(("hour_of_week", *COLUMNS))]
    lines += [",".join(map(str, (hour, *row))) for hour, row in enumerate(table.permille.tolist())]
    return "\n".join(lines) + "\n"


def _whole(value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{value!r} is no whole number from {least}")
    return value
