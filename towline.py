"""The command line: one verb a job. It parses arguments, calls a room's `cli`, and prints; nothing imports it.

Exit codes: 0 ok, 1 a check failed, 2 bad input, 3 no answer exists.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from api.clock import elapsed_s
from data.home import towline_home
from geo.faults import BadInput, NoAnswer

Report = dict[str, object]
OK, CHECK_FAILED, BAD_INPUT, NO_ANSWER = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    words = sys.argv[1:] if argv is None else argv
    arguments = _parser().parse_args([_shielded(word) for word in words])
    home = towline_home(os.environ)
    _point_kernel_cache_at(home)
    try:
        report, text = arguments.run(arguments, home)
    except BadInput as error:
        return _fail(arguments, BAD_INPUT, str(error), error.faults)
    except NoAnswer as error:
        return _fail(arguments, NO_ANSWER, str(error), ())
    except BrokenPipeError:
        return OK
    print(json.dumps(report, ensure_ascii=False, allow_nan=False) if arguments.json else text(report), flush=True)
    return CHECK_FAILED if report.get("ok") is False else OK


def _shielded(word: str) -> str:
    """West of Greenwich a LON,LAT starts with a minus, which argparse takes for an option but for a leading space."""
    return f" {word}" if re.fullmatch(r"-[\d.]+,-?[\d.]+", word) else word


def _fail(arguments: argparse.Namespace, code: int, message: str, faults: Sequence[str]) -> int:
    if arguments.json:
        print(json.dumps({"error": message, "faults": list(faults)}, ensure_ascii=False), flush=True)
    print(f"towline: {message}", file=sys.stderr)
    for fault in faults[:50]:
        print(f"  {fault}", file=sys.stderr)
    if len(faults) > 50:
        print(f"  ... and {len(faults) - 50} more", file=sys.stderr)
    return code


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _point_kernel_cache_at(home: Path) -> None:
    """Kernels are kept in the home; where it cannot be written they live for this run only, and that is said."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    cache = home / "numba"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        writable = os.access(cache, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        _say(f"towline: {home} cannot be written; kernels are compiled anew in this run (set TOWLINE_HOME)")
        cache = Path(tempfile.mkdtemp(prefix="towline-"))
        atexit.register(shutil.rmtree, cache, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(cache)


Command = Callable[[argparse.Namespace, Path], tuple[Report, Callable[[Report], str]]]


def _city_build(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from routing import cli

    if (a.source is None) == (a.place is None):
        raise BadInput("name one source: a file or folder, or --place")
    report = cli.build(
        home=home, source=a.source, place=a.place, name=a.name, timezone=a.tz, progress=_say, elapsed_s=elapsed_s
    )
    return report, cli.build_text


def _city_list(_a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from routing import cli

    return cli.list_cities(home=home), cli.list_text


def _city_info(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from data.catalogue import SHIPPED, open_city_named
    from routing import cli

    if a.city == SHIPPED:
        open_city_named(home, SHIPPED, progress=_say)
    return cli.info(home=home, name=a.city, elapsed_s=elapsed_s), cli.info_text


def _route(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from data.catalogue import open_city_named
    from routing import cli_ways

    city = open_city_named(home, a.city, progress=_say)
    report = cli_ways.route(
        city=city, origin=a.origin, destination=a.destination, depart=a.depart, traffic=a.traffic, elapsed_s=elapsed_s
    )
    return report, cli_ways.route_text


def _matrix(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from data.catalogue import open_city_named
    from routing import cli_ways

    city = open_city_named(home, a.city, progress=_say)
    report = cli_ways.matrix(
        city=city,
        sources=a.sources,
        targets=a.targets,
        output=a.output,
        depart=a.depart,
        traffic=a.traffic,
        elapsed_s=elapsed_s,
    )
    return report, cli_ways.matrix_text


def _isochrone(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from data.catalogue import open_city_named
    from routing import cli_isochrone

    city = open_city_named(home, a.city, progress=_say)
    report = cli_isochrone.isochrone(
        city=city, place=a.place, minutes=a.minutes, depart=a.depart, traffic=a.traffic, elapsed_s=elapsed_s
    )
    return report, cli_isochrone.isochrone_text


def _solve(a: argparse.Namespace, _home: Path) -> tuple[Report, Callable[[Report], str]]:
    from dispatch import cli

    report = cli.solve_file(
        problem=a.problem, output=a.output, work=a.work, seconds=a.seconds, seed=a.seed, elapsed_s=elapsed_s
    )
    return report, cli.solve_text


def _check(a: argparse.Namespace, _home: Path) -> tuple[Report, Callable[[Report], str]]:
    from dispatch import cli

    return cli.check_files(problem=a.problem, plan=a.plan), cli.check_text


def _simulate(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
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
    )
    report = cli.simulate(
        home=home, city=a.city, policy=a.policy, request=request, out=a.out, progress=_say, elapsed_s=elapsed_s
    )
    return report, cli.simulate_text


def _serve(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from api.address import Address
    from api.clock import clock_of, wall_clock
    from api.serve import serve
    from api.wiring import Request

    request = Request(
        home=home,
        city=a.city,
        policy=a.policy,
        database=a.database,
        positions=a.positions,
        identity=a.identity,
        base_url=a.public_url or "",
        demo=a.demo,
    )
    clock = wall_clock() if a.clock is None else clock_of(a.clock)
    code = serve(request, Address(a.host, a.port), clock, _say, a.die_with_parent)
    return {"ok": code == 0}, lambda _report: "the service has ended"


def _demo(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from api import demo

    if a.pids:
        return demo.pids(home), demo.pids_text
    code = demo.run(home=home, city=a.city, speed=a.speed, port=a.port, host="127.0.0.1", say=_say)
    return {"ok": code == 0}, lambda _report: "the demo has ended"


def _journal_verify(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from data import cli

    report = cli.verify_journal(database=_database(a, home), head=a.head, progress=_say, elapsed_s=elapsed_s)
    return report, cli.verify_text


def _journal_replay(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from data import replay
    from data.catalogue import open_city_named

    city = open_city_named(home, a.city, progress=_say)
    report = replay.replay_journal(database=_database(a, home), city=city, to_seq=a.to_seq, elapsed_s=elapsed_s)
    return report, replay.replay_text


def _db_upgrade(a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from data import cli

    return cli.upgrade(database=_database(a, home), elapsed_s=elapsed_s), cli.upgrade_text


def _database(a: argparse.Namespace, home: Path) -> str:
    from data.database import url_of_file

    return str(a.database or url_of_file(home / "towline.db"))


def _warm(_a: argparse.Namespace, home: Path) -> tuple[Report, Callable[[Report], str]]:
    from simulator import warm

    return warm.warm(home=home, progress=_say, elapsed_s=elapsed_s), warm.warm_text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="towline", description="Accident-rescue dispatcher.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    city = verbs.add_parser("city", help="build, list and describe cities")
    _add_city_verbs(city.add_subparsers(dest="city_verb", required=True, metavar="VERB"))
    _add_way_verbs(verbs)
    _add_decision_verbs(verbs)
    _add_simulate(verbs)
    _add_service_verbs(verbs)
    _verb(verbs, "warm", _warm, "prepare the shipped city and compile the kernels")
    return parser


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Command, about: str
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=about, description=about)
    verb.add_argument("--json", action="store_true", help="one JSON object on stdout, nothing else there")
    verb.set_defaults(run=run)
    return verb


def _add_city_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = _verb(verbs, "build", _city_build, "build a city from an OSM extract, a GMNS folder, or by name")
    build.add_argument("source", nargs="?", metavar="SOURCE", help=".osm.pbf, .osm, .osm.gz, .osm.bz2 or a GMNS folder")
    build.add_argument("--place", help="a place by name, through osmnx (needs the internet)")
    build.add_argument("--name", required=True, help="what the city is called from now on")
    build.add_argument("--tz", metavar="ZONE", help="IANA time zone; derived from the place otherwise")
    _verb(verbs, "list", _city_list, "the cities that are built")
    _verb(verbs, "info", _city_info, "what a city holds").add_argument("city", metavar="NAME")


def _add_way_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    route = _verb(verbs, "route", _route, "the fastest way between two places")
    route.add_argument("city", metavar="CITY")
    route.add_argument("origin", type=_lon_lat, metavar="LON,LAT")
    route.add_argument("destination", type=_lon_lat, metavar="LON,LAT")
    _add_departure(route)
    isochrone = _verb(verbs, "isochrone", _isochrone, "what is reached from a place within some minutes")
    isochrone.add_argument("city", metavar="CITY")
    isochrone.add_argument("place", type=_lon_lat, metavar="LON,LAT")
    isochrone.add_argument("--minutes", type=_minutes, default=[5, 10, 15], metavar="M,M,…")
    _add_departure(isochrone)
    matrix = _verb(verbs, "matrix", _matrix, "travel times from each place of one file to each of another")
    matrix.add_argument("city", metavar="CITY")
    matrix.add_argument("--from", dest="sources", type=Path, required=True, metavar="A.csv")
    matrix.add_argument("--to", dest="targets", type=Path, required=True, metavar="B.csv")
    _add_departure(matrix)
    matrix.add_argument("-o", dest="output", type=Path, required=True, metavar="OUT.npy")


def _add_departure(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--depart", type=_instant, metavar="RFC3339", help="drive at that hour; free flow without it")
    verb.add_argument(
        "--traffic",
        metavar="NAME|FILE.csv",
        help="how slow each hour is: china-default (the default), free, a file",
    )


def _add_decision_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    solve = _verb(verbs, "solve", _solve, "who goes where: a PLAN for a PROBLEM")
    solve.add_argument("problem", type=Path, metavar="PROBLEM.json")
    solve.add_argument("-o", dest="output", type=Path, metavar="PLAN.json")
    effort = solve.add_mutually_exclusive_group()
    effort.add_argument("--work", type=_positive, metavar="N", help="work units: reproducible")
    effort.add_argument("--seconds", type=_seconds, metavar="S", help="seconds: not promised to be reproducible")
    solve.add_argument("--seed", type=_natural, default=0)
    check = _verb(verbs, "check", _check, "score a PLAN again from its PROBLEM alone")
    check.add_argument("problem", type=Path, metavar="PROBLEM.json")
    check.add_argument("plan", type=Path, metavar="PLAN.json")


def _add_simulate(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    simulate = _verb(verbs, "simulate", _simulate, "play a load of accidents through the dispatcher")
    simulate.add_argument("city", metavar="CITY")
    simulate.add_argument("--load", required=True, help="a file (CSV, .csv.gz, .xlsx, Parquet), or: generated")
    simulate.add_argument("--trucks", metavar="N|FLEET.csv")
    simulate.add_argument("--shops", metavar="N|SHOPS.csv")
    simulate.add_argument("--policy", default="production", metavar="FILE.toml|NAME")
    simulate.add_argument("--from", dest="from_day", type=_day, metavar="DAY")
    simulate.add_argument("--to", dest="to_day", type=_day, metavar="DAY")
    simulate.add_argument("--tow-share", type=_tow_share, default=None, metavar="all|P")
    simulate.add_argument("--seed", type=_natural, default=0)
    simulate.add_argument("--out", type=Path, metavar="DIR", help="tables, replay and pictures")
    simulate.add_argument("--map", type=_rename, action="append", default=[], metavar="NAME=COLUMN")
    simulate.add_argument("--datum", choices=["wgs84", "gcj02", "bd09"], default="wgs84")
    simulate.add_argument("--skip-bad", action="store_true", help="leave bad rows out instead of refusing the file")


def _add_service_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _verb(verbs, "serve", _serve, "serve rescues, the control room and tracking pages over HTTP")
    serve.add_argument("--city", default="coquimbo", metavar="NAME")
    serve.add_argument("--host", default="127.0.0.1", help="another than loopback needs --identity")
    serve.add_argument("--port", type=_natural, default=8000)
    serve.add_argument("--policy", default="production", metavar="FILE.toml|NAME")
    _add_database(serve)
    serve.add_argument("--positions", metavar="URL", help="redis://… of your own; a bundled Valkey otherwise")
    serve.add_argument("--identity", type=Path, metavar="FILE.toml", help="tokens and their roles")
    serve.add_argument("--public-url", metavar="URL", help="how people reach this service, for tracking links")
    for hidden in ("--clock", "--die-with-parent"):
        serve.add_argument(hidden, type=str if hidden == "--clock" else int, help=argparse.SUPPRESS)
    serve.add_argument("--demo", action="store_true", help=argparse.SUPPRESS)
    demo = _verb(verbs, "demo", _demo, "the service with an invented fleet and generated accidents")
    demo.add_argument("--city", default="coquimbo", metavar="NAME")
    demo.add_argument("--speed", type=_positive, default=60, help="times real time")
    demo.add_argument("--port", type=_natural, default=8000)
    demo.add_argument("--pids", action="store_true", help="print the processes of the demo that runs on this home")
    journal = verbs.add_parser("journal", help="check and replay what was written down")
    journal_verbs = journal.add_subparsers(dest="journal_verb", required=True, metavar="VERB")
    verify = _verb(journal_verbs, "verify", _journal_verify, "compute the chain of the journal anew")
    verify.add_argument("--head", metavar="SEQ:HASH", help="a record known from elsewhere")
    replay = _verb(journal_verbs, "replay", _journal_replay, "fold the journal into a state")
    replay.add_argument("--to", dest="to_seq", type=_positive, metavar="SEQ")
    replay.add_argument("--city", default="coquimbo", metavar="NAME")
    db = verbs.add_parser("db", help="the database").add_subparsers(dest="db_verb", required=True, metavar="VERB")
    upgrade = _verb(db, "upgrade", _db_upgrade, "make the database or bring it up to date")
    for each in (verify, replay, upgrade):
        _add_database(each)


def _add_database(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--database", metavar="URL", help="sqlite:////folder/file.db or postgresql://user@host/name")


def _lon_lat(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not LON,LAT (two numbers, longitude first)") from None
    return lon, lat


def _instant(text: str) -> str:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an RFC 3339 instant") from None
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset (RFC 3339 wants one: ...+08:00 or ...Z)")
    return text


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


def _natural(text: str) -> int:
    return _integer(text, 0)


def _minutes(text: str) -> list[int]:
    if not re.fullmatch(r"\d{1,6}(,\d{1,6})*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not minutes with commas, like 5,10,15")
    return [int(word) for word in text.split(",")]


def _positive(text: str) -> int:
    return _integer(text, 1)


def _integer(text: str, low: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= 2**62):
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from {low} on")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from above 0 to a day")
    return seconds


if __name__ == "__main__":
    raise SystemExit(main())
