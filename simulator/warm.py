"""Prepares what the first real command would otherwise wait for: the shipped city and the compiled kernels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from data.catalogue import GENERATED, SHIPPED, open_city_named
from geo.datums import Datum
from simulator.cli import simulate
from simulator.kernels import keep_mark, warm_kernels
from simulator.setting import Request

A_DAY = date(2026, 3, 2)


def warm(*, home: Path, progress: Callable[[str], None], elapsed_s: Callable[[], float]) -> dict[str, object]:
    """Plays a generated day on the shipped city, and loads or compiles every kernel that a service may ask for."""
    begun_s = elapsed_s()
    request = Request(
        load=GENERATED, trucks=None, shops=None, from_day=A_DAY, to_day=A_DAY, tow_share=None, renames={},
        datum=Datum.WGS84, skip_bad=False, seed=0,
    )  # fmt: skip
    report = simulate(
        home=home, city=SHIPPED, policy="production", request=request, out=None, progress=progress, elapsed_s=elapsed_s
    )
    warm_kernels(open_city_named(home, SHIPPED, progress=progress))
    keep_mark()
    return {"city": SHIPPED, "orders": report["orders"], "timing": {"total_s": round(elapsed_s() - begun_s, 3)}}


def warm_text(report: dict[str, object]) -> str:
    return f"towline is ready: city {report['city']} and kernels are in place"
