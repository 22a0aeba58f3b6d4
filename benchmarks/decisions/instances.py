"""The problems that the solver is measured on, each made from a name, a size, a seed and a flavour.

    python -m benchmarks.decisions.instances --out DIR [--only 49x60] [--seeds 5] [--flavours plane,roads:taipei]

A flavour is a ground and what is special about the hour: `plane`, `roads:coquimbo` or `roads:taipei`, then any of
`+storm` (all calls within forty minutes, in a few places, and slow roads) and `+features` (must-serve, locks, refusals,
releases to come, shops with few places, pairs without a way). Every problem has every price on: see `calls.WEIGHTS`.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.decisions.calls import WEIGHTS, calls
from benchmarks.decisions.features import featured_jobs, locked_jobs, shop_limits, without_ways
from benchmarks.decisions.fleet import fleet
from benchmarks.decisions.plane import plane
from benchmarks.decisions.streets import MissingData, streets
from dispatch.formats import write_problem
from dispatch.problem import Problem

GROUNDS = ("plane", "roads:coquimbo", "roads:taipei")
EXTRAS = frozenset({"storm", "features"})
SEEDS = 5
TRUCKS_A_SHOP, FEWEST_SHOPS = 6, 6


@dataclass(frozen=True, slots=True)
class Size:
    """A row of the table: a name to ask for it by, how many trucks and jobs, and what is special about it."""

    name: str
    trucks: int
    jobs: int
    extra: str = ""

    def flavour(self, ground: str) -> str:
        return ground + self.extra


SIZES = (
    Size("49x1", 49, 1),
    Size("49x20", 49, 20),
    Size("49x60", 49, 60),
    Size("49x60-storm", 49, 60, "+storm"),
    Size("200x100", 200, 100),
    Size("49x100", 49, 100),
    Size("1000x500", 1_000, 500),
    Size("95x215", 95, 215),
    Size("49x200", 49, 200),
    Size("30x40-features", 30, 40, "+features"),
    Size("15x30-features", 15, 30, "+features"),
)


def instance(name: str, trucks: int, jobs: int, seed: int, flavour: str) -> Problem:
    """The problem of this name, size, seed and flavour: always the same one; another name or seed, another problem.

    ValueError on an unknown flavour, MissingData where the streets it asks for cannot be had here.
    """
    ground, extras = _parts(flavour)
    rng = np.random.default_rng([zlib.crc32(f"{name}|{flavour}".encode()), trucks, jobs, seed])
    storm, featured = "storm" in extras, "features" in extras
    table = _ground(ground, rng, trucks, jobs, max(FEWEST_SHOPS, trucks // TRUCKS_A_SHOP), storm=storm)
    posed = calls(rng, table, trucks, jobs, storm=storm)
    if featured:
        posed = featured_jobs(rng, posed, trucks)
    crew = fleet(rng, table, trucks, posed)
    limits: dict[str, int] = {}
    if featured:
        posed = locked_jobs(rng, posed, crew)
        limits = shop_limits(rng, posed)
        table = without_ways(rng, table)
    return Problem(table, tuple(crew), tuple(posed), WEIGHTS, limits)


def of_size(size: Size, ground: str, seed: int) -> Problem:
    """The problem of a row of the table on one ground."""
    return instance(size.name, size.trucks, size.jobs, seed, size.flavour(ground))


def size_named(name: str) -> Size:
    """A row of the table, or any other TRUCKSxJOBS with -storm or -features after it. ValueError on anything else."""
    for size in SIZES:
        if size.name == name:
            return size
    numbers, *extras = name.split("-")
    trucks, cross, jobs = numbers.partition("x")
    if not (cross and trucks.isdecimal() and jobs.isdecimal() and EXTRAS.issuperset(extras)):
        raise ValueError(f"{name!r} is no size: TRUCKSxJOBS, then -storm or -features or both")
    return Size(name, int(trucks), int(jobs), "".join(f"+{extra}" for extra in extras))


def _parts(flavour: str) -> tuple[str, frozenset[str]]:
    ground, *extras = flavour.split("+")
    if ground not in GROUNDS or not EXTRAS.issuperset(extras):
        raise ValueError(f"{flavour!r} is no flavour: one of {', '.join(GROUNDS)}, then +storm or +features or both")
    return ground, frozenset(extras)


def _ground(
    ground: str, rng: np.random.Generator, trucks: int, jobs: int, shops: int, *, storm: bool
) -> NDArray[np.int64]:
    if ground == "plane":
        return plane(rng, trucks, jobs, shops, storm=storm)
    return streets(ground.removeprefix("roads:"), rng, trucks, jobs, shops, storm=storm)


def files(sizes: Sequence[Size], grounds: Sequence[str], seeds: int, folder: Path) -> Iterator[Path]:
    """Writes each problem as PROBLEM.json, and says where."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in sizes:
        for ground in grounds:
            for seed in range(seeds):
                path = folder / f"{size.name}-{ground.replace(':', '-')}-{seed}.json"
                document = write_problem(of_size(size, ground, seed))
                path.write_text(json.dumps(document) + "\n", encoding="utf-8")
                yield path


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.decisions.instances", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--only", action="append", type=size_named, help="this size (may be given again)")
    parser.add_argument("--flavours", default=",".join(GROUNDS), help="grounds, with commas between them")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    asked = parser.parse_args(argv)
    try:
        for path in files(asked.only or SIZES, asked.flavours.split(","), asked.seeds, asked.out):
            print(path, file=sys.stderr)  # noqa: T201
    except MissingData as missing:
        print(f"instances: {missing}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
