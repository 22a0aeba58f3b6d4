"""The road router's figures: single times, ways, tables, versions, building, opening, memory; and how they grow.

All in one run and beside scipy's Dijkstra from one place to all on the same graph of turns and times (C++, float64), so
that ratios hold on any machine; they are of processor time, which others on the machine disturb least. The city is
Milan, where the real data is at hand, else the shipped one; it is built into the home once. Larger graphs are its
copies side by side (`benchmarks.tiled`). Results: benchmarks/results/roads.json, and the growth as a table and a
picture beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from benchmarks.fresh import SMALL
from benchmarks.growth import draw, table_of
from benchmarks.places import some_places
from benchmarks.report import RESULTS, ROOT, origin, write
from benchmarks.tiled import tiled
from benchmarks.timing import each_us, once, spread
from data.catalogue import SHIPPED_FOLDER
from data.home import towline_home
from routing.assemble import assemble
from routing.build import build_city
from routing.bundle import open_city, save_city
from routing.bundle_schema import VERSION
from routing.contraction import contract
from routing.customise import customise
from routing.dissection import nested_dissection
from routing.osm import read_osm
from routing.positions import Positions
from routing.roads import City
from routing.router import Router
from routing.turns import turn_graph

MILAN = ROOT.parent / "shared" / "data" / "osm" / "milan_2015.osm.pbf"
TILES = ((1, 1), (2, 2), (3, 3), (4, 4))
"""The last has a million links."""

PAIRS, WAYS, SCIPY_ROWS, CLOSED = 10_000, 2_000, 5, 50
TABLES = (SMALL, (500, 200), (2000, 2000))
THREADS = (1, 2)
STARTS = 3
BUILDS = 3


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.roads", description=__doc__)
    parser.add_argument("--most-tiles", type=int, default=4, help="columns and rows of the largest graph")
    most = parser.parse_args(argv).most_tiles
    os.environ.setdefault("NUMBA_CACHE_DIR", str(towline_home(os.environ) / "numba"))
    folder = towline_home(os.environ) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    source = MILAN if MILAN.is_file() else SHIPPED_FOLDER
    city = _built(folder, source)
    document: dict[str, Any] = {
        **origin(ROOT),
        "load_average": [os.getloadavg()],
        "city": city.facts.name,
        "note": f"larger graphs are copies of {city.facts.name} side by side, joined by streets at their borders",
        "build": _building(source),
        "sizes": [],
    }
    for columns, rows in TILES:
        if columns > most:
            break
        _say(f"{columns} x {rows} copies of {city.facts.name}")
        whole = city if columns == rows == 1 else _kept(folder, city, columns, rows)
        measured = {"copies": columns * rows, **measure(whole)}
        measured["fresh"] = _fresh(_folder_of(folder, f"{city.facts.name}-{columns}x{rows}", city.facts.name))
        document["sizes"].append(measured)
        document["load_average"].append(os.getloadavg())
        write(RESULTS / "roads.json", document)
    table = table_of(document["sizes"])
    (RESULTS / "roads-growth.md").write_text(table, encoding="utf-8")
    draw(document["sizes"], RESULTS / "roads-growth.png")
    print(table)  # noqa: T201
    return 0


def measure(city: City) -> dict[str, Any]:
    """What one graph is and how long everything takes on it."""
    rng = np.random.default_rng(7)
    router = Router.of(city, threads=1)
    turns, hierarchy = city.structure.turns, city.structure.hierarchy
    origins, ends = some_places(city.roads, rng, PAIRS), some_places(city.roads, rng, PAIRS)
    singles = [(origins.take(k), ends.take(k)) for k in range(PAIRS)]
    amortised = spread(lambda: router.times(origins, ends))
    rows = np.arange(SCIPY_ROWS)
    graph = _scipy_graph(router)
    scipy_row = spread(lambda: dijkstra(graph, indices=origins.link[rows]), runs=3)
    tables = [_table(city, origins, ends, n, m, threads) for n, m in TABLES for threads in THREADS]
    new_ms = rng.integers(1_000, 100_000, city.roads.link_count).astype(np.int32)
    closed = np.zeros(city.roads.link_count, np.bool_)
    closed[rng.choice(city.roads.link_count, CLOSED, replace=False)] = True
    return {
        "links": city.roads.link_count,
        "turns": len(turns.onward),
        "arcs": [len(hierarchy.up), len(hierarchy.down)],
        "levels": hierarchy.levels,
        "single": {
            "in_one_call_us": {name: value / PAIRS * 1e6 for name, value in amortised.items() if name != "runs"},
            "alone": each_us(lambda k: router.times(*singles[k]), PAIRS),
            "with_way": each_us(lambda k: router.route(*singles[k]), WAYS),
        },
        "tables": tables,
        "customise": spread(lambda: customise(hierarchy, router._search.turn_ms)),
        "new_times": spread(lambda: router.version(link_ms=new_ms)),
        "with_closed": spread(lambda: router.with_closed(closed)),
        "scipy_row_s": {name: value / SCIPY_ROWS for name, value in scipy_row.items() if name != "runs"},
        "times_faster_than_scipy": {
            "single": scipy_row["cpu_s"] / SCIPY_ROWS / (amortised["cpu_s"] / PAIRS),
            **{
                f"{each['rows']}x{each['columns']}": scipy_row["median_s"]
                / SCIPY_ROWS
                * each["rows"]
                / each["median_s"]
                for each in tables
                if each["threads"] == 1
            },
        },
        "structure": _structuring(city),
    }


def _table(city: City, origins: Positions, ends: Positions, n: int, m: int, threads: int) -> dict[str, Any]:
    router = Router.of(city, threads=threads)
    starts, goals = origins.take(np.arange(n)), ends.take(np.arange(m))
    return {"rows": n, "columns": m, "threads": threads, **spread(lambda: router.table(starts, goals))}


def _scipy_graph(router: Router) -> csr_matrix:
    """The graph of turns with the times that the router searches it by; none of them is 0."""
    turns = router.network.turns
    weight = router._search.turn_ms.astype(np.float64)
    return csr_matrix((weight, turns.onward, turns.onward_offset), shape=(turns.node_count, turns.node_count))


def _structuring(city: City) -> dict[str, Any]:
    """Making the hierarchy, step by step, once."""
    turns = city.structure.turns
    order = city.structure.hierarchy.order
    return {
        "turns": once(lambda: turn_graph(city.roads)),
        "order": once(lambda: nested_dissection(city.roads, turns)),
        "contraction": once(lambda: contract(turns, order)),
    }


def _building(source: Path) -> dict[str, Any]:
    """Building the city from its source, step by step; kernels are there already."""
    if source != MILAN:
        return {"whole": spread(lambda: build_city(source, name="bench", progress=_quiet), runs=BUILDS)}
    reading = read_osm(source, _quiet)
    roads = assemble(reading.draft)
    turns = turn_graph(roads)
    order = nested_dissection(roads, turns)
    return {
        "read": spread(lambda: read_osm(source, _quiet), runs=BUILDS),
        "assemble": spread(lambda: assemble(reading.draft), runs=BUILDS),
        "turns": spread(lambda: turn_graph(roads), runs=BUILDS),
        "order": spread(lambda: nested_dissection(roads, turns), runs=BUILDS),
        "contraction": spread(lambda: contract(turns, order), runs=BUILDS),
        "whole": spread(lambda: build_city(source, name="bench", progress=_quiet), runs=BUILDS),
    }


def _built(folder: Path, source: Path) -> City:
    name = source.name.split(".")[0]
    kept = _folder_of(folder, name)
    if not kept.is_dir():
        _say(f"building {name}")
        save_city(build_city(source, name=name, progress=_quiet), kept)
    return open_city(kept)


def _kept(folder: Path, city: City, columns: int, rows: int) -> City:
    kept = _folder_of(folder, f"{city.facts.name}-{columns}x{rows}")
    if not kept.is_dir():
        save_city(tiled(city, columns, rows), kept)
    return open_city(kept)


def _folder_of(folder: Path, name: str, base: str = "") -> Path:
    """Where a graph is kept, for each version of the format; that of a single copy is the city's own."""
    return folder / f"{base if base and name == f'{base}-1x1' else name}-v{VERSION}"


def _fresh(folder: Path) -> list[dict[str, Any]]:
    """Runs of processes that begin with nothing but the kernels' cache; the first, which may fill it, is left out."""
    command = [sys.executable, "-m", "benchmarks.fresh", str(folder)]
    runs = [subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout for _ in range(STARTS + 1)]
    return [json.loads(run) for run in runs[1:]]


def _quiet(_line: str) -> None:
    """Progress that nobody reads."""


def _say(line: str) -> None:
    print(f"roads: {line}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
