"""The two ways in which a command can end without its result."""

from __future__ import annotations

from collections.abc import Sequence


class BadInput(ValueError):
    """What the caller gave cannot be used; the message says what, where and what to do (exit code 2).

    `faults` lists every single fault found, one line each, where there is more than one.
    """

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class NoAnswer(Exception):
    """The input is good, but no answer exists; the message says why (exit code 3)."""
