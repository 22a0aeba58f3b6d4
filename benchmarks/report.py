"""Where a result of `make verify` or `make bench` comes from, and how it is written down."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def origin(root: Path) -> dict[str, Any]:
    """Commit, whether the files differ from it, their digest, and the machine; None where git says nothing."""
    commit = _git(root, "rev-parse", "HEAD")
    changes = _git(root, "status", "--porcelain")
    return {
        "commit": None if commit is None else commit.decode().strip(),
        "changed": None if changes is None else bool(changes.strip()),
        "tree": tree_of(root),
        "machine": {
            "cpus": os.cpu_count(),
            "machine": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
    }


def tree_of(root: Path) -> str | None:
    """A digest of the names and contents of all files but those that git ignores; None where git does not say."""
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None:
        return None
    digest = hashlib.sha256()
    for name in sorted({*listed.split(b"\0")} - {b""}):
        path = root / os.fsdecode(name)
        if path.is_symlink():
            content = os.fsencode(path.readlink())
        elif path.is_file():
            content = path.read_bytes()
        else:  # deleted, and not yet so for git
            continue
        digest.update(b"%s\0%s" % (name, hashlib.sha256(content).digest()))
    return digest.hexdigest()


def write(path: Path, document: object) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)


def _git(root: Path, *words: str) -> bytes | None:
    try:
        return subprocess.run(["git", *words], cwd=root, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
