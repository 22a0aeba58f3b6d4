"""Closures of roads as they are told: a drawing, and from when until when it holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Closure:
    """`geometry` is the text of a GeoJSON line or polygon; `until_ms` None: until it is lifted."""

    id: str
    geometry: str
    buffer_m: int
    from_ms: int
    until_ms: int | None
    reason: str
