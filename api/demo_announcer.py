"""What a demo tells its terminal: how the service is getting on, where to look, and that nothing of it is real."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from api.demo_folder import read_tracking_url

LOOK_S = 0.2
CALM_LOOK_S = 1.0
ANSWER_S = 5.0
STARTING_ANSWER_S = 1.0
"""A service that prepares its city listens already and does not answer yet."""

FOR_MACHINES = "{"
"""How lines of the log begin that are for machines."""


@dataclass(slots=True)
class Announcer:
    """Asks for /readyz and relays the service's own words until it is there the first time."""

    home: Path
    log: Path
    url: str
    city: str
    speed: int
    say: Callable[[str], None]
    _read_bytes: int = 0
    _announced: bool = False
    _shown: str | None = None

    async def run(self) -> None:
        self._read_bytes = self.log.stat().st_size if self.log.exists() else 0
        self.say(f"starting; the service writes into {self.log}")
        async with httpx.AsyncClient(trust_env=False) as client:
            was: str | None = ""
            while True:
                trouble = await self._trouble(client)
                if trouble is None and not self._announced:
                    self._announce()
                elif self._announced and trouble != was:
                    self.say("the service is ready again" if trouble is None else f"not ready: {trouble}")
                was = trouble
                self._relay()
                self._tell_example()
                await asyncio.sleep(CALM_LOOK_S if self._announced else LOOK_S)

    async def _trouble(self, client: httpx.AsyncClient) -> str | None:
        """Why the service is not ready, None where it is."""
        try:
            limit_s = ANSWER_S if self._announced else STARTING_ANSWER_S
            answer = await client.get(f"{self.url}/readyz", timeout=limit_s)
        except httpx.HTTPError:
            return "the service does not answer"
        return None if answer.status_code == 200 else _words(answer)

    def _announce(self) -> None:
        self._announced = True
        for line in (
            "",
            f"Towline demo: {self.city}, {self.speed} times as fast as real time",
            f"  Control room   {self.url}/control",
            f"  API            {self.url}/docs",
            "  Tracking page  named here as soon as the first rescue has one",
            "Nothing of it is real but the roads: trucks, companies, shops and people are invented, the accidents are",
            f"generated. Logs are in {self.log.parent}. Stop with Ctrl-C.",
            "",
        ):
            self.say(line)

    def _tell_example(self) -> None:
        if self._announced and self._shown is None and (found := read_tracking_url(self.home)) is not None:
            self._shown = found
            self.say(f"  Tracking page  {found}")
            self.say("  (of one rescue, until two hours of the demo's time after its end; the control room shows more)")

    def _relay(self) -> None:
        if self._announced or not self.log.exists():
            return
        with self.log.open("rb") as log:
            log.seek(self._read_bytes)
            lines = log.read().split(b"\n")[:-1]
        self._read_bytes += sum(len(line) + 1 for line in lines)
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip()
            if text and not text.startswith(FOR_MACHINES):
                self.say(f"  {text}")


def _words(answer: httpx.Response) -> str:
    """What Health says is not well."""
    try:
        health: dict[str, Any] = answer.json()
        bad = [
            f"{name}: {part['detail']}" for name, part in health.items() if isinstance(part, dict) and not part["ok"]
        ]
    except (ValueError, LookupError, AttributeError, TypeError):
        bad = []
    return "; ".join(bad) or f"it answers {answer.status_code}"
