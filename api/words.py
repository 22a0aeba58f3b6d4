"""What happened and what was decided, in a sentence of Chinese and one of English."""

from __future__ import annotations

from api.explained import Teller
from api.setback_words import find_setback_words
from cases import events as cases
from dispatch import events as ev
from dispatch.explain_facts import Facts
from dispatch.plan import Reason
from dispatch.words import Said

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
    plain = _PLAIN.get(type(event), (type(event).__name__, type(event).__name__))
    zh, en = find_setback_words(event) or plain
    return {"zh": zh, "en": en}


def decision_words(event: ev.Decision, facts: Facts | None, taken_at_ms: int, now_ms: int, teller: Teller) -> Said:
    """A decision and its reasons for the control room. Without facts, of an earlier Towline, the bare decision."""
    told = None if facts is None else teller.full(facts, taken_at_ms)
    match event:
        case ev.Offered():
            return _followed(_sent(event, now_ms), told)
        case ev.Planned():
            return _sent(event, now_ms) if told is None else told
        case ev.Recalled(truck=truck):
            lead = Said(f"召回 {truck}", f"{truck} is called off", named=True)
            return _followed(lead, None if facts is None else teller.switch(facts, taken_at_ms))
        case ev.LeftOpen(reason=reason):
            lead = Said("暂无拖车", "Nobody yet")
            return _plus(lead, Said("：", ": "), Said(*_REASONS[reason])) if told is None else _followed(lead, told)
        case ev.ShopChanged(shop=shop):
            name = teller.shop_name(shop)
            lead = Said(f"目的地改为{name.zh}", f"The destination is now {name.en}")
            return _followed(lead, None if facts is None else teller.shop(facts, taken_at_ms))
        case ev.Alarmed():
            return _followed(Said(*_PLAIN[ev.Alarmed]), told)


def _sent(event: ev.Offered | ev.Planned, now_ms: int) -> Said:
    n, truck = max(1, round((event.arrive_at_ms - now_ms) / 60_000)), event.truck
    if isinstance(event, ev.Planned):
        return Said(
            f"{truck} 忙完后前往，约 {n} 分钟到达", f"{truck} comes when it is free, there in about {n} min", True
        )
    return Said(f"{truck} 前往，约 {n} 分钟到达", f"{truck} is sent, there in about {n} min", True)


def _followed(lead: Said, told: Said | None) -> Said:
    if told is None:
        return lead
    en = lead.en if lead.named else f"{lead.en[:1].upper()}{lead.en[1:]}"
    return Said(f"{lead.zh}。{told.zh}", f"{en}. {told.en}")


def _plus(*parts: Said) -> Said:
    return Said("".join(part.zh for part in parts), "".join(part.en for part in parts))
