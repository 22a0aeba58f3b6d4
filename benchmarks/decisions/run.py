"""`make bench-decisions`: the solver on problems of every size that counts, as JSON and a table in benchmarks/results/.

    python -m benchmarks.decisions.run [--only 49x60] [--seeds 1] [--flavours plane] [--aims] [--quality] [--bounds]

Where no part is named, the aims and the quality over time are measured; `--aims --quality --bounds` is everything. A
run of fewer sizes, seeds or grounds is written to decisions-part.json, so that it does not replace a full one.
See docs/decisions-benchmark.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.decisions.aims import aims_of
from benchmarks.decisions.bounds import battery
from benchmarks.decisions.instances import GROUNDS, SEEDS, SIZES, Size, of_size, size_named
from benchmarks.decisions.measure import timed, warm
from benchmarks.decisions.quality import SIZES as QUALITY_SIZES
from benchmarks.decisions.quality import over_time
from benchmarks.decisions.single_job import single_job
from benchmarks.decisions.streets import MissingData, router_of
from benchmarks.decisions.table import text_of
from benchmarks.report import RESULTS, ROOT, origin, write
from data.home import towline_home

PARTS = ("aims", "quality", "bounds")
USUAL = ("aims", "quality")
"""What is measured where no part is named; the bounds' battery takes hours."""

Record = dict[str, Any]


def say(line: str) -> None:
    print(f"decisions: {line}", file=sys.stderr, flush=True)  # noqa: T201


def measure(sizes: Sequence[Size], grounds: Sequence[str], seeds: int, parts: Sequence[str]) -> Iterator[Record]:
    """The document after each size and part: a run that is cut short has not been for nothing."""
    document: Record = {
        **origin(ROOT), "load_average": [os.getloadavg()], "seeds": seeds,
        "single": [], "runs": [], "quality": [], "bounds": [],
    }  # fmt: skip
    for part in PARTS:
        for size in sizes if part in parts else ():
            for ground in grounds:
                for seed in range(seeds):
                    _add(document, part, size, ground, seed)
            document["load_average"].append(os.getloadavg())
            yield document


def _add(document: Record, part: str, size: Size, ground: str, seed: int) -> None:
    if part == "aims" and size.jobs == 1:
        document["single"].append(single_job(ground, seed))
        say(f"{size.name} {ground} seed {seed}: {document['single'][-1]['median_us']:.0f} us")
    elif part == "aims":
        _add_aims(document["runs"], size, ground, seed)
    elif part == "quality" and size.name in QUALITY_SIZES:
        same = (size.name, ground, seed)
        known = [run for run in document["runs"] if (run["size"], run["ground"], run["seed"]) == same]
        document["quality"] += over_time(size, ground, seed, known)
        say(f"{size.name} {ground} seed {seed}: above the best known {document['quality'][-1]['above']}")
    elif part == "bounds" and size.jobs > 1:
        document["bounds"].append(battery(size, ground, seed))
        lies = document["bounds"][-1]["broken"]
        say(f"{size.name} {ground} seed {seed}: {'; '.join(lies) or 'the bounds hold'}")


def _add_aims(runs: list[Record], size: Size, ground: str, seed: int) -> None:
    problem = of_size(size, ground, seed)
    for aim in aims_of(size.name):
        _plan, run = timed(problem, aim.budget_s, 0)
        runs.append({"size": size.name, "ground": ground, "seed": seed, **run})
        gap = "no bound" if run["gap"] is None else f"gap {100 * run['gap']:.3f} %"
        say(
            f"{size.name} {ground} seed {seed}, {aim.budget_s:g} s: cost {run['cost']}, {gap}, {run['method']},"
            f" {run['seconds']:.2f} s{'' if not run['faults'] else ' FAULTS ' + run['faults'][0]}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    asked = _arguments(argv)
    os.environ.setdefault("NUMBA_CACHE_DIR", str(towline_home(os.environ) / "numba"))
    grounds = grounds_here(asked.flavours.split(","))
    sizes = asked.only or SIZES
    parts = [part for part in PARTS if getattr(asked, part)] or list(USUAL)
    whole = not asked.only and asked.seeds >= SEEDS and {*parts} >= {*USUAL} and len(grounds) == len(GROUNDS)
    name = "decisions" if whole else "decisions-part"
    say("loading or compiling the kernels")
    warm()
    document: Record = {}
    for document in measure(sizes, grounds, asked.seeds, parts):
        write(RESULTS / f"{name}.json", document)
    table = text_of(document)
    (RESULTS / f"{name}.md").write_text(table, encoding="utf-8")
    print(table)  # noqa: T201
    unsound = any(record["faults"] for part in ("runs", "single", "quality", "bounds") for record in document[part])
    return 1 if unsound or any(record["broken"] for record in document["bounds"]) else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.decisions.run", description=__doc__)
    parser.add_argument("--only", action="append", type=size_named, help="this size (may be given again)")
    parser.add_argument("--flavours", default=",".join(GROUNDS), help="grounds, with commas between them")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    for part in PARTS:
        parser.add_argument(f"--{part}", action="store_true", help=f"the {part} (and no part that is not named)")
    return parser.parse_args(argv)


def grounds_here(grounds: Sequence[str]) -> list[str]:
    """Those whose streets can be had here; the others are named as left out."""
    here = []
    for ground in grounds:
        try:
            if ground.startswith("roads:"):
                router_of(ground.removeprefix("roads:"))
            here.append(ground)
        except MissingData as missing:
            say(f"SKIPPED {ground}: {missing}")
    return here


if __name__ == "__main__":
    raise SystemExit(main())
