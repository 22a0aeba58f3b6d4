"""The calls of the demo: a generated load, and what becomes of a few of them; the same for the same seed and day.

Everything about a call, its keys included, follows from the seed and the instant of its accident: a world that is
started anew makes the same calls, the service knows them by their keys, and nothing is reported twice. The service
clock never shows an instant twice, so that no key is met again in a later run either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from data.catalogue import zones_of
from data.fleets import FleetShop
from data.generate import generate_load
from data.loads import Severity
from routing.roads import City

Json = dict[str, Any]

AGAIN, NEARBY = "-again", "-nearby"
"""How a case ends its reference that is the same accident as the one without, or another one beside it."""

AS_CASE_SHARE = 0.3
AGAIN_SHARE = 0.04
NEARBY_SHARE = 0.015
WITHDRAWN_SHARE = 0.02
SHOP_CHOSEN_SHARE = 0.08
VEHICLES: tuple[tuple[float, tuple[tuple[str, str], ...]], ...] = (
    (0.68, (("car", "wheel_lift"),)),
    (0.14, (("car", "flatbed"),)),
    (0.05, (("ev", "ev_dolly"),)),
    (0.08, (("car", "wheel_lift"), ("car", "wheel_lift"))),
    (0.03, (("truck", "heavy"),)),
    (0.02, (("truck", "heavy"), ("truck", "crane"))),
)
"""How often which vehicles need what: assumed, so that every kind of truck has something to do."""

DAMAGES = ("front", "rear", "left", "right")
SEVERITIES = {Severity.DEATH: "death", Severity.INJURY: "injury", Severity.DAMAGE: "damage"}
LETTERS = "BCDFGHJKLPRSTVWXYZ"
METRES_A_DEGREE = 111_195


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody reports an accident: `body` is posted to `path` under `key`."""

    at_ms: int
    case_ref: str
    key: str
    path: str
    body: Json


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The caller needs no truck any more."""

    at_ms: int
    case_ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Accident:
    at_ms: int
    case_ref: str
    key: str

    def followed(self, at_ms: int, ending: str) -> _Accident:
        return _Accident(at_ms, self.case_ref + ending, self.key + ending)


def first_of(case_ref: str) -> str | None:
    """The reference of the accident that was called in before this one; None where this is the first call."""
    return next((case_ref.removesuffix(each) for each in (AGAIN, NEARBY) if case_ref.endswith(each)), None)


def calls_of_day(
    city: City, day: dt.date, shops: Sequence[FleetShop], *, seed: int, per_day: float
) -> list[Call | Withdrawal]:
    """What is called in of the accidents of a local day, by time; a second call may come after midnight."""
    zone = ZoneInfo(city.facts.timezone)
    load = generate_load(
        city=city, zones=zones_of(city), from_day=day, to_day=day, zone=zone, seed=seed, per_day=per_day
    )
    found: list[Call | Withdrawal] = []
    for row in range(len(load)):
        at_ms = int(load.at_ms[row])
        rng = np.random.default_rng((seed, at_ms, row))
        rescue: Json = {
            "vehicles": _vehicles(rng),
            "lanes_blocked": int(load.lanes_blocked[row]),
            "person_waiting": bool(load.person_waiting[row]),
            "consent": True,
        }
        if severity := SEVERITIES.get(Severity(int(load.severity[row]))):
            rescue["severity"] = severity
        if rng.random() < SHOP_CHOSEN_SHARE:
            rescue["shop_id"] = _shop(rng, rescue["vehicles"], shops)
        place = float(load.lon_deg[row]), float(load.lat_deg[row])
        accident = _Accident(at_ms, f"DEMO-{day:%m%d}-{row + 1:03d}", f"demo-{seed}-{at_ms}-{row}")
        found += _calls(rng, accident, place, rescue)
    return sorted(found, key=lambda call: call.at_ms)


def _calls(
    rng: np.random.Generator, accident: _Accident, place: tuple[float, float], rescue: Json
) -> list[Call | Withdrawal]:
    """The call itself, and what a few callers do after it."""
    at_ms, case_ref = accident.at_ms, accident.case_ref
    found: list[Call | Withdrawal] = [_call(accident, place, rescue, as_case=rng.random() < AS_CASE_SHARE)]
    draw = float(rng.random())
    if draw < AGAIN_SHARE:
        later_ms = at_ms + int(rng.integers(60_000, 240_000))
        bare = {key: value for key, value in rescue.items() if key in ("severity", "lanes_blocked", "consent")}
        found.append(_call(accident.followed(later_ms, AGAIN), _beside(rng, place, 30), bare, as_case=False))
    elif draw < AGAIN_SHARE + NEARBY_SHARE:
        later_ms = at_ms + int(rng.integers(180_000, 600_000))
        other = {**rescue, "vehicles": _vehicles(rng), "shop_id": None}
        found.append(_call(accident.followed(later_ms, NEARBY), _beside(rng, place, 80), other, as_case=False))
    elif draw < AGAIN_SHARE + NEARBY_SHARE + WITHDRAWN_SHARE:
        later_ms = at_ms + int(rng.integers(120_000, 480_000))
        found.append(Withdrawal(later_ms, case_ref, "drives on by itself"))
    return found


def _call(accident: _Accident, place: tuple[float, float], rescue: Json, as_case: bool) -> Call:
    at_ms, case_ref, key = accident.at_ms, accident.case_ref, accident.key
    lon_deg, lat_deg = place
    location = {"lon": round(lon_deg, 6), "lat": round(lat_deg, 6), "datum": "wgs84"}
    contact = {"name": "Persona Inventada", "phone": "+56 9 0000 0000"}
    if as_case:
        return Call(
            at_ms, case_ref, key, "/v1/cases",
            {"case_ref": case_ref, "location": location, "contact": contact, "rescue": rescue},
        )  # fmt: skip
    return Call(
        at_ms, case_ref, key, "/v1/rescues", {"case_ref": case_ref, "location": location, "contact": contact, **rescue}
    )


def _vehicles(rng: np.random.Generator) -> list[Json]:
    kinds = VEHICLES[int(rng.choice(len(VEHICLES), p=[share for share, _ in VEHICLES]))][1]
    return [
        {"plate": _plate(rng), "class": kind, "damage": DAMAGES[int(rng.integers(len(DAMAGES)))], "needs": [need]}
        for kind, need in kinds
    ]


def _plate(rng: np.random.Generator) -> str:
    """Invented in the form of the country: one of ten million, so that two open rescues hardly ever share one."""
    letters = "".join(LETTERS[int(k)] for k in rng.integers(len(LETTERS), size=4))
    return f"{letters}-{int(rng.integers(100)):02d}"


def _shop(rng: np.random.Generator, vehicles: Sequence[Json], shops: Sequence[FleetShop]) -> str | None:
    """A shop of the owner's choice that takes every vehicle; None where there is none."""
    needs = {need for vehicle in vehicles for need in vehicle["needs"]}
    fit = [shop.id for shop in shops if not shop.can or needs <= shop.can]
    return fit[int(rng.integers(len(fit)))] if fit else None


def _beside(rng: np.random.Generator, place: tuple[float, float], within_m: float) -> tuple[float, float]:
    east_m, north_m = rng.uniform(-within_m, within_m, 2) / 2**0.5
    lon_deg, lat_deg = place
    return (
        lon_deg + float(east_m) / (METRES_A_DEGREE * float(np.cos(np.radians(lat_deg)))),
        lat_deg + float(north_m) / METRES_A_DEGREE,
    )
