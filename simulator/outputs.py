"""What a run leaves in a folder: a row an order and a row a job (Parquet and CSV), and the drives as GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from simulator.measures import OrderOutcome
from simulator.run import Run
from simulator.world import DrivenLeg


def orders_frame(outcomes: Sequence[OrderOutcome]) -> pd.DataFrame:
    """One row an order, in order of report; instants in UTC, `response_s` empty where nobody came."""
    return pd.DataFrame(
        {
            "order": [o.order.id for o in outcomes],
            "line": [o.line for o in outcomes],
            "reported_at": _instants([o.order.reported_at_ms for o in outcomes]),
            "lon": [o.order.lon_deg for o in outcomes],
            "lat": [o.order.lat_deg for o in outcomes],
            "lanes_blocked": [o.order.lanes_blocked for o in outcomes],
            "person_waiting": [o.order.person_waiting for o in outcomes],
            "promise_after_s": [o.order.promise_after_s for o in outcomes],
            "jobs": [o.jobs for o in outcomes],
            "jobs_served": [o.jobs_served for o in outcomes],
            "status": [o.status for o in outcomes],
            "response_s": [None if o.response_ms is None else o.response_ms / 1000 for o in outcomes],
            "within_promise": [o.within_promise for o in outcomes],
        }
    ).astype({"response_s": "float64"})


def jobs_frame(run: Run) -> pd.DataFrame:
    """One row a job: who served it, when each step happened, and what was driven for it."""
    driven = {kind: dict.fromkeys(run.jobs, 0) for kind in ("to_scene", "tow")}
    for leg in run.world.legs:
        if leg.job is not None:
            driven[leg.kind.value][leg.job] += leg.length_mm
    records = list(run.jobs.values())
    return pd.DataFrame(
        {
            "job": [r.job for r in records],
            "order": [r.order for r in records],
            "status": [r.status.value for r in records],
            "truck": [r.truck for r in records],
            "shop": [r.shop for r in records],
            "offered_at": _instants([r.offered_ms for r in records]),
            "accepted_at": _instants([r.accepted_ms for r in records]),
            "arrived_at": _instants([r.arrived_ms for r in records]),
            "hooked_up_at": _instants([r.hooked_up_ms for r in records]),
            "delivered_at": _instants([r.delivered_ms for r in records]),
            "offers": [r.offers for r in records],
            "refusals": [r.refusals for r in records],
            "switches": [r.switches for r in records],
            "to_scene_m": [driven["to_scene"][r.job] // 1000 for r in records],
            "tow_m": [driven["tow"][r.job] // 1000 for r in records],
        }
    )


def write_tables(orders: pd.DataFrame, jobs: pd.DataFrame, folder: Path) -> list[str]:
    """orders and jobs, each as Parquet and as CSV; returns the names written."""
    names = []
    for name, frame in (("orders", orders), ("jobs", jobs)):
        frame.to_parquet(folder / f"{name}.parquet", index=False)
        frame.to_csv(folder / f"{name}.csv", index=False)
        names += [f"{name}.parquet", f"{name}.csv"]
    return names


def write_replay(run: Run, attribution: str, path: Path) -> None:
    """Every drive as a LineString with the instant (epoch seconds) of each of its points in `times_s`."""
    features = [_feature(leg) for leg in run.world.legs if leg.length_mm > 0]
    document = {"type": "FeatureCollection", "attribution": attribution, "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _feature(leg: DrivenLeg) -> dict[str, object]:
    lon, lat = leg.way.geometry()
    share = _shares(lon, lat)
    span_s = leg.way.duration_ms * leg.pace / 1000
    times_s = leg.started_ms / 1000 + share * span_s
    kept = max(2, int(np.searchsorted(times_s, leg.ended_ms / 1000, side="right")))
    return {
        "type": "Feature",
        "geometry": {
            "type": "LineString",
            "coordinates": np.column_stack([lon, lat])[:kept].round(6).tolist(),
        },
        "properties": {
            "truck": leg.truck,
            "job": leg.job,
            "kind": leg.kind.value,
            "whole": leg.whole,
            "length_m": leg.length_mm // 1000,
            "times_s": times_s[:kept].round(1).tolist(),
        },
    }


def _shares(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Share of the way at each point, by length; within a drive the speed is taken as even."""
    steps = np.hypot(np.diff(lon) * np.cos(np.radians(lat[:-1])), np.diff(lat))
    run = np.concatenate([[0.0], np.cumsum(steps)])
    return run / run[-1] if run[-1] > 0 else np.linspace(0, 1, len(run))


def _instants(values_ms: Sequence[int | None]) -> list[datetime | None]:
    return [None if ms is None else datetime.fromtimestamp(ms / 1000, UTC) for ms in values_ms]
