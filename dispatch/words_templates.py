"""Every sentence of an explanation, in both languages. `{you}` is the scene, as the one who is spoken to calls it."""

from __future__ import annotations

from dispatch.explain_facts import Basis, Hindrance, Proven, ShopBasis
from dispatch.plan import Reason
from dispatch.words import Said

YOU = Said("您这里", "you")
SCENE = Said("现场", "the scene")
ANOTHER = Said("另一处事故", "another accident")
URGENT = Said("另一处更紧急的事故", "a more urgent accident")
HERE = Said("这起事故的另一项作业", "another task of this rescue")

IN_SIGHT = Said("在线{kind}", "{kind} in sight")
AND_MORE = Said("{names}等 {n} 辆", "{names} and {more} more")
NEAREST = Said("最近的拖车", "the nearest truck")
NEAREST_CAPABLE = Said("最近的{kind}", "the nearest {kind}")
BEFORE = Said("原先安排的车", "the truck arranged before")
OTHER = Said("另一辆{kind}", "another {kind}")
WITH_NAME = Said("{who}（{name}）", "{who} ({name})")

HINDRANCES = {
    Hindrance.NO_CAPABILITY: Said("没有{lacks}", "has no {lacks}"),
    Hindrance.REFUSED: Said("已婉拒", "has declined"),
    Hindrance.UNANSWERED: Said("未应答", "has not answered"),
    Hindrance.NO_WAY: Said("没有路能到{you}", "has no open road to {you}"),
    Hindrance.SHIFT: Said("来不及在 {until} 下班前出发", "ends its shift at {until}, before it could set off"),
    Hindrance.PLACES: Said("没有可去的修理厂", "has no shop to go to"),
    Hindrance.AT_WORK: Said("要忙到 {until}", "is at work until {until}"),
    Hindrance.LATER: Said("到得更晚", "would be later"),
    Hindrance.PINNED_ELSEWHERE: Said("已由调度员派往{where}", "was assigned to {where} by the dispatcher"),
    Hindrance.DRIVING: Said("正赶往{where}", "is on its way to {where}"),
    Hindrance.SENT: Said("要先去{where}", "goes to {where} first"),
    Hindrance.PRICE: Said("这次按公平分担派车", "the work is shared out fairly this time"),
    Hindrance.OVERTIME: Said("会超过 {until} 的下班时间", "would work past the end of its shift at {until}"),
    Hindrance.SWITCH: Said("早到的时间不足以换车", "that is too little to change trucks for"),
    Hindrance.WEIGHED: Said("权衡后没有选它", "it was weighed and not preferred"),
}
OF_ITSELF = frozenset({Hindrance.PRICE, Hindrance.SWITCH, Hindrance.WEIGHED})
"""Of these the English clause has a subject of its own."""

SOONER = Said("{who}可早到{n}", "{who} could be there {n} earlier")
AS_SOON = Said("{who}也能同时到", "{who} could be there at the same time")
BUT = Said("{first}，但{rest}", "{first}, but {rest}")
PRICED = Said("（价差 {price} 分）", " (dearer by {price} fen)")

STANDING = {
    Basis.ONLY: Said("是唯一能来的{kind}", "is the only {kind} that can come"),
    Basis.PINNED: Said("由调度员指定", "was chosen by the dispatcher"),
    Basis.STAYS: Said("已经派定，不再更换", "is assigned already and stays"),
}
ON_ITS_WAY = Said("已在途中", "is on its way already")
IS_NEAREST = Said("是最近的{kind}", "is the nearest {kind}")
COMES = Said("前往{you}", "comes to {you}")
BUSY_ALL = Said("能来的{kind}都在忙", "every {kind} that can come is busy")
FREE_THEN = Said("{free} 忙完，约 {arrive} 到{you}", "is free at {free} and reaches {you} at about {arrive}")
AFTER_OTHERS = Said(
    "先完成前面 {n} 项任务，约 {arrive} 到{you}", "has {n} to do first and reaches {you} at about {arrive}"
)
EARLIER = Said("比下一辆早{n}到{you}", "reaches {you} {n} earlier than the next")
THAT_IS_EARLIER = Said("比下一辆早{n}", "{n} earlier than the next")
NONE_EARLIER = Said("没有别的车能更早到{you}", "reaches {you} as early as any other could")
AS_EARLY = Said("没有别的车能更早", "as early as any other could")

REPLACED = Said(
    "{it}接替原先安排的车，早到{n}", "{it} takes over from the truck arranged before and is there {n} earlier"
)
CALLED_AWAY = Said("原先安排的车改去{where}", "the truck arranged before was called to {where}")
TURNS_OFF = Said("{it}先去{where}", "{it} goes to {where} first")
TAKEN_OFF = Said("原先安排的车已撤回", "the truck arranged before was called off")
IT = Said("它", "it")
CHARGED = Said(
    "（{name}，已行驶{driven}，改派代价 {charge}）", " ({name}, after {driven} of driving, at a charge of {charge})"
)

SHOPS = {
    ShopBasis.OWNER: Said("送往车主选定的{shop}", "the vehicle goes to {shop}, as its owner chose"),
    ShopBasis.INSTEAD: Said(
        "车主选定的修理厂已满、已关或无路可达，建议送往{shop}",
        "the shop that its owner chose is full, closed or out of reach; {shop} is proposed instead",
    ),
    ShopBasis.ONLY: Said("可去的修理厂只有{shop}", "{shop} is the only shop in question"),
    ShopBasis.NEAREST: Said("拖到{shop}用时最短", "{shop} is the shortest tow"),
    ShopBasis.NEARER_FULL: Said(
        "更近的修理厂已满或已关，送往{shop}", "nearer shops are full or closed, so the vehicle goes to {shop}"
    ),
    ShopBasis.PRICE: Said(
        "送往{shop}，最多多拖{n}，以便各修理厂公平分担",
        "the vehicle goes to {shop}, at most {n} farther, so that the shops share the work",
    ),
    ShopBasis.OUTWEIGHED: Said(
        "按整体安排送往{shop}，最多多拖{n}", "as fits the whole plan the vehicle goes to {shop}, at most {n} farther"
    ),
}

NOBODY = {
    Reason.NO_CAPABILITY: Said("目前没有值班的{kind}", "no {kind} is on duty now"),
    Reason.REFUSED: Said("能来的{kind}都已婉拒或未应答", "every {kind} that could come has declined or not answered"),
    Reason.NO_WAY: Said("没有道路能到{you}", "no open road leads to {you}"),
    Reason.SHIFT: Said(
        "能来的{kind}都来不及在下班前出发", "every {kind} that could come ends its shift before it could set off"
    ),
    Reason.COST: Said("能来的{kind}都在忙", "every {kind} that could come is busy"),
    Reason.PLACES: Said("可去的修理厂都已满或已关", "every repair shop in question is full or closed"),
    Reason.LOCKED: Said("调度员指定的车现在无法前来", "the truck that the dispatcher chose cannot come now"),
}
NOT_YET = Said("现在派车不如稍后派车合适", "sending a truck a little later is better than now")
ALARMED = Said("已通知指挥中心", "the control room has been told")
NO_TRUCK = Said("目前没有值班的拖车", "no truck is on duty now")
NO_SHOP = Said("没有道路能到修理厂", "no open road leads to a repair shop")
OUT_OF_SIGHT = Said("值班的{kind}自 {since} 起没有定位", "the {kind} on duty has not been seen since {since}")
OUT_OF_SIGHT_ALL = Said(
    "值班的 {n} 辆{kind}自 {since} 起都没有定位",
    "none of the {n} trucks on duty that could do it has been seen since {since}",
)
NEVER_SEEN = Said("值班的{kind}还没有定位", "no {kind} on duty has been seen yet")
FIRST_FREE = Said("最早的一辆 {free} 忙完", "the first is free at {free}")
REFUSED_BY = Said("拒单：{names}", "refused: {names}")
UNANSWERED_BY = Said("未应答：{names}", "no answer: {names}")
UNSEEN = Said("没有定位、未计入：{names}", "out of sight and not counted: {names}")

PROOF = {
    Proven.OPTIMAL: Said("此计划已证明最优", "this plan is proven to be the best"),
    Proven.WITHIN: Said("此计划离最优至多 {gap}%", "this plan is at most {gap} % from the best"),
    Proven.UNKNOWN: Said("此计划离最优多远未经证明", "how far this plan is from the best is not proven"),
}
OLD_PLACE = Said("{name} 的位置是{n}前的", "the place of {name} is {n} old")
JOBS = Said("{n}", "{n} jobs")
ONE_JOB = Said("1", "1 job")
