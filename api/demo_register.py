"""Makes the shipped fleet and shops known to the service, where it does not know them yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from api.demo_client import AWAY, Client, pause_s
from api.demo_pings import device_id
from api.demo_views import Mirror
from data.fleets import FleetShop, FleetTruck

SURNAMES = (
    "Rojas",
    "Soto",
    "Muñoz",
    "Díaz",
    "Pérez",
    "Silva",
    "Tapia",
    "Araya",
    "Castillo",
    "Cortés",
    "Vega",
    "Rivera",
)


class Refused(RuntimeError):
    """The service will not have a truck or a shop as it is."""


@dataclass(slots=True)
class Register:
    client: Client
    mirror: Mirror
    trucks: Mapping[str, FleetTruck]
    shops: Mapping[str, FleetShop]
    seed: int
    say: Callable[[str], None]

    async def complete(self) -> None:
        """Registers what is missing, however long the service takes to be there. Raises Refused."""
        for shop in self.shops.values():
            if shop.id not in self.mirror.shops:
                self.mirror.take_shop(await self._put(f"/v1/shops/{quote(shop.id, safe='')}", _shop_body(shop)))
        for truck in self.trucks:
            if truck not in self.mirror.trucks:
                await self._put_truck(truck)

    async def devices(self, trucks: Collection[str]) -> None:
        """Registers trucks again whose devices the service does not know."""
        for truck in trucks:
            try:
                await self._put_truck(truck)
            except Refused as refused:
                self.say(str(refused))

    async def _put_truck(self, truck_id: str) -> None:
        truck, number = self.trucks[truck_id], list(self.trucks).index(truck_id)
        body = {
            "can": sorted(truck.can), "company": truck.company, "plate": f"DEMO-{number + 1:02d}",
            "driver": SURNAMES[number % len(SURNAMES)], "device_id": device_id(self.seed, truck_id),
        }  # fmt: skip
        self.mirror.take_truck(await self._put(f"/v1/trucks/{quote(truck_id, safe='')}", body))

    async def _put(self, path: str, body: object) -> dict[str, object]:
        failures = 0
        while True:
            answer = await self.client.put(path, body)
            if answer.ok:
                assert isinstance(answer.body, dict)
                return answer.body
            if not answer.worth_again:
                raise Refused(f"PUT {path} is refused ({answer.detail})")
            failures += 1
            await asyncio.sleep(pause_s(failures, None if answer.status == AWAY else answer))


def _shop_body(shop: FleetShop) -> dict[str, object]:
    return {
        "name": shop.name, "lon": shop.lon_deg, "lat": shop.lat_deg, "datum": "wgs84", "can": sorted(shop.can),
        "places": shop.places, "unload_s": shop.unload_s,
    }  # fmt: skip
