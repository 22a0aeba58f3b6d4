"""The words of the made-up afternoon: instants, decisions and why, what happened, a held report, a closure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.browser.fake_service import Json

NOW = dt.datetime(2026, 3, 2, 17, 42, 10, tzinfo=dt.UTC)


def instant(seconds: float = 0) -> str:
    """RFC 3339, so many seconds from NOW."""
    at = NOW + dt.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def instant_ms(seconds: float = 0) -> int:
    return round((NOW.timestamp() + seconds) * 1000)


def eta(seconds: float) -> Json:
    return {"p50_at": instant(seconds), "p90_at": instant(seconds * 1.4), "calibrated": False}


def held() -> Json:
    """A report that may be the accident of R4."""
    return {
        "id": "R8",
        "version": 1,
        "case_ref": "110-2026-0321",
        "status": "reported",
        "held": True,
        "linked": ["R4"],
        "merged_into": None,
        "reported_at": instant(-40),
        "promise_at": instant(1160),
        "ended_at": None,
        "location": {"lon": -71.2338, "lat": -29.9127},
        "severity": "damage",
        "lanes_blocked": 0,
        "person_waiting": False,
        "queue_place": None,
        "tracking_url": None,
        "shop_id": None,
        "jobs": [
            {
                "id": "R8.1",
                "status": "reported",
                "since_at": instant(-40),
                "needs": ["wheel_lift"],
                "vehicle": None,
                "assignment": None,
                "shop": None,
                "eta": None,
                "delivery_eta": None,
                "switches": 0,
                "pinned_to": None,
                "moved_to": None,
            }
        ],
    }


def closure() -> Json:
    line = [[-71.2760, -29.9330], [-71.2705, -29.9362]]
    return {
        "id": "C1",
        "geometry": {"type": "LineString", "coordinates": line},
        "from_at": instant(-3600),
        "until_at": instant(7200),
        "reason": "works",
        "active": True,
        "links": 9,
    }


def healthy() -> Json:
    return {
        "ready": True,
        "journal": {"ok": True, "seq": 412, "detail": None},
        "positions": {"ok": True, "detail": None, "since_at": None},
        "engine": {"ok": True, "detail": None},
    }


def decision(seq: int, at_s: int, kind: str, rescue: str, zh: str, en: str, **more: Any) -> Json:
    base = {"shop": None, "truck": None, "arrive_at": None, "reason": None}
    text = {"zh": zh, "en": en}
    return {
        "seq": seq,
        "at": instant(at_s),
        "kind": kind,
        "rescue": rescue,
        "job": f"{rescue}.1",
        "text": text,
        **base,
        **more,
    }


DECISIONS = [
    decision(
        411,
        -33,
        "offered",
        "R4",
        "T09 前往，约 6 分钟到达。最近的拖车（T20）已婉拒；T09 比下一辆早 1 分钟到现场。"
        "拖到 Taller Ficticio Norte 用时最短。此计划离最优至多 0.65%。",
        "T09 is sent, there in about 6 min. The nearest tow truck (T20) has declined; T09 reaches the scene 1 minute "
        "earlier than the next. Taller Ficticio Norte is the shortest tow. This plan is at most 0.65 % from the best.",
        truck="T09",
        shop="S04",
    ),
    decision(
        406,
        -120,
        "planned",
        "R7",
        "110-2026-0320 排给 T31：约 9 分钟后在修理厂空出，仍早于最近的空闲车。",
        "110-2026-0320 is planned for T31: free at the shop in about 9 min, still before the nearest idle truck.",
        truck="T31",
        shop="S02",
    ),
    decision(
        399,
        -260,
        "alarmed",
        "R3",
        "110-2026-0318：能作业的车辆均已拒单（T12、T20、T33），请人工处理。",
        "110-2026-0318: every capable truck has refused (T12, T20, T33); somebody has to step in.",
        reason="refused",
    ),
    decision(
        391,
        -415,
        "offered",
        "R1",
        "派 T17 前往 110-2026-0317：预计 11 分钟到场。",
        "T17 is offered 110-2026-0317: it arrives in 11 min.",
        truck="T17",
        shop="S04",
    ),
    decision(
        385,
        -600,
        "recalled",
        "R6",
        "召回 T08：T40 刚空出，可早到 4 分 10 秒。",
        "T08 is recalled: T40 has become free and arrives 4 min 10 s earlier.",
        truck="T08",
    ),
    decision(
        384,
        -600,
        "offered",
        "R6",
        "派 T40 前往 110-2026-0316。",
        "T40 is offered 110-2026-0316.",
        truck="T40",
        shop="S02",
    ),
    decision(
        371,
        -900,
        "left_open",
        "R3",
        "110-2026-0318 暂无可派车辆。",
        "No truck can be sent to 110-2026-0318 for now.",
        reason="refused",
    ),
]


def why() -> Json:
    """What the party of R1 is told."""
    return {
        "at": instant(-415),
        "text": {
            "zh": "最近的拖车要忙到 15:20；苏J178K1 比下一辆早 6 分钟到您这里。拖到 Taller Ficticio Norte 用时最短。",
            "en": "The nearest tow truck is at work until 15:20; 苏J178K1 reaches you 6 minutes earlier than the next. "
            "Taller Ficticio Norte is the shortest tow.",
        },
    }


def round_of(rescue: str, truck: str | None) -> Json:
    chosen = truck or "T12"
    verdicts = [
        (chosen, 372, 11_840, "chosen"),
        ("T14", 452, 14_610, "later"),
        ("T02", 690, 22_120, "dearer"),
        ("T20", 720, 23_000, "refused"),
        ("T26", None, None, "no_way"),
    ]
    return {
        "seq": 411 if rescue == "R4" else 391,
        "at": instant(-33),
        "plan": {
            "method": "columns",
            "cost": 48_210,
            "lower_bound": 47_900,
            "gap": 0.0064,
            "work": 1200,
            "positions_version": 8123,
            "traffic_version": 1,
        },
        "decisions": [one for one in DECISIONS if one["rescue"] == rescue],
        "why": [
            {
                "job": f"{rescue}.1",
                "considered": [{"truck": t, "arrive_s": s, "cost": c, "verdict": v} for t, s, c, v in verdicts],
                "rest": {"busy": 6, "later": 21, "no_capability": 3},
                "facts": None,
                "text": {
                    "zh": f"最近的拖车（T20）已婉拒；{chosen} 比下一辆早 1 分钟到现场。此计划离最优至多 0.65%。",
                    "en": f"The nearest tow truck (T20) has declined; {chosen} reaches the scene 1 minute earlier than "
                    "the next. This plan is at most 0.65 % from the best.",
                },
                "party": why()["text"],
            }
        ],
    }


def timeline() -> list[Json]:
    rows = [
        (-420, "reported", "报案已受理", "The report was taken"),
        (-415, "offered", "已通知 T17，预计 11 分钟到达", "T17 was asked; it would arrive in 11 min"),
        (-388, "accepted", "司机已接单", "The driver accepted"),
        (-380, "en_route", "救援车已出发", "The truck set out"),
    ]
    return [
        {
            "seq": 380 + k,
            "at": instant(at),
            "kind": kind,
            "job": "R1.1",
            "truck": "T17",
            "text": {"zh": zh, "en": en},
            "data": {},
        }
        for k, (at, kind, zh, en) in enumerate(rows)
    ]
