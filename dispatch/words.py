"""What sentences are made of: spans and instants as a person reads them, and what trucks are called, in two languages.

Minutes are never rounded in our favour: what is gained is rounded down, what is lost up, and less than a minute is
called that, not 0 minutes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import Enum

_FAR_S = 12 * 3600
_MINUTE_MS = 60_000

_CAN = {
    "wheel_lift": ("托举", "wheel lift"),
    "flatbed": ("平板", "flatbed"),
    "heavy": ("重型拖曳", "heavy lift"),
    "crane": ("吊臂", "crane"),
    "ev_dolly": ("新能源拖架", "EV dolly"),
}
_CLASSES = {
    frozenset[str](): ("拖车", "tow truck"),
    frozenset({"wheel_lift"}): ("拖车", "tow truck"),
    frozenset({"flatbed"}): ("平板车", "flatbed"),
    frozenset({"heavy"}): ("重型拖车", "heavy tow truck"),
    frozenset({"crane"}): ("吊车", "crane truck"),
    frozenset({"ev_dolly"}): ("新能源拖车", "EV tow truck"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """The same in Chinese and in English. `named`: it begins with a name, whose first letter stays as it is."""

    zh: str
    en: str
    named: bool = False

    def fill(self, **values: Said | str | int) -> Said:
        """With values in the gaps, each in its language. A Latin name is set off from the Chinese about it."""
        zh = {
            name: (_set_off(self.zh, name, value.zh) if value.named else value.zh) if isinstance(value, Said) else value
            for name, value in values.items()
        }
        en = {name: value.en if isinstance(value, Said) else value for name, value in values.items()}
        named = any(
            self.en.startswith(f"{{{name}}}") and value.named
            for name, value in values.items()
            if isinstance(value, Said)
        )
        return Said(self.zh.format(**zh), self.en.format(**en), named)

    def words(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


def _set_off(template: str, gap: str, name: str) -> str:
    before, _, after = template.partition(f"{{{gap}}}")
    left = " " if _is_chinese(before[-1:]) and not _is_chinese(name[:1]) else ""
    right = " " if _is_chinese(after[:1]) and not _is_chinese(name[-1:]) else ""
    return f"{left}{name}{right}"


def _is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


class Round(Enum):
    """To which minute an instant is rounded."""

    DOWN = "down"
    NEAREST = "nearest"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Face:
    """Shows seconds of a plan as a time of day. Without an instant of the plan's now, as hours and minutes from it."""

    now_ms: int | None = None
    zone: tzinfo = UTC

    def at(self, seconds: int, rounded: Round) -> Said:
        at_ms = (self.now_ms or 0) + 1000 * seconds
        shift_ms = {Round.DOWN: 0, Round.NEAREST: _MINUTE_MS // 2, Round.UP: _MINUTE_MS - 1}[rounded]
        minute = (at_ms + shift_ms) // _MINUTE_MS
        if self.now_ms is None:
            hours, rest = divmod(abs(minute), 60)
            shown = f"{'-' if minute < 0 else '+'}{hours}:{rest:02}"
            return Said(shown, shown)
        local = datetime.fromtimestamp(60 * minute, self.zone)
        shown = f"{local:%H:%M}"
        if abs(seconds) < _FAR_S:
            return Said(shown, shown)
        return Said(f"{local.month} 月 {local.day} 日 {shown}", f"{shown} on {local.day} {local:%b}")


def gained(seconds: int) -> Said:
    """At least so long."""
    return _span(seconds, seconds // 60)


def lost(seconds: int) -> Said:
    """At most so long."""
    return _span(seconds, -(-seconds // 60))


def _span(seconds: int, minutes: int) -> Said:
    """A number is set off from the Chinese before it, a word is not."""
    if seconds < 60:
        return Said("不到 1 分钟", "less than a minute")
    return Said(f" {minutes} 分钟", "1 minute" if minutes == 1 else f"{minutes} minutes")


def class_of(needs: Collection[str]) -> Said:
    """What a truck is called that can do all of this."""
    found = _CLASSES.get(frozenset(needs))
    if found is not None:
        return Said(*found)
    return Said(
        f"带{_listed(needs).zh}的拖车", "truck with {}".format(" and ".join(_name(each).en for each in sorted(needs)))
    )


def equipped(needs: Collection[str]) -> Said:
    """The same where it matters that not every tow truck has a wheel lift."""
    if frozenset(needs) == {"wheel_lift"}:
        return Said("带托举的拖车", "truck with a wheel lift")
    return class_of(needs)


def lacking(needs: Collection[str]) -> Said:
    """What a truck does not have: `flatbed or crane`."""
    return _listed(needs)


def _listed(needs: Iterable[str]) -> Said:
    names = [_name(each) for each in sorted(needs)]
    return Said("、".join(name.zh for name in names), " or ".join(name.en for name in names))


def _name(capability: str) -> Said:
    plain = capability.replace("_", " ")
    return Said(*_CAN.get(capability, (plain, plain)))
