"""Where Towline keeps what it builds: cities, caches, results of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def towline_home(environ: Mapping[str, str]) -> Path:
    """`TOWLINE_HOME`, or `~/.local/share/towline`."""
    named = environ.get("TOWLINE_HOME", "").strip()
    return Path(named).expanduser() if named else Path.home() / ".local" / "share" / "towline"
