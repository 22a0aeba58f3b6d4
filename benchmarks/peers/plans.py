"""Who takes part, in which interpreter, and how much each is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROWS, COLUMNS = 500, 200
"""The table of every engine. The square one besides is 2,000 x 2,000, or a smaller one where a plan says so."""

SQUARE = 2_000
SINGLES = 2_000
OURS = "towline"


@dataclass(frozen=True, slots=True)
class Plan:
    """One engine.

    interpreter   ours (.venv) or theirs (the peers' environment)
    pairs         how many of the 10,000 pairs it answers, for the sake of agreement and in one call if it has one;
                  one by one, `SINGLES` of them are timed, or fewer where it is too slow for these
    square        the side of the large table that it is asked for; 2,000, unless it is too slow
    """

    name: str
    interpreter: Literal["ours", "theirs"]
    pairs: int = 10_000
    square: int = SQUARE


PLANS = (
    Plan(OURS, "ours"),
    Plan("towline, 2 threads", "ours"),
    Plan("OSRM CH", "theirs"),
    Plan("OSRM MLD", "theirs"),
    Plan("Valhalla", "theirs", pairs=2_000, square=500),
    Plan("pandana", "theirs", square=500),
    Plan("scipy", "theirs", pairs=2_000),
    Plan("networkx", "theirs", pairs=200, square=100),
)


@dataclass(frozen=True, slots=True)
class Work:
    """Where a run keeps what it needs, under the home: prepared data of the peers, our city, questions and answers."""

    folder: Path

    @property
    def osrm_ch(self) -> Path:
        return self.folder / "osrm-ch" / "milan.osrm"

    @property
    def osrm_mld(self) -> Path:
        return self.folder / "osrm-mld" / "milan.osrm"

    @property
    def valhalla(self) -> Path:
        return self.folder / "valhalla" / "valhalla.json"

    @property
    def city(self) -> Path:
        return self.folder / "towline" / "milan"

    @property
    def questions(self) -> Path:
        return self.folder / "questions"

    @property
    def answers(self) -> Path:
        return self.folder / "answers"


def plan_named(name: str) -> Plan:
    """The plan of an engine. Raises ValueError where there is none."""
    for plan in PLANS:
        if plan.name == name:
            return plan
    raise ValueError(f"there is no engine {name!r}; there are: {', '.join(plan.name for plan in PLANS)}")


def squares() -> list[int]:
    """The sides of all large tables: ours is asked for each, so that only equal tables are compared."""
    return sorted({plan.square for plan in PLANS}, reverse=True)
