"""`make bench-decision-peers`: our plans beside VROOM's, OR-Tools' and those of rules, as JSON and a table in results/.

    python -m benchmarks.decision_peers.run [--only 49x60] [--seeds 1] [--flavours plane] [--peers "ortools, warm"]

All get the same problems and the same time, every answer becomes a plan of ours, and the checker scores it. A run of
less than everything is written to decision_peers-part.json. See docs/decisions-benchmark.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.decision_peers.ask import BUDGETS_S, OURS, PEERS, everybody
from benchmarks.decision_peers.setup import Missing, peers_python
from benchmarks.decision_peers.show import beaten, text_of
from benchmarks.decisions.bounds import broken
from benchmarks.decisions.instances import GROUNDS, SEEDS, SIZES, of_size, size_named
from benchmarks.decisions.measure import warm
from benchmarks.decisions.run import grounds_here
from benchmarks.report import RESULTS, ROOT, origin, write
from data.home import towline_home

DEFAULT = tuple(size for size in SIZES if size.jobs > 1)
"""One job needs no peer: the ladder's first rung is exact."""


def say(line: str) -> None:
    print(f"decision peers: {line}", file=sys.stderr, flush=True)  # noqa: T201


def main(argv: Sequence[str] | None = None) -> int:
    asked = _arguments(argv)
    os.environ.setdefault("NUMBA_CACHE_DIR", str(towline_home(os.environ) / "numba"))
    peers, grounds, sizes = tuple(asked.peers or PEERS), grounds_here(asked.flavours.split(",")), asked.only or DEFAULT
    whole = not asked.only and not asked.peers and asked.seeds >= SEEDS and len(grounds) == len(GROUNDS)
    name = "decision_peers" if whole else "decision_peers-part"
    try:
        python = peers_python(os.environ)
    except Missing as missing:
        say(f"SKIPPED: {missing}")
        return 0
    warm()
    records: list[dict[str, Any]] = []
    lies: list[str] = []
    document = {**origin(ROOT), "seeds": asked.seeds, "load_average": [os.getloadavg()], "records": records}
    for size in sizes:
        for ground in grounds:
            for seed in range(asked.seeds):
                which = {"size": size.name, "ground": ground, "seed": seed}
                found = everybody(of_size(size, ground, seed), python, peers)
                records += [{**which, **record} for record in found]
                lies += [f"{size.name} {ground} seed {seed}: {lie}" for lie in _lies(found)]
                say(f"{size.name} {ground} seed {seed}: {_in_short(found[-len(peers) * len(BUDGETS_S) :])}")
        document["load_average"] = [*document["load_average"], os.getloadavg()]
        # Written after each size: a run of hours that is cut short has not been for nothing.
        write(RESULTS / f"{name}.json", {**document, "beaten": beaten(records), "broken": lies})
    table = text_of(records)
    (RESULTS / f"{name}.md").write_text(table, encoding="utf-8")
    print(table)  # noqa: T201
    for line in beaten(records):
        say(f"BEATEN: {line}")
    for line in lies:
        say(f"A BOUND IS BROKEN: {line}")
    return 1 if lies or any(record.get("faults") for record in records) else 0


def _lies(found: Sequence[dict[str, Any]]) -> list[str]:
    """What any plan of anybody's shows of our bounds."""
    plans = [record for record in found if "failed" not in record]
    return broken([plan for plan in plans if plan["peer"] == OURS], plans)


def _in_short(records: Sequence[dict[str, Any]]) -> str:
    return "; ".join(f"{record['peer']} {record.get('cost', 'FAILED')}" for record in records)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.decision_peers.run", description=__doc__)
    parser.add_argument("--only", action="append", type=size_named, help="this size (may be given again)")
    parser.add_argument("--flavours", default=",".join(GROUNDS), help="grounds, with commas between them")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--peers", action="append", choices=PEERS, help="this peer (may be given again), and rules")
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
