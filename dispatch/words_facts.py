"""From facts to a sentence: for the person at the roadside, and for the control room.

A party hears of classes of trucks and of times; of names it hears that of its own truck and shop, never of another
order, place or person. The control room hears the names of trucks and orders, the proof and what was not seen as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dispatch import words_templates as say
from dispatch.explain_facts import Basis, Chosen, Facts, Hindrance, Nobody, Passed, Role, Switched
from dispatch.plan import Reason
from dispatch.words import Face, Round, Said, class_of, equipped, gained, lacking, lost

_OLD_S = 60
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Names:
    """What trucks, jobs and shops are called before the one who is spoken to."""

    truck: Callable[[str], Said]
    job: Callable[[str], Said]
    shop: Callable[[str], Said]


def same(name: str) -> Said:
    """A name is the same in both languages."""
    return Said(name, name, named=True)


BY_ID = Names(same, same, same)


def party_sentence(facts: Facts, face: Face, names: Names) -> Said:
    """What the party of the job is told. Only the chosen truck and its shop are named."""
    return _Speech(facts, face, names, full=False).sentence()


def shop_sentence(facts: Facts, face: Face, names: Names) -> Said | None:
    """Of all that only why the vehicle goes where it goes; None where it goes nowhere."""
    clauses = _Speech(facts, face, names, full=True).shop()
    return _joined([clauses]) if clauses else None


def switch_sentence(facts: Facts, face: Face, names: Names) -> Said | None:
    """Of all that only what became of the truck that was arranged before; None where there was none."""
    clauses = _Speech(facts, face, names, full=True).switch()
    return _joined([clauses]) if clauses else None


def full_sentence(facts: Facts, face: Face, names: Names) -> Said:
    """What the control room is told."""
    return _Speech(facts, face, names, full=True).sentence()


@dataclass(frozen=True, slots=True)
class _Speech:
    facts: Facts
    face: Face
    names: Names
    full: bool

    def sentence(self) -> Said:
        facts = self.facts
        groups = [self._nobody(facts.nobody)] if facts.nobody is not None else []
        if facts.chosen is not None:
            groups.append([*map(self._passed, facts.passed), self._main(facts.chosen)])
        groups += [self.switch(), self.shop()]
        if self.full:
            groups += [self._beside(), self._proof()]
        return _joined([group for group in groups if group])

    @property
    def _you(self) -> Said:
        return say.SCENE if self.full else say.YOU

    @property
    def _kind(self) -> Said:
        return class_of(self.facts.needs)

    @property
    def _seen_kind(self) -> Said:
        """Of those that nobody sees one may be nearer."""
        return self._kind if self.facts.unseen is None else say.IN_SIGHT.fill(kind=self._kind)

    def _passed(self, passed: Passed) -> Said:
        who, why = self._who(passed), passed.hindrance
        if why is Hindrance.LOCKED:
            return self._sooner(who, passed.sooner_s or 0)
        predicate = say.HINDRANCES[why].fill(
            lacks=lacking(passed.lacks),
            you=self._you,
            where=self._where(passed),
            until=self._until(passed),
        )
        if self.full and why is Hindrance.PRICE:
            predicate = _plus(predicate, say.PRICED.fill(price=passed.price))
        soon = passed.sooner_s is not None and passed.sooner_s > 0
        if soon or why in say.OF_ITSELF:
            return say.BUT.fill(first=self._sooner(who, passed.sooner_s or 0), rest=_with_subject(predicate, why))
        return _plus(who, Said("", " "), predicate)

    def _who(self, passed: Passed) -> Said:
        if self.facts.switched is not None and self.facts.switched.truck == passed.truck:
            who = say.BEFORE
        elif Role.NEAREST_CAPABLE in passed.roles:
            who = say.NEAREST_CAPABLE.fill(kind=self._seen_kind)
        elif Role.NEAREST in passed.roles:
            who = say.NEAREST
        else:
            who = say.OTHER.fill(kind=self._kind)
        return say.WITH_NAME.fill(who=who, name=self.names.truck(passed.truck)) if self.full else who

    def _sooner(self, who: Said, sooner_s: int) -> Said:
        return say.SOONER.fill(who=who, n=lost(sooner_s)) if sooner_s > 0 else say.AS_SOON.fill(who=who)

    def _where(self, passed: Passed) -> Said:
        if passed.other_here:
            return say.HERE
        if self.full and passed.other_job is not None:
            return self.names.job(passed.other_job)
        return say.URGENT if passed.other_urgent else say.ANOTHER

    def _until(self, passed: Passed) -> Said:
        if passed.until_s is None:
            return Said("", "")
        return self.face.at(passed.until_s, Round.UP if passed.hindrance is Hindrance.AT_WORK else Round.NEAREST)

    def _main(self, chosen: Chosen) -> Said:
        facts, you, kind = self.facts, self._you, self._kind
        name = self.names.truck(chosen.truck)
        verbs = []
        if chosen.basis in say.STANDING:
            verbs.append(say.STANDING[chosen.basis].fill(kind=kind))
        elif chosen.driven_s > 0 and not chosen.before:
            verbs.append(say.ON_ITS_WAY)
        elif chosen.nearest and not chosen.before:
            verbs.append(say.IS_NEAREST.fill(kind=self._seen_kind))
        waits = self._waits(chosen)
        verbs += waits
        later_s = None if facts.next is None else facts.next.later_s
        if later_s is not None and later_s > 0:
            verbs.append((say.THAT_IS_EARLIER if waits else say.EARLIER).fill(you=you, n=gained(later_s)))
        elif later_s == 0 and chosen.basis is Basis.SOONEST:
            verbs.append((say.AS_EARLY if waits else say.NONE_EARLIER).fill(you=you))
        if not verbs:
            verbs.append(say.COMES.fill(you=you))
        clause = Said(
            f"{name.zh} {'，'.join(verb.zh for verb in verbs)}",
            f"{name.en} {_listed(verbs, bool(waits))}",
            named=name.named,
        )
        all_busy = bool(waits) and not chosen.others_idle and facts.next is not None
        return _plus(say.BUSY_ALL.fill(kind=kind), Said("；", "; "), clause) if all_busy else clause

    def _waits(self, chosen: Chosen) -> list[Said]:
        """What the chosen truck does before it comes, and when it is there then."""
        arrive = self.face.at(chosen.arrive_s, Round.NEAREST)
        if chosen.before:
            count = say.ONE_JOB if chosen.before == 1 else say.JOBS.fill(n=chosen.before)
            return [say.AFTER_OTHERS.fill(n=count, arrive=arrive, you=self._you)]
        if chosen.free_at_s > 0:
            free = self.face.at(chosen.free_at_s, Round.UP)
            return [say.FREE_THEN.fill(free=free, arrive=arrive, you=self._you)]
        return []

    def switch(self) -> list[Said]:
        """What a party has been told already, of the truck before it comes or of one passed over, is not said again."""
        switched = self.facts.switched
        if switched is None:
            return []
        told = {passed.truck for passed in self.facts.passed} if switched.to_job is not None else set()
        if not self.full and (self._turns_off(switched) or switched.truck in told):
            return []
        return [self._switched(switched)]

    def _turns_off(self, switched: Switched) -> bool:
        """Its own truck comes, later."""
        return self.facts.chosen is not None and self.facts.chosen.truck == switched.truck

    def _switched(self, switched: Switched) -> Said:
        where = say.ANOTHER
        if switched.to_here:
            where = say.HERE
        elif self.full and switched.to_job is not None:
            where = self.names.job(switched.to_job)
        chosen = self.facts.chosen
        it = self.names.truck(chosen.truck) if self.full and chosen is not None else say.IT
        if self._turns_off(switched):
            clause = say.TURNS_OFF.fill(it=it, where=where)
        elif switched.sooner_s is not None and switched.sooner_s > 0:
            clause = say.REPLACED.fill(it=it, n=gained(switched.sooner_s))
        else:
            clause = say.TAKEN_OFF if switched.to_job is None else say.CALLED_AWAY.fill(where=where)
        if not self.full:
            return clause
        driven = lost(switched.driven_s)
        name = self.names.truck(switched.truck)
        return _plus(clause, say.CHARGED.fill(name=name, driven=driven, charge=switched.charge))

    def shop(self) -> list[Said]:
        shop = self.facts.shop
        if shop is None:
            return []
        return [say.SHOPS[shop.basis].fill(shop=self.names.shop(shop.shop), n=lost(shop.longer_s))]

    def _nobody(self, nobody: Nobody) -> list[Said]:
        said = [self._nobody_why(nobody)]
        if nobody.alarmed:
            said.append(say.ALARMED)
        if nobody.first_free_s is not None and nobody.reason is Reason.COST:
            said.append(say.FIRST_FREE.fill(free=self.face.at(nobody.first_free_s, Round.UP)))
        if self.full and nobody.refused:
            said.append(say.REFUSED_BY.fill(names=self._names(nobody.refused)))
        if self.full and nobody.unanswered:
            said.append(say.UNANSWERED_BY.fill(names=self._names(nobody.unanswered)))
        return said

    def _nobody_why(self, nobody: Nobody) -> Said:
        kind, unseen = self._kind, self.facts.unseen
        if nobody.reason is Reason.NO_CAPABILITY and unseen is not None:
            if unseen.since_s is None:
                return say.NEVER_SEEN.fill(kind=kind)
            since, count = self.face.at(unseen.since_s, Round.UP), len(unseen.trucks)
            template = say.OUT_OF_SIGHT if count == 1 else say.OUT_OF_SIGHT_ALL
            return template.fill(kind=kind, since=since, n=count)
        if nobody.reason is Reason.NO_CAPABILITY and not nobody.trucks:
            return say.NO_TRUCK
        if nobody.reason is Reason.NO_WAY and not nobody.shop_reached:
            return say.NO_SHOP
        if nobody.reason is Reason.COST and nobody.idle:
            return say.NOT_YET
        if nobody.reason is Reason.NO_CAPABILITY:
            kind = equipped(self.facts.needs)
        return say.NOBODY[nobody.reason].fill(kind=kind, you=self._you)

    def _beside(self) -> list[Said]:
        """What the control room should know of what was seen."""
        said, chosen, unseen = [], self.facts.chosen, self.facts.unseen
        if chosen is not None and chosen.place_age_s is not None and chosen.place_age_s >= _OLD_S:
            said.append(say.OLD_PLACE.fill(name=self.names.truck(chosen.truck), n=gained(chosen.place_age_s)))
        if unseen is not None:
            said.append(say.UNSEEN.fill(names=self._names(unseen.trucks)))
        return said

    def _proof(self) -> list[Said]:
        proof = self.facts.proof
        return [] if proof is None else [say.PROOF[proof.proven].fill(gap=f"{(proof.gap_bp or 0) / 100:g}")]

    def _names(self, trucks: tuple[str, ...]) -> Said:
        names = [self.names.truck(truck) for truck in trucks[:_MOST_NAMES]]
        listed = Said("、".join(name.zh for name in names), ", ".join(name.en for name in names))
        more = len(trucks) - len(names)
        return say.AND_MORE.fill(names=listed, n=len(trucks), more=more) if more else listed


def _with_subject(predicate: Said, why: Hindrance) -> Said:
    """After `could be there earlier, but` English wants a subject; Chinese does without."""
    return predicate if why in say.OF_ITSELF else Said(predicate.zh, f"it {predicate.en}")


def _listed(verbs: list[Said], waits: bool) -> str:
    """`is A, is B and is C`; what stands after an arrival is set off by a comma alone."""
    texts = [verb.en for verb in verbs]
    if waits:
        return ", ".join(texts)
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _plus(*parts: Said) -> Said:
    return Said("".join(part.zh for part in parts), "".join(part.en for part in parts), parts[0].named)


def _joined(groups: list[list[Said]]) -> Said:
    """Each group a sentence, its clauses set off by semicolons."""
    zh = "。".join("；".join(each.zh for each in group) for group in groups) + "。"
    return Said(zh, " ".join(_sentence(group) for group in groups))


def _sentence(clauses: list[Said]) -> str:
    text = "; ".join(each.en for each in clauses)
    return f"{text if clauses[0].named else text[:1].upper() + text[1:]}."
