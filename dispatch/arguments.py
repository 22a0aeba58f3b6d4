"""What the verbs of every room share on the command line: how one is added, what it is given, and kinds of numbers.

It lies in the lowest room that has verbs, and imports nothing that is heavy: `towline --help` reads all of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Report: TypeAlias = dict[str, object]
Answered: TypeAlias = tuple[Report, Callable[[Report], str]]
"""The report, and what makes words of it for a person."""

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a command is given beside its arguments: the home, who hears of its progress, and a stopwatch."""

    home: Path
    say: Callable[[str], None]
    elapsed_s: Callable[[], float]


Command: TypeAlias = Callable[[argparse.Namespace, Surroundings], Answered]
"""Raises BadInput or NoAnswer."""


def add_verb(verbs: Verbs, name: str, run: Command, about: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=about, description=about)
    verb.add_argument("--json", action="store_true", help="one JSON object on stdout, nothing else there")
    verb.set_defaults(run=run)
    return verb


def natural(text: str) -> int:
    return _integer(text, 0)


def positive(text: str) -> int:
    return _integer(text, 1)


def _integer(text: str, low: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= 2**62):
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from {low} on")
    return int(text)
