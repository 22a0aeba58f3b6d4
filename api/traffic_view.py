"""What is shown of the traffic: plain values in the form of docs/http.md."""

from __future__ import annotations

from typing import Any

from api.published import Published
from dispatch.policy import Policy
from geo.instants import text_of


def traffic_view(published: Published, policy: Policy, now_ms: int) -> dict[str, Any]:
    """What the travel times rest on: the table and its hour, and the live speeds with their ages."""
    live = published.traffic.live
    shown: dict[str, Any] = {
        "version": published.traffic_version,
        "table": policy.traffic.name,
        "hour_of_week": None if policy.traffic.is_flat else published.traffic.hour_of_week,
        "live": len(live),
        "oldest_at": None,
        "newest_at": None,
        "oldest_age_s": None,
        "newest_age_s": None,
        "lapses_at": None,
    }
    if len(live):
        for name, at_ms in (("oldest", int(live.at_ms.min())), ("newest", int(live.at_ms.max()))):
            shown |= {f"{name}_at": text_of(at_ms), f"{name}_age_s": max(0, now_ms - at_ms) // 1000}
        shown["lapses_at"] = text_of(int(live.until_ms.min()))
    return shown
