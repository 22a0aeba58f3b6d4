"""The price of a hand assignment in words: what it changes for this job, and for whom else."""

from __future__ import annotations

from collections.abc import Callable

from dispatch.pricing import Change, Hurdle, Price

Words = dict[str, str]
Name = Callable[[str], str]

HURDLES: dict[Hurdle, tuple[str, str]] = {
    Hurdle.OFF_DUTY: ("已下班", "it is off duty"),
    Hurdle.OUT_OF_SERVICE: ("已停用", "it is out of service"),
    Hurdle.NO_CAPABILITY: ("能力不符", "it cannot do what the job needs"),
    Hurdle.PINNED: (
        "已指定给另一任务，请先取消那次指定",
        "it is assigned by hand to another job; release that one first",
    ),
    Hurdle.NO_FIX: ("五分钟内没有位置", "it has not been seen for five minutes"),
    Hurdle.PRESENT_UNSEEN: ("现在的拖车位置未知", "the truck that it is with now has not been seen for five minutes"),
    Hurdle.PLACES: ("没有可接收的修理厂", "no shop has a place for the vehicle"),
    Hurdle.NO_WAY: ("没有道路可达", "there is no way"),
    Hurdle.SHIFT: ("空闲时班次已结束", "its shift is over before it is free"),
    Hurdle.BUSY: ("正载车等待去处，何时空闲未知", "it waits with a vehicle for a destination, nobody knows how long"),
}


def hurdle_words(hurdle: Hurdle) -> Words:
    zh, en = HURDLES[hurdle]
    return {"zh": zh, "en": en}


def price_words(price: Price, truck: str, name: Name) -> Words:
    """One sentence for the job, one for all others. `name` says what a job's rescue is called."""
    zh, en = _for_job(price.job, truck)
    others_zh, others_en = _for_others(price, name)
    return {"zh": f"{zh}{others_zh}", "en": f"{en} {others_en}"}


def minutes_of(change: Change) -> int | None:
    """Whole minutes later, away from zero; None where only one of the plans has an arrival."""
    if change.before.at_ms is None or change.after.at_ms is None:
        return None
    later_s = (change.after.at_ms - change.before.at_ms) // 1000
    return -(-later_s // 60) if later_s > 0 else later_s // 60


def _for_job(change: Change, truck: str) -> tuple[str, str]:
    minutes, before = minutes_of(change), change.before.truck
    if minutes is None:
        return f"原本无车可派，由 {truck} 前往。", f"Nobody was planned for it; {truck} would come."
    if before == truck and minutes == 0:
        return f"原本就由 {truck} 前往。", f"{truck} is the one that is planned anyhow."
    if minutes == 0:
        return f"{truck} 与 {before} 同时到达。", f"{truck} comes as soon as {before}."
    if minutes > 0:
        return f"{truck} 比 {before} 晚到 {minutes} 分钟。", f"{truck} comes {minutes} min later than {before}."
    return f"{truck} 比 {before} 早到 {-minutes} 分钟。", f"{truck} comes {-minutes} min sooner than {before}."


def _for_others(price: Price, name: Name) -> tuple[str, str]:
    later = [(name(each.job), minutes) for each in price.others if (minutes := minutes_of(each)) is not None]
    costs = [(ref, minutes) for ref, minutes in later if minutes > 0]
    gains = [(ref, minutes) for ref, minutes in later if minutes < 0]
    lost = [name(each.job) for each in price.others if each.before.at_ms is not None and each.after.at_ms is None]
    parts_zh, parts_en = [], []
    if lost:
        parts_zh.append(f"{'、'.join(lost)} 将无车可派")
        parts_en.append(f"leaves {', '.join(lost)} without a truck")
    if costs:
        parts_zh.append("、".join(f"{ref} 多等 {minutes} 分钟" for ref, minutes in costs))
        parts_en.append("costs " + ", ".join(f"{minutes} more minutes for {ref}" for ref, minutes in costs))
    if gains:
        parts_zh.append("、".join(f"{ref} 少等 {-minutes} 分钟" for ref, minutes in gains))
        parts_en.append("saves " + ", ".join(f"{-minutes} minutes for {ref}" for ref, minutes in gains))
    if not parts_en:
        return "对其他人没有影响。", "It costs nobody else anything."
    return "；".join(parts_zh) + "。", "It " + "; ".join(parts_en) + "."
