"""The batteries of `make verify`. Together they are the whole test suite, each test in one of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Battery:
    """A file or folder of tests without some of its files and folders; `chosen` is an expression of pytest's that picks
    some of these tests. `workers` 0: in one process."""

    name: str
    about: str
    tests: str
    leaves_out: tuple[str, ...] = ()
    chosen: str = ""
    workers: int = 2

    @property
    def words(self) -> list[str]:
        """The arguments of pytest."""
        chosen = ["-k", self.chosen] if self.chosen else []
        return [self.tests, *(f"--ignore={path}" for path in self.leaves_out), *chosen]


KILLS, SOAK, LONG = "tests/faults/test_demo_kill.py", "tests/faults/test_memory.py", "tests/test_batteries.py"

BATTERIES = (
    Battery(
        "rooms", "all that has no battery of its own", "tests",
        leaves_out=("tests/contracts", "tests/api", "tests/faults", "tests/browser", LONG),
    ),
    Battery("contracts", "both databases, both position stores", "tests/contracts"),
    Battery("service", "the service over HTTP, races, random commands", "tests/api"),
    Battery("fuzz", "random problems against the checker", LONG, chosen="random"),
    Battery("cities", "ways of all cities, the busiest day under every rule", LONG, chosen="not random"),
    Battery("faults", "bad homes, ports and disks", "tests/faults", leaves_out=(KILLS, SOAK)),
    Battery("kills", "a demo whose processes are killed", KILLS),
    Battery("soak", "what a demo keeps in memory", SOAK),
    Battery("pages", "the pages in a real browser", "tests/browser"),
)  # fmt: skip
