"""`make bench-peers`: our router beside its peers on Milan, in rounds, as JSON in benchmarks/results/roads_peers.json.

Each round asks every engine in turn, each in a fresh process: ours with one thread, ours with two, then the peers. What
the machine does beside it changes from minute to minute, so engines are compared within a round, and in processor time
as well as on the clock. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.clock import elapsed_s
from benchmarks.peers import places, questions
from benchmarks.peers.compare import agreement, medians, ratios
from benchmarks.peers.ours import router_of
from benchmarks.peers.plans import OURS, PLANS, Plan, Work
from benchmarks.peers.setup import Missing, Peers, prepared
from benchmarks.peers.show import text_of
from benchmarks.report import RESULTS, ROOT, origin, write
from data.home import towline_home
from routing.build import build_city
from routing.bundle import save_city
from routing.roads import City

SEED = 20_261
ROUNDS = 3
WORKER_S = 3_600
ONE_THREAD = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMEXPR_NUM_THREADS": "1",
}  # fmt: skip


def say(line: str) -> None:
    print(f"peers: {line}", file=sys.stderr, flush=True)  # noqa: T201


def prepare_ours(extract: Path, work: Work) -> tuple[City, dict[str, float]]:
    """Builds the city, chooses the places and writes down what everybody is asked; with the time of each step."""
    begun_s = elapsed_s()
    city = build_city(extract, name="milan", progress=lambda _line: None)
    built_s = elapsed_s()
    save_city(city, work.city)
    questions.save(places.questions_of(city, router_of(city, 1), SEED), work.questions)
    return city, {"build_city_s": built_s - begun_s, "places_and_files_s": elapsed_s() - built_s}


def ask(plan: Plan, peers: Peers, with_answers: bool) -> dict[str, Any]:
    """The record of one engine in one round, or `failed` and why."""
    python = sys.executable if plan.interpreter == "ours" else str(peers.python)
    words = [python, "-m", "benchmarks.peers.peer_worker", plan.name, str(peers.work.folder)]
    environ = {**os.environ, "PYTHONWARNINGS": "ignore", **ONE_THREAD}
    environ.setdefault("NUMBA_CACHE_DIR", str(towline_home(os.environ) / "numba"))
    busy_s, own_s, begun_s = _busy_s(), _children_s(), elapsed_s()
    try:
        done = subprocess.run(
            [*words, "--answers"] if with_answers else words,
            cwd=ROOT, env=environ, capture_output=True, text=True, timeout=WORKER_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {WORKER_S} s"}
    took_s, own_s = elapsed_s() - begun_s, _children_s() - own_s
    if done.returncode:
        return {"failed": done.stderr.strip()[-1_000:] or f"it ended with {done.returncode}"}
    others = None if busy_s is None else max(0.0, ((_busy_s() or 0.0) - busy_s - own_s) / took_s)
    return {
        **json.loads(done.stdout.splitlines()[-1]),
        "took_s": took_s,
        "others_processors": others,
        "load_average": os.getloadavg()[0],
    }


def _busy_s() -> float | None:
    """Seconds of processors that anything on this machine has used; None where the system does not say."""
    try:
        fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    except OSError:
        return None
    user, nice, system, _idle, _wait, irq, soft, steal = map(int, fields[:8])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_round(
    peers: Peers, plans: list[Plan], which: str, failed: dict[str, str], with_answers: bool
) -> dict[str, dict[str, Any]]:
    """The records of one round by engine; one that fails goes into `failed` and is not asked again."""
    records = {}
    for plan in plans:
        if plan.name in failed:
            continue
        record = ask(plan, peers, with_answers)
        if "failed" in record:
            failed[plan.name] = record["failed"]
            say(f"round {which}: {plan.name} FAILED: {record['failed']}")
        else:
            records[plan.name] = record
            say(f"round {which}: {plan.name}, {record['took_s']:.0f} s")
    return records


def document_of(
    peers: Peers, city: City, ours_s: dict[str, float], records: list[dict[str, Any]], failed: dict[str, str]
) -> dict[str, Any]:
    """All that is written down of a run."""
    names = [plan.name for plan in PLANS if any(plan.name in each for each in records)]
    others = [r["others_processors"] for each in records for r in each.values() if r["others_processors"] is not None]
    return {
        **origin(ROOT),
        "city": {"name": city.facts.name, "source": city.facts.source, "links": city.facts.links,
                 "attribution": city.facts.attribution},
        "seed": SEED,
        "preparation": {
            "peers": [{"step": s.name, "seconds": s.seconds, "by_an_earlier_run": s.earlier} for s in peers.steps],
            "towline": ours_s,
        },
        "rounds_done": len(records),
        "others_processors": {"median": statistics.median(others or [0.0]), "min": min(others, default=0.0),
                              "max": max(others, default=0.0)},
        "ratios": {name: ratios(records, name) for name in names if name != OURS},
        "agreement": {name: agreement(peers.work.answers, name) for name in names if name != OURS},
        "failed": failed,
        "engines": {
            name: {"figures": medians(records, name), "records": [each[name] for each in records if name in each]}
            for name in names
        },
    }  # fmt: skip


def bench_peers(rounds: int = ROUNDS, only: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """What there is to write down after each round. Raises Missing where the peers cannot be had here."""
    with prepared(os.environ, say) as peers:
        for old in peers.work.answers.glob("*.npy"):
            old.unlink()
        city, ours_s = prepare_ours(peers.extract, peers.work)
        say(f"towline: city built in {ours_s['build_city_s']:.1f} s")
        plans = [plan for plan in PLANS if only is None or plan.name in (OURS, *only)]
        records: list[dict[str, Any]] = []
        failed: dict[str, str] = {}
        for k in range(1, rounds + 1):
            records.append(run_round(peers, plans, f"{k} of {rounds}", failed, with_answers=k == 1))
            yield document_of(peers, city, ours_s, records, failed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.peers.run", description="our router beside its peers")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", action="append", choices=[plan.name for plan in PLANS], help="these beside ours")
    asked = parser.parse_args()
    document: dict[str, Any] = {}
    try:
        # Written after each round: a run of an hour that is cut short has not been for nothing.
        for document in bench_peers(max(1, asked.rounds), asked.only):
            write(RESULTS / "roads_peers.json", document)
    except Missing as missing:
        say(f"SKIPPED: {missing}")
        return 0
    print(text_of(document))  # noqa: T201
    return 1 if document["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
