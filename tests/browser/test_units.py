"""The pages' own unit tests: clock, formats, stream, motion, rules and texts. They need Node and no browser."""

from __future__ import annotations

import os
import subprocess

from tests.browser.conftest import ROOT


def test_the_units_of_the_pages() -> None:
    plain = {**os.environ, "NO_COLOR": "1", "CI": "true"}
    command = ["sh", str(ROOT / "tools" / "pages.sh"), "--test"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=plain)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tests " in done.stdout
