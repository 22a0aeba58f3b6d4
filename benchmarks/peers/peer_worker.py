"""One engine in a process of its own: loads it, warms it up, times it, and prints one JSON line.

    python -m benchmarks.peers.peer_worker NAME WORK_FOLDER [--answers]

Runs in the peers' environment (or in ours, for our router) and so imports nothing of a room but the stopwatch.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from api.clock import elapsed_s
from benchmarks.peers import measure
from benchmarks.peers.engine import Engine
from benchmarks.peers.plans import COLUMNS, OURS, ROWS, SINGLES, SQUARE, Plan, Work, plan_named, squares
from benchmarks.peers.questions import Questions, load


def engine_of(name: str, work: Work, questions: Questions) -> Engine:
    """Imports and loads an engine."""
    # Each import is one interpreter's only.
    if name.startswith(OURS):
        from benchmarks.peers import ours

        return ours.load(work.city, questions, threads=2 if name != OURS else 1)
    if name.startswith("OSRM"):
        from benchmarks.peers import osrm_engine

        algorithm = name.removeprefix("OSRM ")
        return osrm_engine.load(work.osrm_ch if algorithm == "CH" else work.osrm_mld, questions, algorithm)
    if name == "Valhalla":
        from benchmarks.peers import valhalla_engine

        return valhalla_engine.load(work.valhalla, questions)
    from benchmarks.peers import graph_engines

    engines: dict[str, Callable[[Questions], Engine]] = {
        "scipy": graph_engines.Scipy,
        "networkx": graph_engines.Networkx,
        "pandana": graph_engines.Pandana,
    }
    return engines[name](questions)


def measured(plan: Plan, work: Work, with_answers: bool) -> dict[str, object]:
    """All figures of one engine in one round."""
    questions = load(work.questions)
    before_mb = measure.resident_mb()
    cpu_s, begun_s = time.process_time(), elapsed_s()
    engine = engine_of(plan.name, work, questions)
    loaded_s, load_cpu_s = elapsed_s() - begun_s, time.process_time() - cpu_s
    begun_s = elapsed_s()
    engine.singles(1)[0].ask(0)
    first_s = elapsed_s() - begun_s
    ready_mb = measure.resident_mb()
    single = measure.time_singles(engine, min(plan.pairs, SINGLES))
    batch = measure.time_batches(engine, plan.pairs)
    tables = measure.time_tables(engine, ROWS, COLUMNS, (ROWS, COLUMNS))
    sides = [side for side in squares() if side < plan.square] if plan.name == OURS else []
    for side in [plan.square, *sides]:
        tables += measure.time_tables(engine, side, side, (SQUARE, SQUARE) if side == plan.square else (side, side))
    record: dict[str, object] = {
        "threads": engine.threads,
        "load": {"import_and_load_s": loaded_s, "cpu_s": load_cpu_s, "first_answer_s": first_s},
        "memory_mb": {"before_loading": before_mb, "ready": ready_mb, "peak": measure.peak_mb()},
        "single": single,
        "batch": batch,
        "tables": tables,
    }
    if with_answers:
        work.answers.mkdir(parents=True, exist_ok=True)
        answers, record["reading_s"] = measure.answers_of(engine, plan.pairs, ROWS, COLUMNS)
        for what, seconds in answers.items():
            np.save(work.answers / f"{plan.name}-{what}.npy", seconds)
    return record


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.peers.peer_worker")
    parser.add_argument("name")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answers", action="store_true", help="write the answers down, to be compared with ours")
    asked = parser.parse_args()
    # Some engines chat on stdout, past Python: what they say goes to stderr, and the line alone to the real stdout.
    line = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    record = measured(plan_named(asked.name), Work(asked.folder), asked.answers)
    line.write(json.dumps(record) + "\n")
    line.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
