"""An environment of the peers' own, so that nothing of theirs is a dependency of ours; under `TOWLINE_HOME`/peers.

Made with the Python that runs this, from the hashes of requirements.txt; what is there for the same versions stays.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from data.file_locks import locked_folder
from data.home import towline_home

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


class Missing(Exception):
    """The peers cannot be had here; the text says why."""


def peers_python(environ: Mapping[str, str]) -> Path:
    """The interpreter of the peers' environment, made where it is not there yet. Raises Missing."""
    home = towline_home(environ) / "peers"
    home.mkdir(parents=True, exist_ok=True)
    venv = home / "decisions"
    done, inputs = venv / "made-from", _inputs()
    python = venv / "bin" / "python"
    with locked_folder(home):
        if not (done.is_file() and done.read_text(encoding="ascii") == inputs):
            shutil.rmtree(venv, ignore_errors=True)
            _make(venv, python)
            done.write_text(inputs, encoding="ascii")
    return python


def _inputs() -> str:
    """What the environment depends on: the locked versions and the Python that made it."""
    return f"{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()} {sys.version_info[:3]}"


def _make(venv: Path, python: Path) -> None:
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    try:
        _run(sys.executable, "-m", "venv", str(venv))
        _run(str(python), *install, "--only-binary", ":all:", "-r", str(REQUIREMENTS))
    except subprocess.CalledProcessError as error:
        raise Missing(f"the peers' packages could not be installed: {error.stderr.strip()[-500:]}") from error


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)
