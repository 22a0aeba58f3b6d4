"""`towline simulate`, `towline clairvoyant` and `towline warm`: their arguments, and what is called with them."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.arguments import Answered, Surroundings, Verbs, add_verb, natural

if TYPE_CHECKING:
    from simulator.setting import Request


def add_parsers(verbs: Verbs) -> None:
    simulate = add_verb(verbs, "simulate", _simulate, "play a load of accidents through the dispatcher")
    _add_scenario(simulate)
    simulate.add_argument("--noise", default="none", metavar="FILE.toml|NAME", help="none, ordinary, or a file")
    simulate.add_argument("--out", type=Path, metavar="DIR", help="tables, replay and pictures")
    foresee = add_verb(verbs, "clairvoyant", _clairvoyant, "the best that could be done knowing a load beforehand")
    _add_scenario(foresee)
    foresee.add_argument("--work", type=natural, default=20_000_000, metavar="N", help="work units for the first plan")
    foresee.add_argument("--bound-steps", type=natural, default=100, metavar="N", help="steps towards a better bound")


def _add_scenario(verb: argparse.ArgumentParser) -> None:
    """What says which days, trucks and shops are meant."""
    verb.add_argument("city", metavar="CITY")
    verb.add_argument("--load", required=True, help="a file (CSV, .csv.gz, .xlsx, Parquet), or: generated")
    verb.add_argument("--trucks", metavar="N|FLEET.csv")
    verb.add_argument("--shops", metavar="N|SHOPS.csv")
    verb.add_argument("--policy", default="production", metavar="FILE.toml|NAME")
    verb.add_argument("--from", dest="from_day", type=_day, metavar="DAY")
    verb.add_argument("--to", dest="to_day", type=_day, metavar="DAY")
    verb.add_argument("--tow-share", type=_tow_share, default=None, metavar="all|P")
    verb.add_argument("--seed", type=natural, default=0)
    verb.add_argument("--map", type=_rename, action="append", default=[], metavar="NAME=COLUMN")
    verb.add_argument("--datum", choices=["wgs84", "gcj02", "bd09"], default="wgs84")
    verb.add_argument("--skip-bad", action="store_true", help="leave bad rows out instead of refusing the file")


def add_warm(verbs: Verbs) -> None:
    add_verb(verbs, "warm", _warm, "prepare the shipped city and compile the kernels")


def _simulate(a: argparse.Namespace, around: Surroundings) -> Answered:
    from simulator import cli

    report = cli.simulate(
        home=around.home,
        city=a.city,
        policy=a.policy,
        request=_request(a, a.noise),
        out=a.out,
        progress=around.say,
        elapsed_s=around.elapsed_s,
    )
    return report, cli.simulate_text


def _clairvoyant(a: argparse.Namespace, around: Surroundings) -> Answered:
    from simulator import clairvoyant_cli

    report = clairvoyant_cli.clairvoyant(
        home=around.home,
        city=a.city,
        policy=a.policy,
        request=_request(a, "none"),
        work=a.work,
        bound_steps=a.bound_steps,
        progress=around.say,
        elapsed_s=around.elapsed_s,
    )
    return report, clairvoyant_cli.clairvoyant_text


def _request(a: argparse.Namespace, noise: str) -> Request:
    from geo.datums import Datum
    from simulator.setting import Request

    return Request(
        load=a.load,
        trucks=a.trucks,
        shops=a.shops,
        from_day=a.from_day,
        to_day=a.to_day,
        tow_share=a.tow_share,
        renames=dict(a.map),
        datum=Datum(a.datum),
        skip_bad=a.skip_bad,
        seed=a.seed,
        noise=noise,
    )


def _warm(_a: argparse.Namespace, around: Surroundings) -> Answered:
    from simulator import warm

    return warm.warm(home=around.home, progress=around.say, elapsed_s=around.elapsed_s), warm.warm_text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day (YYYY-MM-DD)") from None


def _tow_share(text: str) -> float | None:
    if text == "all":
        return None
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither `all` nor a share from 0 to 1")
    return share


def _rename(text: str) -> tuple[str, str]:
    name, found, column = text.partition("=")
    if not found or not name or not column:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=COLUMN, as in severity=class")
    return name, column
