"""`make bench`: times on the shipped city, medians of several runs and their spread, as JSON in benchmarks/results/.

Tables of travel times are put beside scipy's Dijkstra on the same graph of permitted turns (C++, float64), decisions
beside nothing yet: their peers come with the issue on decisions.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from api.clock import elapsed_s
from benchmarks.report import RESULTS, ROOT, origin, write
from benchmarks.timing import spread
from data.catalogue import SHIPPED, open_city_named
from data.home import towline_home
from dispatch.solver.budget import Budget
from dispatch.solver.ladder import solve
from geo.datums import Datum
from routing.roads import Roads
from routing.router import Router
from routing.turns import permitted_turns
from simulator.cli import simulate
from simulator.setting import Request
from tests.random_problems import random_problem


def turn_matrix(roads: Roads) -> csr_matrix:
    """Links as nodes; an arc from a link to the next costs what the next takes."""
    turns = permitted_turns(roads)
    weight = roads.link_duration_ms[turns.onward].astype(np.float64)
    return csr_matrix((weight, turns.onward, turns.onward_offset), shape=(roads.link_count, roads.link_count))


def bench_tables(roads: Roads, places: int = 200) -> dict[str, object]:
    """Travel times between random places, ours with one thread, beside scipy's Dijkstra from each of them."""
    rng = np.random.default_rng(1)
    links = rng.choice(np.flatnonzero(roads.link_strong), places, replace=False)
    middle = (roads.shape_offset[links] + roads.shape_offset[links + 1]) // 2
    lon, lat = roads.shape_lon_e7[middle] / 1e7, roads.shape_lat_e7[middle] / 1e7
    matrix = turn_matrix(roads)
    router = Router(roads, threads=1)
    at = router.snap(lon, lat)
    mine = spread(lambda: router.table(at, at))
    theirs = spread(lambda: dijkstra(matrix, indices=links), runs=3)
    return {"places": places, "towline": mine, "scipy": theirs, "ratio": theirs["median_s"] / mine["median_s"]}


def bench_solve(trucks: int, jobs: int) -> dict[str, object]:
    """One problem, solved again and again; the travel-time table is part of the problem."""
    problem = random_problem(np.random.default_rng(trucks * 1000 + jobs), trucks, jobs)
    plan = solve(problem, Budget(200_000), 0)
    return {"trucks": trucks, "jobs": jobs, "gap": plan.gap, **spread(lambda: solve(problem, Budget(200_000), 0))}


def bench_week(home: Path) -> dict[str, float]:
    request = Request("generated", "49", None, date(2026, 3, 2), date(2026, 3, 8), None, {}, Datum.WGS84, False, 7)
    return spread(
        lambda: simulate(
            home=home, city=SHIPPED, policy="production", request=request, out=None, progress=lambda _line: None,
            elapsed_s=elapsed_s,
        ),
        runs=3,
    )  # fmt: skip


def main() -> int:
    home = towline_home(os.environ)
    roads = open_city_named(home, SHIPPED, progress=lambda line: print(line, file=sys.stderr)).roads  # noqa: T201
    results = {
        **origin(ROOT),
        "tables": bench_tables(roads),
        "solve": [bench_solve(49, 1), bench_solve(49, 20), bench_solve(49, 60)],
        "week": bench_week(home),
    }
    write(RESULTS / "bench.json", results)
    print(json.dumps(results, indent=1))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
