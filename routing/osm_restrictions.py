"""Turn restrictions of OpenStreetMap: relations read, and those via a node made into banned (in, out) link pairs.

After the OSM wiki's Relation:restriction. `no_*` bans the turn from `from` into `to`; `only_*` bans every other exit,
the U-turn too. A restriction that cannot be kept is counted by its reason, so that
restrictions read = restrictions that ban something + the sum of the counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.draft import Draft

OUR_VEHICLES = ("motorcar", "motor_vehicle", "vehicle")
OLD_HOURS = frozenset({"day_on", "day_off", "hour_on", "hour_off"})
TURNS = frozenset({
    "left_turn", "right_turn", "straight_on", "u_turn", "entry", "exit",
})  # fmt: skip

CONDITIONAL = "restrictions: hold at certain times only"
OTHER_VEHICLES = "restrictions: for other vehicles, or cars are excepted"
UNKNOWN_KIND = "restrictions: of an unknown kind"
INCOMPLETE = "restrictions: member missing (from, to or via)"
VIA_WAY = "restrictions: via a way (kept with the hierarchy of turns, not yet)"
SEVERAL = "restrictions: more members than their kind allows"
NOT_ROADS = "restrictions: a member is no drivable road at the via node"
AMBIGUOUS = "restrictions: a member passes through the via node, so that two turns could be meant"
NO_EFFECT = "restrictions: the turn does not exist anyway (one-way)"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a relation: `kind` is n, w or r."""

    kind: str
    id: int
    role: str


@dataclass(frozen=True, slots=True)
class TurnRule:
    """A restriction via one node: `only` demands the turn, else it is forbidden."""

    only: bool
    from_ways: tuple[int, ...]
    via_node: int
    to_ways: tuple[int, ...]


def is_restriction(tags: Mapping[str, str]) -> bool:
    """Whether a relation's type says that it restricts turns."""
    return tags.get("type", "").partition(":")[0] == "restriction"


def read_restriction(tags: Mapping[str, str], members: Sequence[Member]) -> TurnRule | str:
    """The rule that a restriction relation states for a tow truck, or the reason for not keeping it."""
    kind = _kind(tags)
    if kind in (CONDITIONAL, OTHER_VEHICLES, UNKNOWN_KIND):
        return kind
    only, _, turn = kind.partition("_")
    from_ways = tuple(member.id for member in members if member.role == "from" and member.kind == "w")
    to_ways = tuple(member.id for member in members if member.role == "to" and member.kind == "w")
    via = [member for member in members if member.role == "via"]
    if not (from_ways and to_ways and via):
        return INCOMPLETE
    if any(member.kind != "n" for member in via):
        return VIA_WAY
    if len(via) > 1 or (len(from_ways) > 1 and turn != "entry") or (len(to_ways) > 1 and turn != "exit"):
        return SEVERAL
    return TurnRule(only == "only", from_ways, via[0].id, to_ways)


def _kind(tags: Mapping[str, str]) -> str:
    """The value such as no_left_turn that holds for a motor vehicle at all times, or the reason why there is none."""
    kind, said_for = tags.get("restriction"), tags.get("type", "").partition(":")[2]
    if said_for and said_for not in OUR_VEHICLES:
        return OTHER_VEHICLES
    for vehicle in OUR_VEHICLES:
        kind = tags.get(f"restriction:{vehicle}") or kind
    if kind is None:
        if any(key.startswith("restriction") and key.endswith(":conditional") for key in tags):
            return CONDITIONAL
        return OTHER_VEHICLES if any(key.startswith("restriction:") for key in tags) else UNKNOWN_KIND
    if OLD_HOURS & tags.keys() or "@" in kind:
        return CONDITIONAL
    excepted = {value.strip() for value in tags.get("except", "").replace(",", ";").split(";")}
    if excepted & set(OUR_VEHICLES):
        return OTHER_VEHICLES
    prefix, _, turn = kind.partition("_")
    return kind if prefix in ("no", "only") and turn in TURNS else UNKNOWN_KIND


def ban_turns(rules: Sequence[TurnRule], draft: Draft) -> tuple[NDArray[np.int64], NDArray[np.int64], Counter[str]]:
    """The banned (in, out) link pairs of `rules`, and how many rules ban nothing, by reason."""
    at_node = _LinksAtNodes(draft)
    pairs: list[tuple[int, int]] = []
    unused: Counter[str] = Counter()
    for rule in rules:
        banned = _bans(rule, at_node)
        if isinstance(banned, str):
            unused[banned] += 1
        else:
            pairs.extend(banned)
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1], unused


class _LinksAtNodes:
    """Which links of which way arrive at and leave a node, by OSM ids."""

    def __init__(self, draft: Draft) -> None:
        self._row = {int(key): row for row, key in enumerate(draft.node_key)}
        self._ref = draft.link_ref
        self._by_head, self._by_tail = np.argsort(draft.link_head), np.argsort(draft.link_tail)
        self._heads, self._tails = draft.link_head[self._by_head], draft.link_tail[self._by_tail]
        self.reverse = draft.link_reverse

    def arriving(self, node: int) -> list[int]:
        return self._rows(node, self._by_head, self._heads)

    def leaving(self, node: int) -> list[int]:
        return self._rows(node, self._by_tail, self._tails)

    def of_way(self, links: Sequence[int], way: int) -> list[int]:
        return [link for link in links if self._ref[link] == way]

    def _rows(self, node: int, order: NDArray[np.int64], keys: NDArray[np.int32]) -> list[int]:
        row = self._row.get(node, -1)
        first, last = np.searchsorted(keys, [row, row + 1])
        return sorted(order[first:last].tolist())


def _bans(rule: TurnRule, at_node: _LinksAtNodes) -> list[tuple[int, int]] | str:
    arriving, leaving = at_node.arriving(rule.via_node), at_node.leaving(rule.via_node)
    touching = {
        way for link in arriving + leaving for way in rule.from_ways + rule.to_ways if at_node.of_way([link], way)
    }
    if touching != {*rule.from_ways, *rule.to_ways}:
        return NOT_ROADS
    ins = [at_node.of_way(arriving, way) for way in rule.from_ways]
    outs = [at_node.of_way(leaving, way) for way in rule.to_ways]
    if not any(ins) or not any(outs):
        return NO_EFFECT
    u_turn = rule.from_ways == rule.to_ways
    if any(len(links) > 1 for links in ins) or (any(len(links) > 1 for links in outs)):
        if not u_turn or rule.only:
            return AMBIGUOUS
        # Half-way along a street the sign forbids turning back, whichever way one comes.
        return [(link, int(at_node.reverse[link])) for link in ins[0] if at_node.reverse[link] in outs[0]] or NO_EFFECT
    entered, exits = [link for links in ins for link in links], [link for links in outs for link in links]
    if rule.only:
        return [(link, other) for link in entered for other in leaving if other not in exits] or NO_EFFECT
    return [(link, out) for link in entered for out in exits]
