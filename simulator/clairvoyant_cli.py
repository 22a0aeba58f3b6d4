"""`towline clairvoyant`: what somebody who knew a load's calls beforehand could have done with these trucks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data.catalogue import open_city_named
from dispatch.policy import get_policy
from simulator.clairvoyant import Reference, reference
from simulator.measures import distribution
from simulator.setting import Request, make_setting


def clairvoyant(
    *,
    home: Path,
    city: str,
    policy: str,
    request: Request,
    work: int,
    bound_steps: int,
    progress: Callable[[str], None],
    elapsed_s: Callable[[], float],
) -> dict[str, object]:
    """The waits of the reference plan of the load's days, and the proven bound on their mean.

    The policy says which promise a wait is held against; its rule decides nothing here.
    """
    begun_s = elapsed_s()
    rules = get_policy(policy)
    setting = make_setting(open_city_named(home, city, progress=progress), rules, request, progress)
    found = reference(setting.scenario, work=work, bound_steps=bound_steps, progress=progress)
    return {
        "city": city,
        "from": str(setting.from_day),
        "to": str(setting.to_day),
        "trucks": len(setting.scenario.trucks),
        "jobs": len(found.waits_s),
        "wait_s": distribution(found.waits_s),
        "within_promise_share": _within(found, [o.promise_after_s for o in setting.scenario.orders for _ in o.jobs]),
        "bound_mean_s": round(found.bound_mean_s, 1),
        "gap": round((float(found.waits_s.mean()) - found.bound_mean_s) / max(1.0, float(found.waits_s.mean())), 4),
        "method": found.method,
        "seed": request.seed,
        "notes": [*setting.notes, *NOTES],
        "timing": {"total_s": round(elapsed_s() - begun_s, 3)},
    }


NOTES = (
    "the calls and the times at their scenes are known beforehand, but nobody sets off before the call and the answer",
    "an idle truck stays where it became free or is on its way to its post; none is called off the way to a scene",
    "the bound holds for every plan of that kind",
)


def clairvoyant_text(report: dict[str, object]) -> str:
    """The result for a person."""
    waits, notes = report["wait_s"], report["notes"]
    assert isinstance(waits, dict)
    assert isinstance(notes, list)
    spread = ", ".join(f"{name} {value / 60:.1f}" for name, value in waits.items())
    bound_s = report["bound_mean_s"]
    assert isinstance(bound_s, float)
    return "\n".join(
        [
            f"{report['city']} from {report['from']} to {report['to']}: {report['trucks']} trucks, "
            f"{report['jobs']} jobs, known beforehand",
            f"wait        {spread} minutes",
            f"no plan     has a mean below {bound_s / 60:.1f} minutes",
            *(f"note: {note}" for note in notes),
        ]
    )


def _within(found: Reference, promises_s: list[int]) -> float:
    kept = sum(bool(wait <= promise) for wait, promise in zip(found.waits_s.tolist(), promises_s, strict=True))
    return round(kept / len(promises_s), 6)
