"""Prepares the peers: an environment of their own (Python 3.12) and the data that they make of Milan's extract.

    python3 -m benchmarks.peers.setup

Needs nothing but the standard library. Everything goes to `TOWLINE_HOME`/peers; each step is timed, and what is done
for the same extract and the same versions is not done again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.clock import elapsed_s
from benchmarks.peers.plans import Work
from benchmarks.report import ROOT, write
from data.file_locks import locked_folder
from data.home import towline_home

EXTRACT = ROOT.parent / "shared" / "data" / "osm" / "milan_2015.osm.pbf"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
IS_3_12 = "import sys, venv, ensurepip; raise SystemExit(sys.version_info[:2] != (3, 12))"

Say = Callable[[str], None]


class Missing(Exception):
    """Something that the peers need is not there; the text says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the preparation: `earlier` where it was done by a run before this one."""

    name: str
    seconds: float
    earlier: bool


@dataclass(frozen=True, slots=True)
class Peers:
    """The peers, ready to be asked."""

    python: Path
    work: Work
    extract: Path
    steps: tuple[Step, ...]


@contextlib.contextmanager
def prepared(environ: Mapping[str, str], say: Say) -> Iterator[Peers]:
    """The peers, with what is missing made; nobody else prepares or asks them meanwhile, so that runs wait for each
    other. Raises Missing as `prepare` does."""
    home = towline_home(environ) / "peers"
    home.mkdir(parents=True, exist_ok=True)
    with locked_folder(home):
        yield prepare(environ, say)


def prepare(environ: Mapping[str, str], say: Say) -> Peers:
    """Makes what is missing. Raises Missing where the extract, a Python 3.12 or the packages cannot be had."""
    if not EXTRACT.is_file():
        raise Missing(f"the extract of Milan is not there (../{EXTRACT.relative_to(ROOT.parent)})")
    home = towline_home(environ) / "peers"
    venv, work = home / "venv", Work(home / EXTRACT.name.split(".")[0])
    python = venv / "bin" / "python"
    versions = _digest(REQUIREMENTS)
    steps = _Steps(home / "steps.json", say)
    steps.run("environment", versions, lambda: _make_environment(environ, venv), python)
    tools = _digest(REQUIREMENTS, EXTRACT)
    ch, mld = work.osrm_ch, work.osrm_mld
    threads = str(os.cpu_count() or 1)

    def osrm(tool: str, *words: str | Path) -> None:
        _run(_inside(venv, f"osrm/bin/osrm-{tool}"), "-t", threads, *words)

    def extract() -> None:
        for base in (ch, mld):
            shutil.rmtree(base.parent, ignore_errors=True)
            base.parent.mkdir(parents=True)
        osrm("extract", "-p", _inside(venv, "osrm/share/profiles/car.lua"), "-o", ch, EXTRACT)
        # Partitioning renumbers the graph, so each algorithm gets files of its own.
        for path in ch.parent.glob(f"{ch.name}.*"):
            shutil.copy2(path, mld.parent)

    def tiles() -> None:
        shutil.rmtree(work.valhalla.parent, ignore_errors=True)
        folder = work.valhalla.parent / "tiles"
        folder.mkdir(parents=True)
        _run(python, "-m", "benchmarks.peers.valhalla_engine", folder, work.valhalla)
        _run(_inside(venv, "valhalla/bin/valhalla_build_tiles"), "-c", work.valhalla, EXTRACT)

    steps.run("OSRM extract", tools, extract, ch.with_name(f"{ch.name}.ebg"))
    steps.run("OSRM contract (CH)", tools, lambda: osrm("contract", ch), ch.with_name(f"{ch.name}.hsgr"))
    steps.run("OSRM partition (MLD)", tools, lambda: osrm("partition", mld), mld.with_name(f"{mld.name}.partition"))
    steps.run("OSRM customize (MLD)", tools, lambda: osrm("customize", mld), mld.with_name(f"{mld.name}.mldgr"))
    steps.run("Valhalla tiles", tools, tiles, work.valhalla)
    return Peers(python, work, EXTRACT, tuple(steps.done))


class _Steps:
    """Steps in order: one that has to be done takes all later ones of the same inputs with it."""

    def __init__(self, path: Path, say: Say) -> None:
        self._path = path
        self._say = say
        self._again: set[str] = set()
        self.done: list[Step] = []
        try:
            self._known: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    def run(self, name: str, inputs: str, work: Callable[[], None], made: Path) -> None:
        known = self._known.get(name, {})
        if known.get("inputs") == inputs and made.exists() and inputs not in self._again:
            self.done.append(Step(name, float(str(known["seconds"])), True))
            self._say(f"{name}: done before, in {self.done[-1].seconds:.1f} s")
            return
        self._again.add(inputs)
        self._say(f"{name} ...")
        begun_s = elapsed_s()
        work()
        self.done.append(Step(name, round(elapsed_s() - begun_s, 2), False))
        self._known[name] = {"inputs": inputs, "seconds": self.done[-1].seconds}
        write(self._path, self._known)
        self._say(f"{name}: {self.done[-1].seconds:.1f} s")


def _make_environment(environ: Mapping[str, str], venv: Path) -> None:
    interpreter = find_python(environ)
    shutil.rmtree(venv, ignore_errors=True)
    _run(interpreter, "-m", "venv", venv)
    try:
        _run(
            venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--require-hashes", "--only-binary", ":all:", "-r", REQUIREMENTS,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise Missing(f"the peers' packages could not be installed: {error.stderr.strip()[-500:]}") from error


def find_python(environ: Mapping[str, str]) -> str:
    """A Python 3.12 that runs and has venv. Raises Missing where there is none."""
    tried = list(_candidates(environ))
    for candidate in tried:
        try:
            if subprocess.run([candidate, "-c", IS_3_12], capture_output=True, check=False).returncode == 0:
                return candidate
        except OSError:
            continue
    raise Missing(
        "no Python 3.12 with venv was found, and the peers' packages are built for that one; "
        "install it, or name it: make bench-peers PEERS_PYTHON=/path/to/python3.12"
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("PEERS_PYTHON"):
        yield environ["PEERS_PYTHON"]
        return
    yield "python3.12"
    yield sys.executable
    versions = Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from (str(path) for path in sorted(versions.glob("3.12*/bin/python")))


def _inside(venv: Path, path: str) -> Path:
    return next(venv.glob(f"lib/python*/site-packages/{path}"))


def _run(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], cwd=ROOT, check=True, capture_output=True, text=True)


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def main() -> int:
    try:
        with prepared(os.environ, lambda line: print(f"peers: {line}", file=sys.stderr, flush=True)) as peers:  # noqa: T201
            folder = peers.work.folder
    except Missing as missing:
        print(f"peers: skipped: {missing}", file=sys.stderr)  # noqa: T201
        return 1
    except subprocess.CalledProcessError as error:
        print(f"peers: {error.cmd[0]} failed:\n{error.stderr[-2000:]}{error.stdout[-2000:]}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"peers: ready in {folder}", file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
