"""A service compiles nothing: all that it calls has been called before, by whoever filled the cache."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.registry import CPUDispatcher

import dispatch.solver
import routing
from api.kernels import compile_apart
from simulator import kernels
from tests.api.service_fixture import ROUTER, crossing, open_town
from tests.worlds import city_of_roads

ROOT = Path(__file__).resolve().parents[2]


def compiled() -> dict[str, list[str]]:
    """Each kernel of this process and the types of arguments that it was compiled (or loaded) for."""
    found = {}
    for room in (routing, dispatch.solver):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            for name, each in vars(importlib.import_module(module.name)).items():
                if isinstance(each, CPUDispatcher) and each.__module__ == module.name:
                    found[f"{module.name}.{name}"] = sorted(map(str, each.signatures))
    return found


async def a_day(home: Path, valkey_url: str) -> None:
    """What a service does: rescues alone and together, refusals, closures, trucks by road time, tracking pages."""
    async with open_town(home, valkey_url) as t:
        await t.shop("S1", 15, 1)
        await t.shop("S2", 0, 1)
        await t.ask(1, 1)
        for number in range(4):
            await t.truck(f"T{number}", 3 * number, 0)
        made = [await t.ask(3 * number, 2, vehicles=[{}, {}]) for number in range(4)]
        line = {"type": "LineString", "coordinates": [crossing(12, 0), crossing(13, 0)]}
        await t.post("/v1/closures", {"geometry": line}, 201)
        await t.settled()
        lon, lat = crossing(5, 0)
        for path in (f"/v1/trucks?near={lon},{lat}", f"/v1/shops?near={lon},{lat}", "/v1/board"):
            await t.get(path)
        for each in made:
            shown = await t.rescue(each["id"])
            job = shown["jobs"][0]
            if job["status"] == "offered":
                truck = await t.accept(shown)
                await t.tap(truck, "en_route")
                await t.get(f"/v1/rescues/{each['id']}/track")
                await t.get(f"/v1/track/{each['tracking_url'].rpartition('/')[2]}")
        for _ in range(4):
            await t.passes(100)


def kernels_of(*words: str, cache: Path | None = None) -> dict[str, list[str]]:
    """The kernels of a process of its own that does one of the things at the end of this file."""
    environ = os.environ if cache is None else {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.api.test_kernels", *words],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_after_the_warm_up_a_service_compiles_nothing(valkey_url: str, tmp_path: Path) -> None:
    warmed = kernels_of("warm")
    used = kernels_of("day", str(tmp_path / "town"), valkey_url)
    assert sum(map(len, used.values())) > 10
    assert {name: set(types) - set(warmed[name]) for name, types in used.items()} == {name: set() for name in used}


def test_the_mark_goes_with_the_sources_of_the_kernels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not kernels.is_warm()
    kernels.keep_mark()
    assert kernels.is_warm()
    room = tmp_path / "elsewhere" / "routing"
    room.mkdir(parents=True)
    (room / "kernel.py").write_text("1")
    monkeypatch.setattr(kernels, "_ROOT", tmp_path / "elsewhere")
    assert not kernels.is_warm(), "another checkout has a mark of its own"
    kernels.keep_mark()
    assert kernels.is_warm()
    (room / "kernel.py").write_text("22")
    assert not kernels.is_warm()


def test_what_cannot_be_compiled_beforehand_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    said: list[str] = []
    compile_apart(tmp_path, "nowhere", said.append)
    assert (said, capfd.readouterr().err) == (["compiling the kernels (once)"], ""), "who opens the city says the rest"
    monkeypatch.setattr(sys, "executable", "false")
    compile_apart(tmp_path, "nowhere", said.append)
    assert "could not be compiled beforehand" in said[2]
    kernels.keep_mark()
    compile_apart(tmp_path, "nowhere", said.append)
    assert len(said) == 3, "what is warm is not compiled again"


if __name__ == "__main__":
    if sys.argv[1] == "warm":
        kernels.warm_kernels(city_of_roads(ROUTER.roads))
    else:
        asyncio.run(a_day(Path(sys.argv[2]), sys.argv[3]))
    print(json.dumps(compiled()))  # noqa: T201
