"""What happened and what was decided, in a sentence of Chinese and one of English."""

from __future__ import annotations

from collections.abc import Mapping

from cases import events as cases
from dispatch import events as ev
from dispatch.plan import Reason, Verdict, Why
from dispatch.states import TruckState

Words = dict[str, str]

_REASONS = {
    Reason.NO_CAPABILITY: ("没有具备所需能力的拖车", "no truck on duty can do it"),
    Reason.REFUSED: ("能做的拖车都已拒绝或未应答", "every truck that could do it has refused or not answered"),
    Reason.NO_WAY: ("没有道路可达", "there is no way to it"),
    Reason.SHIFT: ("班次已结束", "the trucks' shifts are over"),
    Reason.COST: ("目前留待稍后更合适", "it is better served a little later"),
    Reason.PLACES: ("修理厂没有空位", "no shop has a place"),
    Reason.LOCKED: ("已指定的拖车无法前往", "the truck it is reserved for cannot go"),
}
_LOST_BY = {
    Verdict.LATER: ("到得更晚", "would come later"),
    Verdict.DEARER: ("总代价更高", "would cost more in all"),
    Verdict.BUSY: ("先去别处更合适", "is needed elsewhere first"),
    Verdict.SWITCH: ("改派不划算", "would have to be called off its way"),
    Verdict.NO_CAPABILITY: ("能力不符", "cannot do it"),
    Verdict.REFUSED: ("已拒绝", "has refused"),
    Verdict.SHIFT: ("班次已结束", "has ended its shift"),
    Verdict.NO_WAY: ("无路可达", "has no way there"),
    Verdict.NO_FIX: ("位置未知", "has not been seen for five minutes"),
    Verdict.LOCKED: ("已另有指定", "is not the one that was named"),
    Verdict.PLACES: ("修理厂没有空位", "has no shop to go to"),
}
_PLAIN: dict[type, tuple[str, str]] = {
    ev.OrderReported: ("救援单已建立", "the rescue is with the dispatcher"),
    ev.OfferAccepted: ("司机已接单", "the driver has accepted"),
    ev.OfferDeclined: ("司机婉拒，改派其他拖车", "the driver has declined; another truck is sought"),
    ev.OfferExpired: ("司机未应答，改派其他拖车", "the driver has not answered; another truck is sought"),
    ev.SetOff: ("拖车已出发", "the truck has set off"),
    ev.Arrived: ("拖车已到达现场", "the truck is at the scene"),
    ev.HookedUp: ("车辆已装载", "the vehicle is loaded"),
    ev.ReachedShop: ("已到达修理厂", "the truck has reached the shop"),
    ev.Delivered: ("已交付", "delivered"),
    ev.JobGivenUp: ("未能安排救援", "nobody could serve it"),
    ev.JobCancelled: ("已取消", "cancelled"),
    ev.Pinned: ("调度员指定了拖车", "the dispatcher has named a truck"),
    ev.Unpinned: ("调度员取消了指定", "the dispatcher has taken the name back"),
    ev.RefusalLifted: ("调度员允许再次询问", "the dispatcher lets the truck be asked again"),
    ev.OwnerChoseShop: ("车主选定了修理厂", "the owner has chosen the shop"),
    ev.Recalled: ("已改派", "the truck was called off"),
    ev.Planned: ("已排定，拖车忙完即来", "planned: a truck comes when it is free"),
    ev.LeftOpen: ("等待拖车", "waiting for a truck"),
    ev.ShopChanged: ("目的地已更改", "another destination"),
    ev.Alarmed: ("所有能做的拖车都已拒绝，已通知指挥中心", "every capable truck has refused; an alarm is up"),
    ev.Offered: ("正在询问司机", "a driver is asked"),
    cases.RescueAsked: ("已收到救援请求", "the request has come in"),
    cases.RescueReleased: ("确认为另一起事故", "it is another accident; a truck is sought"),
    cases.RescueMerged: ("与另一报警为同一事故", "it is the same accident as another report"),
    cases.RescueWithdrawn: ("请求已撤回", "the request was withdrawn"),
    cases.LinkRevoked: ("追踪链接已失效", "the tracking link was revoked"),
    cases.LinkIssued: ("已换发追踪链接", "a fresh tracking link was issued"),
    cases.RescueArchived: ("已归档", "archived"),
    cases.CaseOpened: ("案件已建立", "the case is opened"),
}  # fmt: skip


def words_of(event: object) -> Words:
    """What an event means to those whom it concerns."""
    zh, en = _PLAIN.get(type(event), (type(event).__name__, type(event).__name__))
    return {"zh": zh, "en": en}


def decision_words(
    event: ev.Decision, why: Why | None, taken_at_ms: int, now_ms: int, trucks: Mapping[str, TruckState]
) -> Words:
    """A decision and its reason. `why` counts its seconds from `taken_at_ms`."""
    match event:
        case ev.Offered() | ev.Planned():
            return _sent(event, why, taken_at_ms, now_ms, trucks)
        case ev.Recalled(truck=truck):
            name = _name(trucks, truck)
            return {"zh": f"{name} 改派：另一辆更合适", "en": f"{name} is called off: another truck serves it better"}
        case ev.LeftOpen(reason=reason):
            zh, en = _REASONS[reason]
            return {"zh": f"暂无拖车：{zh}", "en": f"nobody yet: {en}"}
        case ev.ShopChanged(shop=shop):
            return {"zh": f"目的地改为 {shop}", "en": f"the destination is now {shop}"}
        case ev.Alarmed():
            return words_of(event)


def _sent(
    event: ev.Offered | ev.Planned, why: Why | None, taken_at_ms: int, now_ms: int, trucks: Mapping[str, TruckState]
) -> Words:
    name = _name(trucks, event.truck)
    minutes = max(1, round((event.arrive_at_ms - now_ms) / 60_000))
    planned = isinstance(event, ev.Planned)
    zh = f"{name} {'忙完后前往' if planned else '前往'}，约 {minutes} 分钟到达"
    en = f"{name} {'comes when it is free' if planned else 'is sent'}, there in about {minutes} min"
    rival = None if why is None else next((each for each in why.considered if each.truck != event.truck), None)
    if rival is None:
        return {"zh": zh, "en": en}
    other = _name(trucks, rival.truck)
    lost_zh, lost_en = _LOST_BY.get(rival.verdict, ("", ""))
    if rival.arrive_s is not None and rival.verdict is Verdict.LATER:
        later = round((taken_at_ms + 1000 * rival.arrive_s - event.arrive_at_ms) / 60_000)
        if later >= 1:
            lost_zh, lost_en = f"晚 {later} 分钟", f"would come {later} min later"
    return {"zh": f"{zh}；{other} {lost_zh}", "en": f"{en}; {other} {lost_en}"}


def _name(trucks: Mapping[str, TruckState], truck_id: str) -> str:
    known = trucks.get(truck_id)
    return known.truck.plate if known is not None and known.truck.plate else truck_id
