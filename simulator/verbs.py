"""`towline simulate` and `towline warm`: their arguments, and what is called with them."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from dispatch.arguments import Answered, Surroundings, Verbs, add_verb, natural


def add_parsers(verbs: Verbs) -> None:
    simulate = add_verb(verbs, "simulate", _simulate, "play a load of accidents through the dispatcher")
    simulate.add_argument("city", metavar="CITY")
    simulate.add_argument("--load", required=True, help="a file (CSV, .csv.gz, .xlsx, Parquet), or: generated")
    simulate.add_argument("--trucks", metavar="N|FLEET.csv")
    simulate.add_argument("--shops", metavar="N|SHOPS.csv")
    simulate.add_argument("--policy", default="production", metavar="FILE.toml|NAME")
    simulate.add_argument("--from", dest="from_day", type=_day, metavar="DAY")
    simulate.add_argument("--to", dest="to_day", type=_day, metavar="DAY")
    simulate.add_argument("--tow-share", type=_tow_share, default=None, metavar="all|P")
    simulate.add_argument("--noise", default="none", metavar="FILE.toml|NAME", help="none, ordinary, or a file")
    simulate.add_argument("--seed", type=natural, default=0)
    simulate.add_argument("--out", type=Path, metavar="DIR", help="tables, replay and pictures")
    simulate.add_argument("--map", type=_rename, action="append", default=[], metavar="NAME=COLUMN")
    simulate.add_argument("--datum", choices=["wgs84", "gcj02", "bd09"], default="wgs84")
    simulate.add_argument("--skip-bad", action="store_true", help="leave bad rows out instead of refusing the file")


def add_warm(verbs: Verbs) -> None:
    add_verb(verbs, "warm", _warm, "prepare the shipped city and compile the kernels")


def _simulate(a: argparse.Namespace, around: Surroundings) -> Answered:
    from geo.datums import Datum
    from simulator import cli
    from simulator.setting import Request

    request = Request(
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
        noise=a.noise,
    )
    report = cli.simulate(
        home=around.home,
        city=a.city,
        policy=a.policy,
        request=request,
        out=a.out,
        progress=around.say,
        elapsed_s=around.elapsed_s,
    )
    return report, cli.simulate_text


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
