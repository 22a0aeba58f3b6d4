"""The house keeps its own rules: every room is named, only one module reads time, nothing imports the command line."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NO_ROOMS = {"tests", "benchmarks", "docs", "clients", "deploy", "tools", "locks", "web", "build", "dist"}
READS_TIME = {
    ("time", "time"), ("time", "time_ns"), ("time", "monotonic"), ("time", "monotonic_ns"), ("time", "perf_counter"),
    ("time", "perf_counter_ns"), ("time", "sleep"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"),
    ("date", "today"),
}  # fmt: skip


def rooms() -> list[str]:
    return sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in NO_ROOMS)


def sources() -> Iterator[Path]:
    for room in rooms():
        yield from (ROOT / room).rglob("*.py")
    yield ROOT / "towline.py"


def settings() -> dict[str, list[str]]:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    layers = tool["importlinter"]["contracts"][0]["layers"]
    shipped = tool["hatch"]["build"]["targets"]["wheel"]["include"]
    return {
        "layers": layers,
        "root_packages": tool["importlinter"]["root_packages"],
        "mypy": [name for name in tool["mypy"]["files"] if name not in NO_ROOMS and not name.endswith(".py")],
        "wheel": [name.strip("/") for name in shipped if not name.endswith(".py")],
    }


@pytest.mark.parametrize("where", ["layers", "root_packages", "mypy", "wheel"])
def test_every_room_is_named(where: str) -> None:
    assert sorted(settings()[where]) == rooms()


def test_only_the_clock_reads_time() -> None:
    readers = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                name = (
                    owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
                )
                if (name, node.func.attr) in READS_TIME:
                    readers.add(path.relative_to(ROOT).as_posix())
    assert readers == {"api/clock.py"}


def test_nothing_imports_the_command_line() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "")
            assert not any(name.split(".")[0] == "towline" for name in names), path


def test_the_command_line_imports_heavy_parts_only_when_they_are_used() -> None:
    """What it imports at once is named here, and so is all that those modules import in turn."""
    light = {
        "api.clock", "api.verbs", "data.city_verbs", "data.home", "data.journal_verbs", "dispatch.arguments",
        "dispatch.verbs", "geo.faults", "simulator.verbs",
    }  # fmt: skip
    ours = set(rooms())
    for path in [ROOT / "towline.py", *(ROOT / f"{name.replace('.', '/')}.py" for name in sorted(light))]:
        imported = []
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                imported.append(node.module or "")
            elif isinstance(node, ast.Import):
                imported += [alias.name for alias in node.names]
        others = {name for name in imported if name.split(".")[0] in ours} - light
        others |= {name for name in imported if name.split(".")[0] not in ours | set(sys.stdlib_module_names)}
        assert not others, path


def test_no_room_reads_the_global_random_source() -> None:
    for path in sources():
        text = path.read_text(encoding="utf-8")
        assert "np.random.seed" not in text, path
        assert "import random" not in text, path
