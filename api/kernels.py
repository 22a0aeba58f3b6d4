"""A service that compiles nothing: what is not in the cache is compiled before it starts, by a process of its own.

`python -m api.kernels HOME CITY` is that process (see `simulator.kernels` for why).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from data.catalogue import open_city_named
from geo.faults import BadInput
from simulator.kernels import is_warm, keep_mark, warm_kernels


def compile_apart(home: Path, city: str, say: Callable[[str], None]) -> None:
    """Returns when the kernels are in the cache; where that fails it is said, and they are compiled when needed."""
    if is_warm():
        return
    say("compiling the kernels (once)")
    command = [sys.executable, "-m", "api.kernels", str(home), city]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        say("the kernels could not be compiled beforehand; the first answers will be slow")


def main(home: Path, city: str) -> int:
    try:
        warm_kernels(open_city_named(home, city, progress=lambda _line: None).roads)
        keep_mark()
    except (BadInput, OSError) as fault:
        print(f"towline: {fault}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2]))
