"""The command line: one verb a job, whose arguments its room knows. It calls it, and prints; nothing imports it.

Exit codes: 0 ok, 1 a check failed, 2 bad input, 3 no answer exists.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import api.verbs
import data.city_verbs
import data.journal_verbs
import dispatch.verbs
import simulator.verbs
from api.clock import elapsed_s
from data.home import towline_home
from dispatch.arguments import Surroundings
from geo.faults import BadInput, NoAnswer

OK, CHECK_FAILED, BAD_INPUT, NO_ANSWER = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    words = sys.argv[1:] if argv is None else argv
    arguments = _parser().parse_args([_shielded(word) for word in words])
    home = towline_home(os.environ)
    _point_kernel_cache_at(home)
    try:
        report, text = arguments.run(arguments, Surroundings(home, _say, elapsed_s))
    except BadInput as error:
        return _fail(arguments, BAD_INPUT, str(error), error.faults)
    except NoAnswer as error:
        return _fail(arguments, NO_ANSWER, str(error), ())
    except BrokenPipeError:
        return OK
    print(json.dumps(report, ensure_ascii=False, allow_nan=False) if arguments.json else text(report), flush=True)
    return CHECK_FAILED if report.get("ok") is False else OK


def _shielded(word: str) -> str:
    """West of Greenwich a LON,LAT starts with a minus, which argparse takes for an option but for a leading space."""
    return f" {word}" if re.fullmatch(r"-[\d.]+,-?[\d.]+", word) else word


def _fail(arguments: argparse.Namespace, code: int, message: str, faults: Sequence[str]) -> int:
    if arguments.json:
        print(json.dumps({"error": message, "faults": list(faults)}, ensure_ascii=False), flush=True)
    print(f"towline: {message}", file=sys.stderr)
    for fault in faults[:50]:
        print(f"  {fault}", file=sys.stderr)
    if len(faults) > 50:
        print(f"  ... and {len(faults) - 50} more", file=sys.stderr)
    return code


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _point_kernel_cache_at(home: Path) -> None:
    """Kernels are kept in the home; where it cannot be written they live for this run only, and that is said."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    cache = home / "numba"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        writable = os.access(cache, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        _say(f"towline: {home} cannot be written; kernels are compiled anew in this run (set TOWLINE_HOME)")
        cache = Path(tempfile.mkdtemp(prefix="towline-"))
        atexit.register(shutil.rmtree, cache, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(cache)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="towline", description="Accident-rescue dispatcher.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    data.city_verbs.add_parsers(verbs)
    dispatch.verbs.add_parsers(verbs)
    simulator.verbs.add_parsers(verbs)
    api.verbs.add_parsers(verbs)
    data.journal_verbs.add_parsers(verbs)
    simulator.verbs.add_warm(verbs)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
