"""The chances of a run by name or from a TOML file: how unlike its expectation the world is.

`none` is the world that a run has had from the first: times at the scene are drawn, everything else is as expected.
`ordinary` adds what a dispatcher meets on any day. Its travel spread is measured: engines of San Francisco that drove
one way again and again (quartiles a factor of 1.62 apart, 101 drives) and the spread by hour of those that drove any
(1,714 drives, mean of both halves; benchmarks/truth_sf_details.py, DataSF 2017-2020, ODC PDDL). The rest of it (shares
of refusals, of silence and of breakdowns, the spread of unloading) is assumed, and a run's notes say so.
"""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

from geo.faults import BadInput
from simulator.draws import HOURS, Chances

TRAVEL_SIGMA_BY_HOUR = (0.34,) * 6 + (0.35,) * 4 + (0.36,) * 6 + (0.33,) * 4 + (0.31,) * 4

SHIPPED = {
    "none": Chances(),
    "ordinary": Chances(
        travel_sigma=TRAVEL_SIGMA_BY_HOUR,
        travel_day_sigma=0.05,
        unload_sigma=0.3,
        refused_share=0.03,
        no_answer_share=0.02,
        breakdown_empty_share=0.002,
        breakdown_loaded_share=0.001,
    ),
}

_SECONDS = {
    "on_scene_median_s": (60, 14_400),
    "on_scene_p90_s": (60, 14_400),
    "answer_s": (0, 3600),
    "shop_stay_s": (0, 10**7),
    "repair_s": (60, 10**6),
}
_SHARES = ("refused_share", "no_answer_share", "breakdown_empty_share", "breakdown_loaded_share")
_SPREADS = ("travel_day_sigma", "unload_sigma")
MOST_SIGMA = 1.0
"""A factor whose logarithm spreads by 1 has its 90 % quantile at 2.2 times its mean; more is no traffic."""


def get_noise(named: str) -> Chances:
    """Shipped chances by their name, or those of a TOML file by its path.

    Raises BadInput where there is neither, or where the file has an unknown key or a value out of range.
    """
    if named in SHIPPED:
        return SHIPPED[named]
    path = Path(named)
    if not path.is_file():
        raise BadInput(f"noise {named!r}: neither a file nor one of {', '.join(SHIPPED)}")
    return read_noise(path.read_bytes(), source=path.name)


def read_noise(text: bytes, source: str) -> Chances:
    """Chances from TOML; what a file leaves out is as in `none`. Raises BadInput that names every fault."""
    try:
        document = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{source}: not a TOML file: {error}") from error
    known = [field.name for field in dataclasses.fields(Chances)]
    faults = [f"{key}: unknown key; known are {', '.join(known)}" for key in document if key not in known]
    for key, (low, high) in _SECONDS.items():
        value = document.get(key, low)
        if type(value) is not int or not low <= value <= high:
            faults.append(f"{key}: must be an integer from {low} to {high}, not {value!r}")
    for key, most in [(key, 1.0) for key in _SHARES] + [(key, MOST_SIGMA) for key in _SPREADS]:
        faults += _fault(key, document.get(key, 0), most)
    travel = document.pop("travel_sigma", 0)
    by_hour = travel if isinstance(travel, list) else [travel] * HOURS
    if len(by_hour) != HOURS:
        faults.append(f"travel_sigma: must be one number, or {HOURS}, one an hour from 0 on; it has {len(by_hour)}")
    for hour, value in enumerate(by_hour if isinstance(travel, list) else [travel]):
        name = f"travel_sigma[{hour}]" if isinstance(travel, list) else "travel_sigma"
        faults += _fault(name, value, MOST_SIGMA)
    if not faults:
        faults += _faults_together(document)
    if faults:
        raise BadInput(f"{source}: {faults[0]}", faults)
    return dataclasses.replace(Chances(), **document, travel_sigma=tuple(map(float, by_hour)))


def noise_notes(chances: Chances) -> list[str]:
    """What is assumed of a world that is not as expected, in words; nothing where there is no noise."""
    notes = []
    if any(chances.travel_sigma) or chances.travel_day_sigma:
        least, most = min(chances.travel_sigma), max(chances.travel_sigma)
        notes.append(
            f"noise: a drive takes the road's time by a log-normal factor of mean 1 (sigma {least:g} to {most:g} by "
            f"hour, and {chances.travel_day_sigma:g} for the day)"
        )
    if chances.unload_sigma:
        notes.append(f"noise: unloading takes the shop's time by a factor of mean 1 (sigma {chances.unload_sigma:g})")
    if chances.refused_share or chances.no_answer_share:
        notes.append(
            f"noise: {chances.refused_share:.1%} of the offers are refused, {chances.no_answer_share:.1%} not answered"
        )
    if chances.breakdown_empty_share or chances.breakdown_loaded_share:
        notes.append(
            f"noise: {chances.breakdown_empty_share:.2%} of the empty drives and {chances.breakdown_loaded_share:.2%} "
            f"of the tows end in a breakdown; the truck is back after {chances.repair_s} s"
        )
    return notes


def _fault(key: str, value: object, most: float) -> list[str]:
    # A bool is an int to Python, and a NaN is not within any bounds.
    if type(value) not in (int, float) or not 0 <= value <= most:  # type: ignore[operator]
        return [f"{key}: must be a number from 0 to {most:g}, not {value!r}"]
    return []


def _faults_together(document: dict[str, object]) -> list[str]:
    """Faults of values each of which is possible alone."""
    chances = dataclasses.replace(Chances(), **document)  # type: ignore[arg-type]
    faults = []
    if chances.refused_share + chances.no_answer_share > 1:
        faults.append("refused_share and no_answer_share: come to more than 1 together")
    if chances.on_scene_p90_s < chances.on_scene_median_s:
        faults.append("on_scene_p90_s: must not lie below on_scene_median_s")
    return faults
