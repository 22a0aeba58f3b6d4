"""A service that compiles nothing: what is not in the cache is compiled before it starts, by a process of its own.

`python -m api.kernels HOME CITY` is that process (see `simulator.kernels` for why). It opens the city first: where the
shipped one has to be built, it is built there too, with all that this compiles.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from data.catalogue import open_city_named
from geo.faults import BadInput
from simulator.kernels import is_warm, keep_mark, warm_kernels

OK, NOT_KEPT, NO_CITY = 0, 1, 2


def compile_apart(home: Path, city: str, say: Callable[[str], None]) -> None:
    """Returns when the kernels are in the cache; where that fails it is said, and they are compiled when needed.

    A city that cannot be opened is said by whoever opens it next.
    """
    if is_warm():
        return
    say("compiling the kernels (once)")
    command = [sys.executable, "-m", "api.kernels", str(home), city]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if done.returncode not in (OK, NO_CITY):
        say("the kernels could not be compiled beforehand; the first answers will be slow")


def main(home: Path, city: str) -> int:
    try:
        warm_kernels(open_city_named(home, city, progress=_say))
        keep_mark()
    except BadInput:
        return NO_CITY
    except OSError as fault:
        _say(f"towline: {fault}")
        return NOT_KEPT
    return OK


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2]))
