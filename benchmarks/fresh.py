"""What a process that begins has to wait for and to hold: asked of a process of its own, by `benchmarks.roads`.

python -m benchmarks.fresh FOLDER: opens the city there and asks for a time, a way and two tables; one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from api.clock import elapsed_s

SMALL, LARGE = (49, 20), (2000, 2000)


def main(folder: Path) -> None:
    begun_s = elapsed_s()
    from benchmarks.places import some_places
    from routing.bundle import open_city
    from routing.router import Router

    report: dict[str, Any] = {"imports_s": elapsed_s() - begun_s, "imports_mb": resident_mb()}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        begun_s = elapsed_s()
        answer = work()
        report[f"{name}_s"] = elapsed_s() - begun_s
        report[f"{name}_mb"] = resident_mb()
        return answer

    city = timed("open", lambda: open_city(folder))
    router = timed("router", lambda: Router.of(city))
    rng = np.random.default_rng(3)
    places = some_places(city.roads, rng, LARGE[0])
    one, other = places.take(0), places.take(1)
    for turn in ("first", "second"):
        timed(f"{turn}_time", lambda: router.times(one, other))
        timed(f"{turn}_route", lambda: router.route(one, other))
        timed(f"{turn}_table", lambda: router.table(places.take(np.arange(49)), places.take(np.arange(20))))
    # Reading a kernel from the cache is what the first call has to do beside its work.
    report["kernels_s"] = sum(
        report[f"first_{what}_s"] - report[f"second_{what}_s"] for what in ("time", "route", "table")
    )
    report["served_mb"] = report["second_table_mb"]
    timed("large_table", lambda: router.table(places, places))
    report["peak_mb"] = peak_mb()
    print(json.dumps(report))  # noqa: T201


def resident_mb() -> float | None:
    """The memory that this process holds now, files that are mapped and in use included; None where nobody says."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * resource.getpagesize() / 1e6


def peak_mb() -> float | None:
    """The most memory that this process has held; not what getrusage says, which counts the parent's in."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
