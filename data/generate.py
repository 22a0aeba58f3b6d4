"""A load that never happened: the hours, severities and spread of real accidents, on the roads of another city.

Whoever shows it says that it is generated; `Load.generated` and its notes do. A day's count is negative binomial
(a Poisson whose mean is multiplied by a gamma factor of the day), the rest independent draws with the shares of
`data.profile`. Each local day has a random stream of its own, so that a longer range repeats the days of a shorter one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data import profile
from data.accident_places import AccidentPlaces, accident_places
from data.load_fields import ONE_TOW
from data.loads import POLICY_PROMISE, Load
from data.local_time import DAY_MS, EPOCH_ORDINAL, instants_of
from geo.faults import BadInput
from geo.zones import Zone
from routing.roads import City

MAX_ACCIDENTS = 20_000_000
HOUR_S = 3600
HOUR, SECOND, LINK, ALONG, SEVERITY, LANES, WAITING = range(7)
"""What each of an accident's draws decides; the order is part of what a seed means."""

Draws = NDArray[np.float64]


def generate_load(
    *,
    city: City,
    zones: Sequence[Zone] | None,
    from_day: dt.date,
    to_day: dt.date,
    zone: ZoneInfo,
    seed: int,
    per_day: float | None,
) -> Load:
    """Accidents of the local days `from_day` to `to_day`, both included; the same arguments give the same load.

    `per_day` is the mean over a week; None scales Taipei's by the people in `zones`, or without zones by the length and
    class of the roads. Raises BadInput on a range, seed or mean that cannot be, NoAnswer where the city has no road.
    """
    places = accident_places(city.roads, zones)
    mean, because = _mean_a_day(places, per_day)
    _check(from_day, to_day, seed, mean)
    days = range(from_day.toordinal(), to_day.toordinal() + 1)
    by_day = [_draws_of_day(day, mean, seed) for day in days]
    day_of = np.repeat(np.array(days, np.int64), [len(draws) for draws in by_day])
    return _load(
        city, places, zone, day_of, np.concatenate(by_day),
        source=f"generated for {city.facts.name}, {from_day} to {to_day}, {mean:.4g} accidents a day, seed {seed}",
        notes=_notes(places, because),
    )  # fmt: skip


def _mean_a_day(places: AccidentPlaces, per_day: float | None) -> tuple[float, str]:
    if per_day is not None:
        return per_day, "the mean a day is the one asked for"
    if places.people:
        mean = profile.ACCIDENTS_A_DAY * places.people / profile.PEOPLE
        return mean, f"the mean a day is Taipei's per head, for {places.people:,} people"
    return places.expected_a_day, "the mean a day is Taipei's per kilometre of each class of road"


def _check(from_day: dt.date, to_day: dt.date, seed: int, mean: float) -> None:
    if to_day < from_day:
        raise BadInput(f"--to {to_day} lies before --from {from_day}")
    if seed < 0:
        raise BadInput(f"seed {seed}: must not be negative")
    if not (math.isfinite(mean) and mean >= 0):
        raise BadInput(f"{mean} accidents a day: must be a number, 0 or more")
    days = (to_day - from_day).days + 1
    if mean * days > MAX_ACCIDENTS:
        raise BadInput(f"{mean:g} accidents a day on {days} days: more than {MAX_ACCIDENTS:,} cannot be generated")


def _draws_of_day(ordinal: int, mean: float, seed: int) -> Draws:
    """float64[accidents of the day, 7], each from [0, 1). `ordinal` counts days from 0001-01-01 (proleptic)."""
    rng = np.random.default_rng((seed, ordinal))
    weekday_share = profile.hourly_shares().sum(axis=1)[dt.date.fromordinal(ordinal).weekday()]
    factor = rng.gamma(profile.DAY_SHAPE) / profile.DAY_SHAPE
    return rng.random((rng.poisson(7 * weekday_share * mean * factor), WAITING + 1))


def _load(
    city: City,
    places: AccidentPlaces,
    zone: ZoneInfo,
    day_of: NDArray[np.int64],
    draws: Draws,
    *,
    source: str,
    notes: tuple[str, ...],
) -> Load:
    local_ms = (day_of - EPOCH_ORDINAL) * DAY_MS + _milliseconds_of_day(day_of, draws)
    at_ms = instants_of(local_ms, zone).at_ms
    order = np.argsort(at_ms, kind="stable")
    at_ms, draws = at_ms[order], draws[order]
    link, lon_deg, lat_deg = places.at(draws[:, LINK], draws[:, ALONG])
    kind = _chosen(profile.severity_shares(), draws[:, SEVERITY])
    severity = np.array(profile.SEVERITIES, np.uint8)[kind]
    lanes = np.minimum(
        _chosen(profile.lane_shares()[kind], draws[:, LANES]), np.maximum(city.roads.link_lanes[link], 1)
    )
    waiting = draws[:, WAITING] < np.array(profile.PERSON_WAITING_SHARES)[kind]
    count = len(at_ms)
    lanes_blocked = lanes.astype(np.uint8)
    return Load(
        at_ms=at_ms,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        severity=severity,
        lanes_blocked=lanes_blocked,
        jobs=np.zeros(count, np.int32),
        person_waiting=waiting,
        promise_after_s=np.full(count, POLICY_PROMISE, np.int32),
        line=np.arange(2, count + 2, dtype=np.int64),
        needs_table=(ONE_TOW,),
        source=source,
        generated=True,
        sha256=_sha256_hex(at_ms, lon_deg, lat_deg, severity, lanes_blocked, waiting),
        notes=notes,
    )


def _milliseconds_of_day(day_of: NDArray[np.int64], draws: Draws) -> NDArray[np.int64]:
    # Day 1 of the proleptic calendar is a Monday, the first row of the shares.
    hour = _chosen(profile.hourly_shares()[(day_of - 1) % 7], draws[:, HOUR])
    second = np.floor(draws[:, SECOND] * HOUR_S).astype(np.int64)
    return np.asarray((hour * HOUR_S + second) * 1000)


def _chosen(shares: NDArray[np.float64], draws: Draws) -> NDArray[np.int64]:
    """For each draw of [0, 1) the column whose part of the row's sum it falls into; `shares` is [k] or [n, k]."""
    reach = np.cumsum(np.atleast_2d(shares), axis=1)
    passed = draws[:, None] * reach[:, -1:] >= reach
    return np.asarray(passed[:, :-1].sum(axis=1))


def _sha256_hex(*columns: NDArray[np.generic]) -> str:
    digest = hashlib.sha256()
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _notes(places: AccidentPlaces, because: str) -> tuple[str, ...]:
    where = (
        "places follow the people of each zone, and in it the length and class of the roads"
        if places.people
        else "places follow the length and class of the roads"
    )
    notes = [
        "generated, not real: hours, severities and spread of days are those of Taipei's accidents of 2019 and 2020",
        f"{because}; {where}",
        "lanes blocked have the shares of Taiwan's freeways in 2023 (cut off at the road's own lanes)",
        "that somebody waits hurt or trapped is assumed: 3 % of injuries, 20 % of deaths",
    ]
    if places.empty_zones:
        notes.append(f"{places.empty_zones} zones have people and no road: their accidents fall on the others")
    return tuple(notes)
