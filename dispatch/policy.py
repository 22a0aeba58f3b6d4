"""The policy: which rule decides, at what prices, and the promises that bind it. Read from TOML, or one of the shipped.

`closest-idle` and `finish-then-go` are the practices that dispatchers follow by hand; `batch-30` and `reassign` solve
an assignment without and with redirection; `production` is the ladder with priced switches and the must-serve tier.
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from dispatch.problem import Weights
from dispatch.solver.budget import DEFAULT_WORK
from geo.faults import BadInput
from routing.traffic_tables import FREE, TrafficTable, get_table
from routing.traffic_tables import SHIPPED as TABLES

MAX_WEIGHT = 10_000


class Rule(StrEnum):
    PRODUCTION = "production"
    CLOSEST_IDLE = "closest-idle"
    FINISH_THEN_GO = "finish-then-go"
    BATCH_30 = "batch-30"
    REASSIGN = "reassign"


@dataclass(frozen=True, slots=True)
class Policy:
    """Spans in seconds; `latency_ms_per_1000_units` is what a solve is charged in a simulation for its work units.

    `eta_p90_percent`: the 90 % quantile of what is left of a drive is taken to be this much of its expected time; it is
    a factor and not calibrated on anything. `archive_after_s`: a rescue that has been over for so long leaves the live
    state; not before its tracking link has ended. `late_by_s`: a truck under way that is expected so much later than
    was told is looked at anew. `reload_s`: what taking a vehicle over from a truck that broke down is expected to last.
    `traffic`: how much slower than free flow each hour of the week is.
    """

    name: str
    rule: Rule
    weights: Weights = field(default_factory=Weights)
    promise_after_s: int = 1200
    must_serve_age_s: int = 3600
    offer_s: int = 90
    work: int = DEFAULT_WORK
    latency_ms_per_1000_units: int = 1
    eta_p90_percent: int = 150
    archive_after_s: int = 48 * 3600
    late_by_s: int = 300
    reload_s: int = 900
    traffic: TrafficTable = FREE

    @property
    def redirects(self) -> bool:
        """Whether a truck may be called off a job that it is driving to."""
        return self.rule in (Rule.PRODUCTION, Rule.REASSIGN)

    @property
    def has_must_serve_tier(self) -> bool:
        return self.rule is Rule.PRODUCTION

    @property
    def interval_ms(self) -> int:
        """Decisions are taken at multiples of this; 0 is at once."""
        return 30_000 if self.rule is Rule.BATCH_30 else 0


PRODUCTION_WEIGHTS = Weights(wait=1, late=1, blocked=1, empty_drive=0, overtime=1, tow_detour=1, theta=90, kappa=0)
"""A switch must save a minute and a half of waiting; a tow detour costs as much as waiting. Chosen on the days of
benchmarks/days: a dearer lateness serves those first who are late already and makes all wait longer, a dearer switch
forgoes more than it spares, a price on empty drives pays in the deepest backlog alone (docs/days.md)."""

REASSIGN_WEIGHTS = dataclasses.replace(PRODUCTION_WEIGHTS, late=3, theta=0, kappa=0)
"""Prices of the practices that solve an assignment; they have stayed as they were when ours were chosen anew."""

SHIPPED = {
    policy.name: policy
    for policy in (
        Policy("production", Rule.PRODUCTION, PRODUCTION_WEIGHTS),
        Policy("closest-idle", Rule.CLOSEST_IDLE),
        Policy("finish-then-go", Rule.FINISH_THEN_GO),
        Policy("batch-30", Rule.BATCH_30, REASSIGN_WEIGHTS),
        Policy("reassign", Rule.REASSIGN, REASSIGN_WEIGHTS),
    )
}

_LIMITS = {
    "promise_after_s": (1, 10**6),
    "must_serve_age_s": (1, 10**6),
    "offer_s": (1, 3600),
    "work": (1, 10**12),
    "latency_ms_per_1000_units": (0, 10**6),
    "eta_p90_percent": (100, 1000),
    "archive_after_s": (2 * 3600, 10**9),
    "late_by_s": (30, 10**6),
    "reload_s": (0, 86_400),
}


def get_policy(named: str) -> Policy:
    """A shipped policy by its name, or one read from a TOML file by its path.

    Raises BadInput where there is neither, or where the file has an unknown key or a value out of range.
    """
    if named in SHIPPED:
        return SHIPPED[named]
    path = Path(named)
    if not path.is_file():
        raise BadInput(f"policy {named!r}: neither a file nor one of {', '.join(SHIPPED)}")
    return read_policy(path.read_bytes(), source=path.name, folder=path.parent)


def read_policy(text: bytes, source: str, folder: Path | None = None) -> Policy:
    """A policy from TOML: what a file leaves out is the shipped policy's of its rule (`production` without one).

    `traffic` is a shipped table or a file of one, seen from `folder`. Raises BadInput that names every unknown key and
    every value out of range.
    """
    try:
        document = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{source}: not a TOML file: {error}") from error
    faults: list[str] = []
    rule = document.pop("rule", Rule.PRODUCTION.value)
    if rule not in SHIPPED:
        raise BadInput(f"{source}: rule {rule!r} is not one of {', '.join(SHIPPED)}")
    base = SHIPPED[rule]
    weights = document.pop("weights", {})
    if not isinstance(weights, dict):
        raise BadInput(f"{source}: weights must be a table ([weights])")
    traffic = _table(document.pop("traffic", base.traffic.name), folder or Path(), source)
    known = {f.name for f in dataclasses.fields(Weights)}
    for key, value in weights.items():
        if key not in known:
            faults.append(f"weights.{key}: unknown key; known are {', '.join(sorted(known))}")
        else:
            faults += _range_faults(f"weights.{key}", value, 0, MAX_WEIGHT)
    for key, value in document.items():
        if key not in _LIMITS:
            faults.append(f"{key}: unknown key; known are rule, weights, traffic, {', '.join(_LIMITS)}")
        else:
            faults += _range_faults(key, value, *_LIMITS[key])
    if faults:
        raise BadInput(f"{source}: {faults[0]}", faults)
    weights = dataclasses.replace(base.weights, **weights)
    return dataclasses.replace(base, name=Path(source).stem, weights=weights, traffic=traffic, **document)


def _table(named: object, folder: Path, source: str) -> TrafficTable:
    if not isinstance(named, str):
        raise BadInput(f"{source}: traffic: must be one of {', '.join(TABLES)}, or a file, not {named!r}")
    return get_table(named if named in TABLES else str(folder / named))


def _range_faults(key: str, value: object, low: int, high: int) -> list[str]:
    if type(value) is not int or not low <= value <= high:
        return [f"{key}: must be an integer from {low} to {high}, not {value!r}"]
    return []
