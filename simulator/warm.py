"""Prepares what the first real command would otherwise wait for: the shipped city and the compiled kernels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from data.catalogue import GENERATED, SHIPPED
from dispatch.solver.warm import warm_up
from geo.datums import Datum
from simulator.cli import simulate
from simulator.setting import Request

A_DAY = date(2026, 3, 2)


def warm(*, home: Path, progress: Callable[[str], None], elapsed_s: Callable[[], float]) -> dict[str, object]:
    """Loads or compiles every kernel of the solver, then plays a generated day on the shipped city for the others."""
    begun_s = elapsed_s()
    warm_up()
    request = Request(
        load=GENERATED, trucks=None, shops=None, from_day=A_DAY, to_day=A_DAY, tow_share=None, renames={},
        datum=Datum.WGS84, skip_bad=False, seed=0,
    )  # fmt: skip
    report = simulate(
        home=home, city=SHIPPED, policy="production", request=request, out=None, progress=progress, elapsed_s=elapsed_s
    )
    return {"city": SHIPPED, "orders": report["orders"], "timing": {"total_s": round(elapsed_s() - begun_s, 3)}}


def warm_text(report: dict[str, object]) -> str:
    return f"towline is ready: city {report['city']} and kernels are in place"
