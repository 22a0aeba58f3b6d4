"""Every compiled kernel, called once, so that it lies in the cache before anything runs that must not wait for it.

A compiler that runs within the service stops it for seconds and leaves over 100 MB behind there. So kernels are
compiled by a process of their own, and a mark in the cache says for which sources, interpreter and processor.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np

from dispatch.solver.warm import warm_up
from routing.roads import City
from routing.router import Positions, Router

_ROOT = Path(__file__).resolve().parents[1]
_ROOMS = ("routing", "dispatch/solver")
"""Where kernels are."""


def warm_kernels(city: City) -> None:
    """Asks the city's roads and the solver for everything that a service asks them for."""
    warm_up()
    roads = city.roads
    nodes = np.unique(roads.link_head[roads.link_strong])[:3]
    if nodes.size == 0:
        return  # nobody can drive there
    lon_deg, lat_deg = roads.node_lon_e7[nodes] / 1e7, roads.node_lat_e7[nodes] / 1e7
    router = Router.of(city)
    places = router.snap(lon_deg, lat_deg)
    router.snap(lon_deg, lat_deg, heading_deg=np.full(nodes.size, np.nan))
    router.snap(lon_deg, lat_deg, strong_only=False)
    one, last = places.take([0]), places.take([nodes.size - 1])
    along = np.linspace(0.0, 1.0, 64)
    many = Positions(np.repeat(one.link, len(along)), np.repeat(one.reverse, len(along)), along, np.zeros(len(along)))
    for roads_now in (router, router.with_closed(np.arange(roads.link_count) == 0)):
        roads_now.table(one, places)
        roads_now.table(many, places)  # enough for a sweep
        roads_now.times(one, last)
        roads_now.reach(one)
        roads_now.route(one, last)


def keep_mark() -> None:
    """To be called when all kernels are in the cache. OSError where the cache cannot be written."""
    if (file := _mark_file()) is not None:
        file.write_text(_mark(), encoding="ascii")


def is_warm() -> bool:
    """Whether the kernels in the cache are those that would be compiled now."""
    try:
        return (file := _mark_file()) is not None and file.read_text(encoding="ascii") == _mark()
    except (OSError, ValueError):
        return False


def _mark_file() -> Path | None:
    """One for each checkout that uses the cache, as the cache itself has it; None where no cache is named."""
    cache = os.environ.get("NUMBA_CACHE_DIR", "")
    return Path(cache) / f"warmed-{hashlib.sha256(str(_ROOT).encode()).hexdigest()[:16]}" if cache else None


def _mark() -> str:
    """The cache knows a source by the time and size of its file, so that is what counts here too."""
    cpu = llvmlite.binding.get_host_cpu_name(), llvmlite.binding.get_host_cpu_features().flatten()
    files = sorted(path for room in _ROOMS for path in (_ROOT / room).glob("*.py"))
    sources = [(path.name, stat.st_mtime_ns, stat.st_size) for path in files for stat in [path.stat()]]
    return hashlib.sha256(repr((sys.version, numba.__version__, cpu, sources)).encode()).hexdigest()
