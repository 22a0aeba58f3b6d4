"""The verbs about cities and ways on their roads: their arguments, and what is called with them.

They lie here and not with the roads, for a city is named and its home is known in this room.
"""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from pathlib import Path

from dispatch.arguments import Answered, Surroundings, Verbs, add_verb
from geo.faults import BadInput


def add_parsers(verbs: Verbs) -> None:
    """`city build`, `city list`, `city info`, `city calibrate`, `route`, `isochrone`, `matrix`."""
    city = verbs.add_parser("city", help="build, list and describe cities")
    _add_city_verbs(city.add_subparsers(dest="city_verb", required=True, metavar="VERB"))
    _add_way_verbs(verbs)


def _add_city_verbs(verbs: Verbs) -> None:
    build = add_verb(verbs, "build", _city_build, "build a city from an OSM extract, a GMNS folder, or by name")
    build.add_argument("source", nargs="?", metavar="SOURCE", help=".osm.pbf, .osm, .osm.gz, .osm.bz2 or a GMNS folder")
    build.add_argument("--place", help="a place by name, through osmnx (needs the internet)")
    build.add_argument("--name", required=True, help="what the city is called from now on")
    build.add_argument("--tz", metavar="ZONE", help="IANA time zone; derived from the place otherwise")
    add_verb(verbs, "list", _city_list, "the cities that are built")
    add_verb(verbs, "info", _city_info, "what a city holds").add_argument("city", metavar="NAME")
    calibrate = add_verb(verbs, "calibrate", _city_calibrate, "learn from real trips how long its roads take")
    calibrate.add_argument("city", metavar="NAME")
    calibrate.add_argument(
        "--trips", type=Path, required=True, metavar="TRIPS.csv", help="from_lon,from_lat,to_lon,to_lat,seconds[,day]"
    )
    calibrate.add_argument("--out", type=Path, metavar="FILE.json", help="the factors and how sure they are")
    calibrate.add_argument("--table", type=Path, metavar="FILE.csv", help="the factors as a table for --traffic")


def _add_way_verbs(verbs: Verbs) -> None:
    route = add_verb(verbs, "route", _route, "the fastest way between two places")
    route.add_argument("city", metavar="CITY")
    route.add_argument("origin", type=_lon_lat, metavar="LON,LAT")
    route.add_argument("destination", type=_lon_lat, metavar="LON,LAT")
    _add_departure(route)
    isochrone = add_verb(verbs, "isochrone", _isochrone, "what is reached from a place within some minutes")
    isochrone.add_argument("city", metavar="CITY")
    isochrone.add_argument("place", type=_lon_lat, metavar="LON,LAT")
    isochrone.add_argument("--minutes", type=_minutes, default=[5, 10, 15], metavar="M,M,…")
    _add_departure(isochrone)
    matrix = add_verb(verbs, "matrix", _matrix, "travel times from each place of one file to each of another")
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


def _city_build(a: argparse.Namespace, around: Surroundings) -> Answered:
    from routing import cli

    if (a.source is None) == (a.place is None):
        raise BadInput("name one source: a file or folder, or --place")
    report = cli.build(
        home=around.home,
        source=a.source,
        place=a.place,
        name=a.name,
        timezone=a.tz,
        progress=around.say,
        elapsed_s=around.elapsed_s,
    )
    return report, cli.build_text


def _city_list(_a: argparse.Namespace, around: Surroundings) -> Answered:
    from routing import cli

    return cli.list_cities(home=around.home), cli.list_text


def _city_info(a: argparse.Namespace, around: Surroundings) -> Answered:
    from data.catalogue import SHIPPED, open_city_named
    from routing import cli

    if a.city == SHIPPED:
        open_city_named(around.home, SHIPPED, progress=around.say)
    return cli.info(home=around.home, name=a.city, elapsed_s=around.elapsed_s), cli.info_text


def _city_calibrate(a: argparse.Namespace, around: Surroundings) -> Answered:
    from data.catalogue import open_city_named
    from routing import cli_calibrate

    city = open_city_named(around.home, a.city, progress=around.say)
    report = cli_calibrate.calibrate_city(
        city=city, trips=a.trips, out=a.out, table=a.table, progress=around.say, elapsed_s=around.elapsed_s
    )
    return report, cli_calibrate.calibrate_text


def _route(a: argparse.Namespace, around: Surroundings) -> Answered:
    from data.catalogue import open_city_named
    from routing import cli_ways

    city = open_city_named(around.home, a.city, progress=around.say)
    report = cli_ways.route(
        city=city,
        origin=a.origin,
        destination=a.destination,
        depart=a.depart,
        traffic=a.traffic,
        elapsed_s=around.elapsed_s,
    )
    return report, cli_ways.route_text


def _isochrone(a: argparse.Namespace, around: Surroundings) -> Answered:
    from data.catalogue import open_city_named
    from routing import cli_isochrone

    city = open_city_named(around.home, a.city, progress=around.say)
    report = cli_isochrone.isochrone(
        city=city, place=a.place, minutes=a.minutes, depart=a.depart, traffic=a.traffic, elapsed_s=around.elapsed_s
    )
    return report, cli_isochrone.isochrone_text


def _matrix(a: argparse.Namespace, around: Surroundings) -> Answered:
    from data.catalogue import open_city_named
    from routing import cli_ways

    city = open_city_named(around.home, a.city, progress=around.say)
    report = cli_ways.matrix(
        city=city,
        sources=a.sources,
        targets=a.targets,
        output=a.output,
        depart=a.depart,
        traffic=a.traffic,
        elapsed_s=around.elapsed_s,
    )
    return report, cli_ways.matrix_text


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


def _minutes(text: str) -> list[int]:
    if not re.fullmatch(r"\d{1,6}(,\d{1,6})*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not minutes with commas, like 5,10,15")
    return [int(word) for word in text.split(",")]
