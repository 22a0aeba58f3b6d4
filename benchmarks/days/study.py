"""Plays the cells that are asked for and are not there yet, and keeps each as soon as it is done.

Cells lie in a file of lines under the home, by the digest of the code that they come from, so that a run that is cut
short goes on where it was, and no figure of other code gets among them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.clock import elapsed_s
from benchmarks.days.cells import Cell, foresee, play
from benchmarks.days.scenes import Town, open_town
from benchmarks.report import ROOT
from dispatch.policy import SHIPPED
from simulator.noise import get_noise

REFERENCE = "reference"
RULES = ("closest-idle", "finish-then-go", "batch-30", "reassign", "production")
_ROOMS = ("geo", "routing", "dispatch", "data", "simulator", "benchmarks/days")

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be played: cases as (day, trucks), rules, draws, how the world strays, and how hard the reference is
    thought about."""

    cases: tuple[tuple[str, int], ...]
    rules: tuple[str, ...]
    draws: int
    reference_draws: int
    noise: str = "none"
    work: int = 1_000_000
    bound_steps: int = 60

    def cells(self) -> Iterator[Cell]:
        """Draw by draw, so that a run that is cut short has some of everything."""
        for draw in range(self.draws):
            for day, trucks in self.cases:
                yield from (Cell(day, trucks, rule, draw) for rule in self.rules)
                if draw < self.reference_draws:
                    yield Cell(day, trucks, REFERENCE, draw)


def run(asked: Asked, home: Path, workers: int, say: Callable[[str], None]) -> list[Figures]:
    """The figures of all cells that are asked for, in their order."""
    kept = home / "bench" / f"days-{code_digest()}-{asked.noise}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    done = {_cell(figures): figures for figures in _kept(kept)}
    cells = list(asked.cells())
    missing = [cell for cell in cells if cell not in done]
    say(f"{len(cells)} cells, {len(cells) - len(missing)} of them there already")
    if missing:
        open_town(home)  # built once, before the workers would each build it
    with ProcessPoolExecutor(workers, initializer=_begin, initargs=(home, asked)) as pool, kept.open("a") as file:
        playing = [pool.submit(_play, cell) for cell in missing]
        for number, played in enumerate(as_completed(playing), start=1):
            figures = played.result()
            done[_cell(figures)] = figures
            file.write(json.dumps(figures) + "\n")
            file.flush()
            say(f"{number}/{len(missing)} {' '.join(str(figures[key]) for key in Cell._fields)}: {figures['mean']} s")
    return [done[cell] for cell in cells]


def code_digest() -> str:
    """Of every source file that a cell's figures depend on."""
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _cell(figures: Figures) -> Cell:
    return Cell(*(figures[key] for key in Cell._fields))


def _kept(path: Path) -> Sequence[Figures]:
    if not path.exists():
        return []
    found = []
    for line in path.read_text("utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:  # the run was cut short while it wrote
            continue
    return found


_town: Town | None = None
_asked: Asked | None = None


def _begin(home: Path, asked: Asked) -> None:
    """A worker opens the roads and the accidents once."""
    global _town, _asked
    _town, _asked = open_town(home), asked


def _play(cell: Cell) -> Figures:
    assert _town is not None
    assert _asked is not None
    if cell.rule == REFERENCE:
        return foresee(_town, cell, work=_asked.work, bound_steps=_asked.bound_steps)
    return play(_town, cell, SHIPPED[cell.rule], get_noise(_asked.noise), elapsed_s)
