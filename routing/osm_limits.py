"""What OpenStreetMap says of how heavy and how high a vehicle may be, and where goods vehicles may not go at all.

After the OSM wiki's pages on Key:maxweight, Key:maxweightrating, Key:maxheight, Key:hgv and Key:goods. Which weight a
limit speaks of (actual, permitted, of a whole combination) is not told apart: the lowest counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

WEIGHT_KEYS = ("maxweight", "maxweightrating", "maxgcweight")
HEIGHT_KEYS = ("maxheight", "maxheight:physical")
HEAVY_KEYS = ("hgv", "goods")
PREFIXES = ("maxweight", "maxgcweight", "maxheight", "hgv", "goods")

KG_OF = {
    "": 1000.0, "t": 1000.0, "tonne": 1000.0, "tonnes": 1000.0, "kg": 1.0, "st": 907.18474, "lt": 1016.0469088,
    "lb": 0.45359237, "lbs": 0.45359237, "cwt": 50.80234544,
}  # fmt: skip
CM_OF = {"": 100.0, "m": 100.0, "cm": 1.0, "ft": 30.48, "in": 2.54}
LIGHTEST_KG, HEAVIEST_KG = 100, 500_000
LOWEST_CM, HIGHEST_CM = 50, 2_000
NO_LIMIT = frozenset({"none", "no", "default", "below_default", "no_sign", "no_indications", "unsigned", "unlimited"})
"""Values that name no figure; `below_default` says that there is one, but not which."""
NOT_THERE = frozenset({"no", "private", "agricultural", "forestry", "official", "military", "emergency"})
WITH_A_REASON = frozenset({"destination", "delivery", "customers", "permit"})

KeysOf = Callable[[str], tuple[str, ...]]
Read = Callable[[str], int | None]

_FEET = re.compile(r"(\d+)\s*(?:'|′|’|ft|feet)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|″|”|''|in|inches)?)?")
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]*)")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a way (along its nodes, against them); 0 where none is known, and what could not be kept."""

    max_weight_kg: tuple[int, int] = (0, 0)
    max_height_cm: tuple[int, int] = (0, 0)
    no_heavy: tuple[bool, bool] = (False, False)
    with_a_reason: bool = False
    conditional: bool = False
    unreadable: int = 0


UNLIMITED = Limits()


def limits_of(tags: Mapping[str, str]) -> Limits:
    """The limits that the tags of a way (or of a node, where both directions are the same) state."""
    said = [key for key in tags if key.startswith(PREFIXES)]
    if not said:
        return UNLIMITED
    weight, height = _Lowest(_weight_keys, kilograms_of, tags), _Lowest(_height_keys, centimetres_of, tags)
    values = [tags[key].strip() for side in ("", ":forward", ":backward") for key in _heavy_keys(side) if key in tags]
    return Limits(
        max_weight_kg=(weight.of("forward"), weight.of("backward")),
        max_height_cm=(height.of("forward"), height.of("backward")),
        no_heavy=(_no_heavy(tags, "forward"), _no_heavy(tags, "backward")),
        with_a_reason=any(value in WITH_A_REASON for value in values),
        conditional=any(key.endswith(":conditional") for key in said),
        unreadable=len(weight.unreadable | height.unreadable),
    )


def kilograms_of(text: str) -> int | None:
    """A weight in t (where no unit stands), kg, st, lt, lbs or cwt; 0 where it names no limit, None if unreadable."""
    text = text.strip().lower()
    if text in NO_LIMIT:
        return 0
    found = _NUMBER.fullmatch(text)
    if not found or found[2] not in KG_OF:
        return None
    return _within(float(found[1].replace(",", ".")) * KG_OF[found[2]], LIGHTEST_KG, HEAVIEST_KG)


def centimetres_of(text: str) -> int | None:
    """A height in m (where no unit stands), cm, ft or feet and inches (13'8"); 0 and None as `kilograms_of`."""
    text = text.strip().lower()
    if text in NO_LIMIT:
        return 0
    feet = _FEET.fullmatch(text)
    if feet:
        return _within(int(feet[1]) * CM_OF["ft"] + float(feet[2] or 0) * CM_OF["in"], LOWEST_CM, HIGHEST_CM)
    found = _NUMBER.fullmatch(text)
    if not found or found[2] not in CM_OF:
        return None
    return _within(float(found[1].replace(",", ".")) * CM_OF[found[2]], LOWEST_CM, HIGHEST_CM)


def limit_notes(limits: Iterable[Limits], unreadable: int) -> Iterator[str]:
    """What a build has to say of limits that it could not keep as they are; `unreadable` counts those of nodes."""
    seen = [one for one in limits if one is not UNLIMITED]
    conditional, with_a_reason = (sum(getattr(one, what) for one in seen) for what in ("conditional", "with_a_reason"))
    unreadable += sum(one.unreadable for one in seen)
    if conditional:
        yield f"{conditional} ways limit weight, height or goods vehicles at certain times only: not kept"
    if with_a_reason:
        yield f"{with_a_reason} ways let goods vehicles in with a reason only (hgv=destination ...): read as open"
    if unreadable:
        yield f"{unreadable} values of maxweight or maxheight cannot be read, or are no weight or height of a vehicle"


def _weight_keys(side: str) -> tuple[str, ...]:
    return tuple(f"{key}{vehicle}{side}" for key in WEIGHT_KEYS for vehicle in ("", ":hgv"))


def _height_keys(side: str) -> tuple[str, ...]:
    return tuple(f"{key}{side}" for key in HEIGHT_KEYS)


def _heavy_keys(side: str) -> tuple[str, ...]:
    return tuple(f"{key}{side}" for key in HEAVY_KEYS)


LIMIT_TAGS = tuple(
    key
    for side in ("", ":forward", ":backward")
    for keys_of in (_weight_keys, _height_keys, _heavy_keys)
    for key in keys_of(side)
)
"""Every tag that is read here, conditional ones aside."""


class _Lowest:
    """The lowest value that some keys state for a direction, and the keys whose values cannot be read."""

    def __init__(self, keys_of: KeysOf, read: Read, tags: Mapping[str, str]) -> None:
        self._keys_of, self._read, self._tags = keys_of, read, tags
        self.unreadable: set[str] = set()

    def of(self, side: str) -> int:
        """0 where nothing is stated."""
        found = []
        for key in (*self._keys_of(""), *self._keys_of(f":{side}")):
            for text in self._tags[key].split(";") if key in self._tags else ():
                value = self._read(text)
                if value is None:
                    self.unreadable.add(key)
                elif value:
                    found.append(value)
        return min(found, default=0)


def _no_heavy(tags: Mapping[str, str], side: str) -> bool:
    """What is said of goods vehicles (of heavy ones first), of the direction before the whole way."""
    for vehicle in HEAVY_KEYS:
        for key in (f"{vehicle}:{side}", vehicle):
            if key in tags:
                return all(value.strip() in NOT_THERE for value in tags[key].split(";"))
    return False


def _within(value: float, least: int, most: int) -> int | None:
    """Rounded down, so that a limit is never taken for a higher one; None where it is no sane value."""
    return int(value + 1e-6) if least <= value <= most else None
