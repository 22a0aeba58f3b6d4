"""`towline simulate`: a load on a city, played through the engine, measured and drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from data.catalogue import open_city_named
from dispatch.policy import get_policy
from geo.faults import BadInput
from routing.roads import City
from simulator.measures import OrderOutcome, order_outcomes, summary
from simulator.outputs import jobs_frame, orders_frame, write_replay, write_tables
from simulator.pictures import map_picture, response_plot
from simulator.run import Run
from simulator.setting import Request, Setting, make_setting

HOUR_MS = 3_600_000


def simulate(
    *,
    home: Path,
    city: str,
    policy: str,
    request: Request,
    out: Path | None,
    progress: Callable[[str], None],
    elapsed_s: Callable[[], float],
) -> dict[str, object]:
    """Play the load and return the result; with `out`, tables, replay and pictures are written there.

    Everything but `timing` depends on the input and the seed alone.
    """
    begun_s = elapsed_s()
    rules = get_policy(policy)
    opened = open_city_named(home, city, progress=progress)
    setting = make_setting(opened, rules, request, progress)
    prepared_s = elapsed_s()
    run = Run(setting.scenario)
    run.play(_daily(setting, progress))
    played_s = elapsed_s()
    outcomes = order_outcomes(setting.scenario.orders, setting.scenario.lines, run.jobs)
    orders, jobs = orders_frame(outcomes), jobs_frame(run)
    report = {
        "city": city,
        "policy": rules.name,
        "from": str(setting.from_day),
        "to": str(setting.to_day),
        "trucks": len(setting.scenario.trucks),
        "shops": len(setting.scenario.shops),
        **summary(run, outcomes),
        "seed": request.seed,
        "noise": request.noise,
        "generated": setting.load.generated,
        "notes": setting.notes,
        "attribution": opened.facts.attribution,
        "checksums": {
            "load": setting.load.sha256,
            "orders": _sha256(orders.to_csv(index=False)),
            "jobs": _sha256(jobs.to_csv(index=False)),
        },
    }
    if out is not None:
        _make_folder(out)
        names = write_tables(orders, jobs, out)
        names += _draw(run, setting, opened, outcomes, out)
        report["files"] = names
    report["timing"] = {
        "prepare_s": round(prepared_s - begun_s, 3),
        "simulate_s": round(played_s - prepared_s, 3),
        "total_s": round(elapsed_s() - begun_s, 3),
    }
    return report


def _draw(run: Run, setting: Setting, city: City, outcomes: list[OrderOutcome], out: Path) -> list[str]:
    title = f"{city.facts.name}, {setting.from_day} to {setting.to_day}, {len(setting.scenario.trucks)} trucks"
    if setting.load.generated:
        title += " (generated load)"
    attribution = city.facts.attribution
    write_replay(run, attribution, out / "replay.geojson")
    policy = setting.scenario.policy
    response_plot(outcomes, policy.promise_after_s, f"Response, {title}", attribution, out / "response.png")
    starts = city.roads.shape_offset[setting.posts.link]
    posts = (city.roads.shape_lon_e7[starts] / 1e7).tolist(), (city.roads.shape_lat_e7[starts] / 1e7).tolist()
    shops = [s.lon_deg for s in setting.scenario.shops], [s.lat_deg for s in setting.scenario.shops]
    map_picture(city.roads, outcomes, posts, shops, title, attribution, out / "map.png")
    return ["replay.geojson", "response.png", "map.png"]


def _daily(setting: Setting, progress: Callable[[str], None]) -> Callable[[int], None]:
    """Says once for each simulated day how far the run has come."""
    scenario = setting.scenario
    days = max(1, -(-(scenario.until_ms - scenario.from_ms) // (24 * HOUR_MS)))
    told = -1

    def hear(now_ms: int) -> None:
        nonlocal told
        day = (now_ms - scenario.from_ms) // (24 * HOUR_MS)
        if day > told:
            told = day
            if 0 <= day < days:
                progress(f"day {day + 1} of {days}")

    return hear


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"--out {out}: cannot be written: {error.strerror}") from error


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def simulate_text(report: dict[str, object]) -> str:
    """The result for a person."""
    orders, jobs, response = report["orders"], report["jobs"], report["response_s"]
    assert isinstance(orders, dict)
    assert isinstance(jobs, dict)
    assert isinstance(response, dict)
    spread = ", ".join(f"{name} {value / 60:.1f}" for name, value in response.items() if value is not None)
    notes = report["notes"]
    assert isinstance(notes, list)
    lines = [
        f"{report['city']} from {report['from']} to {report['to']}: {report['trucks']} trucks, "
        f"{report['shops']} shops, policy {report['policy']}, seed {report['seed']}",
        "orders      " + ", ".join(f"{k} {v}" for k, v in orders.items()),
        "jobs        " + ", ".join(f"{k} {v}" for k, v in jobs.items()),
        f"response    {spread} minutes" if spread else "response    nobody was served",
        f"in promise  {_percent(report['within_promise_share'])}",
        f"utilised    {_percent(report['utilisation_share'])}",
        f"empty       {report['empty_km']} km",
        *(f"note: {note}" for note in notes),
        str(report["attribution"]),
    ]
    if "files" in report:
        files = report["files"]
        assert isinstance(files, list)
        lines.append("written: " + ", ".join(files))
    return "\n".join(lines)


def _percent(share: object) -> str:
    return f"{share:.1%}" if isinstance(share, float) else "none"
