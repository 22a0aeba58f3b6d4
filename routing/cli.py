"""The verbs about cities as such: `towline city build`, `city list` and `city info`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from geo.faults import BadInput
from routing.build import build_city, build_place
from routing.bundle import open_city, save_city
from routing.roads import CityFacts

MARKS = {
    "signal": "signals at their end", "max_weight": "a weight limit", "max_height": "a height limit",
    "no_heavy": "no goods vehicles",
}  # fmt: skip
CITY_NAME = re.compile(r"[0-9A-Za-z\u3400-\u4dbf\u4e00-\u9fff][0-9A-Za-z_\u3400-\u4dbf\u4e00-\u9fff-]{0,63}")


def build(
    *,
    home: Path,
    source: str | None,
    place: str | None,
    name: str,
    timezone: str | None,
    progress: Callable[[str], None],
    elapsed_s: Callable[[], float],
) -> dict[str, object]:
    """Builds a city from `source` (a path) or `place` (a name for OpenStreetMap) and keeps it in the home.

    Reports what `info` does. A city of that name is replaced when the new one is complete.
    """
    started_s = elapsed_s()
    folder = city_folder(home, name)
    if (source is None) == (place is None):
        raise BadInput("give either a SOURCE (an OSM extract or a GMNS folder) or --place, and not both")
    _check_writable(home)
    if place is not None:
        city = build_place(place, name=name, timezone=timezone, progress=progress)
    else:
        city = build_city(Path(str(source)).expanduser(), name=name, timezone=timezone, progress=progress)
    built_s = elapsed_s()
    progress(f"writing city {name}")
    save_city(city, folder)
    timing = {"build_s": round(built_s - started_s, 3), "save_s": round(elapsed_s() - built_s, 3)}
    return {**_facts_report(city.facts), "timing": timing}


def list_cities(*, home: Path) -> dict[str, object]:
    """The cities in the home by name; one that cannot be opened is listed with its `fault`."""
    items: list[dict[str, object]] = []
    for name in city_names(home):
        try:
            facts = open_city(city_folder(home, name)).facts
        except BadInput as fault:
            items.append({"name": name, "fault": str(fault)})
        else:
            items.append({
                "name": name, "nodes": facts.nodes, "links": facts.links, "timezone": facts.timezone,
                "source": facts.source, "attribution": facts.attribution,
            })  # fmt: skip
    return {"items": items, "next": None}


def info(*, home: Path, name: str, elapsed_s: Callable[[], float]) -> dict[str, object]:
    """What is known of one city; every array file is checked against its SHA-256."""
    started_s = elapsed_s()
    folder = city_folder(home, name)
    if not folder.is_dir():
        known = ", ".join(city_names(home))
        there = f"built are: {known}" if known else "none is built yet (`towline city build SOURCE --name NAME`)"
        raise BadInput(f"there is no city {name!r}; {there}")
    city = open_city(folder, verify=True)
    return {**_facts_report(city.facts), "timing": {"open_s": round(elapsed_s() - started_s, 3)}}


def build_text(report: dict[str, object]) -> str:
    """The report of `build` for a person."""
    timing = _object(report["timing"])
    return f"{info_text(report)}\nbuilt in {timing['build_s']:.1f} s, written in {timing['save_s']:.1f} s"


def list_text(report: dict[str, object]) -> str:
    """The report of `list_cities` for a person."""
    items = report["items"]
    if not isinstance(items, list) or not items:
        return "no city is built yet: towline city build SOURCE --name NAME"
    return "\n".join(
        f"{item['name']}: {item['fault']}"
        if "fault" in item
        else f"{item['name']}: {item['nodes']:,} nodes, {item['links']:,} links, {item['timezone']} "
        f"(from {item['source']}; {item['attribution']})"
        for item in items
    )


def info_text(report: dict[str, object]) -> str:
    """The report of `info` for a person."""
    bbox = report["bbox"]
    edges = ", ".join(f"{edge:.4f}" for edge in bbox) if isinstance(bbox, list) else ""
    pois = ", ".join(f"{count} {kind}" for kind, count in _object(report["pois"]).items()) or "none"
    marked = _object(report["marked_links"])
    lines = [
        f"{report['name']}: {report['nodes']:,} nodes, {report['links']:,} directed links",
        f"turn bans: {report['turn_bans']:,} (in, out) link pairs, {report['heavy_turn_bans']:,} more for heavy "
        f"vehicles; banned paths: {report['path_bans']:,}; restriction relations read: {report['restrictions']:,}",
        "links with " + ", ".join(f"{MARKS[kind]}: {count:,}" for kind, count in marked.items()),
        f"strongly connected: {report['strongly_connected_share']:.2%} of the nodes",
        f"west, south, east, north: {edges}; time zone {report['timezone']}",
        f"points of interest: {pois}",
        f"source: {report['source']} ({report['attribution']})",
    ]
    dropped = _object(report["dropped"])
    lines += ["left out:", *(f"  {count:,} {reason}" for reason, count in dropped.items())] if dropped else []
    notes = report["notes"]
    lines += [f"note: {note}" for note in notes] if isinstance(notes, list) else []
    return "\n".join(lines)


def city_folder(home: Path, name: str) -> Path:
    """Where the city `name` lives in the home. Raises BadInput where it is no name for a city."""
    if not CITY_NAME.fullmatch(name):
        raise BadInput(
            f"{name!r} is no name for a city: letters, digits, - and _ (Chinese too), 64 at most, "
            "with a letter or digit first"
        )
    return home / "cities" / name


def city_names(home: Path) -> list[str]:
    """The names of the cities in the home, sorted."""
    cities = home / "cities"
    if not cities.is_dir():
        return []
    return sorted(folder.name for folder in cities.iterdir() if folder.is_dir() and CITY_NAME.fullmatch(folder.name))


def _check_writable(home: Path) -> None:
    """Says at once, and not after a long build, that nothing can be kept."""
    cities = home / "cities"
    try:
        cities.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"{home}: cannot be written ({error.strerror}); set TOWLINE_HOME to a folder that can"
        ) from error
    if not os.access(cities, os.W_OK | os.X_OK):
        raise BadInput(f"{home}: cannot be written (read-only); set TOWLINE_HOME to a folder that can")


def _facts_report(facts: CityFacts) -> dict[str, object]:
    return {
        "name": facts.name,
        "nodes": facts.nodes,
        "links": facts.links,
        "turn_bans": facts.turn_bans,
        "heavy_turn_bans": facts.heavy_turn_bans,
        "path_bans": facts.path_bans,
        "restrictions": facts.restrictions,
        "marked_links": facts.marked_links,
        "strongly_connected_share": round(facts.strongly_connected_share, 6),
        "bbox": list(facts.bbox),
        "pois": facts.pois,
        "source": facts.source,
        "attribution": facts.attribution,
        "timezone": facts.timezone,
        "dropped": facts.dropped,
        "notes": list(facts.notes),
    }


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object in the report, not {value!r}")
    return value
