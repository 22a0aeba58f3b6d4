"""What went wrong on the way, in a sentence of Chinese and one of English: also for the person who waits."""

from __future__ import annotations

from dispatch import events as ev

_PLAIN: dict[type, tuple[str, str]] = {
    ev.BrokeDown: ("拖车途中故障，另派拖车", "the truck has broken down; another one is sought"),
    ev.BrokeDownLoaded: (
        "拖车载车途中故障，另派拖车到该处接走车辆",
        "the truck has broken down with the vehicle on it; another one is sought that takes it over there",
    ),
    ev.TurnedAway: ("修理厂无法接收车辆，另找去处", "the shop cannot take the vehicle; another destination is sought"),
    ev.ShopClosed: ("修理厂暂停接收", "the shop takes no vehicles for now"),
    ev.ShopOpened: ("修理厂恢复接收", "the shop takes vehicles again"),
}


def find_setback_words(event: object) -> tuple[str, str] | None:
    """None for what is no setback. How late somebody comes is rounded up: nobody is told too little."""
    if isinstance(event, ev.RunningLate):
        minutes = -(-event.late_s // 60)
        return f"拖车比先前告知的晚 {minutes} 分钟", f"the truck comes {minutes} min later than was told"
    return _PLAIN.get(type(event))
