"""`python -m benchmarks.days`: whole days under every rule. JSON, table and picture in benchmarks/results/.

    python -m benchmarks.days --draws 3 --only storm:25 --rules closest-idle,production --references 1

Cells that are there already, of the same code, are not played again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from benchmarks.days import tables
from benchmarks.days.scenes import DAYS, FLEETS
from benchmarks.days.study import RULES, Asked, code_digest, run
from benchmarks.report import RESULTS, ROOT, origin, write
from data.home import towline_home


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.days")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--references", type=int, default=3, help="draws for which the clairvoyant reference is made")
    parser.add_argument("--only", default="", help="cases, as storm:25,normal:10")
    parser.add_argument("--rules", default=",".join(RULES))
    parser.add_argument("--noise", default="none", help="as in towline simulate; the reference knows of none")
    parser.add_argument("--bound-steps", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--name", default="days", help="of the files in benchmarks/results")
    a = parser.parse_args()
    cases = tuple((day, int(trucks)) for day, _, trucks in (case.partition(":") for case in a.only.split(",") if case))
    cases = cases or tuple((day, trucks) for day in DAYS for trucks in FLEETS)
    unknown = [day for day, _ in cases if day not in DAYS] + [r for r in a.rules.split(",") if r not in RULES]
    if unknown:
        parser.error(f"{', '.join(unknown)}: days are {', '.join(DAYS)}, rules {', '.join(RULES)}")
    asked = Asked(cases, tuple(a.rules.split(",")), a.draws, a.references, a.noise, bound_steps=a.bound_steps)
    try:
        cells = run(asked, towline_home(os.environ), a.workers, _say)
    except FileNotFoundError as absent:
        _say(f"skipped: {absent}")
        return 0
    rows = tables.summed_up(cells)
    write(RESULTS / f"{a.name}.json", {**origin(ROOT), "code": code_digest(), "noise": a.noise, "rows": rows})
    (RESULTS / f"{a.name}.md").write_text(tables.table_of(rows), encoding="utf-8")
    tables.draw(rows, RESULTS / f"{a.name}.png")
    print(json.dumps(rows, indent=1))  # noqa: T201
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
