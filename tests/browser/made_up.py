"""A made-up afternoon in the shipped city, in the words of docs/http.md: every status, a held report, alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.catalogue import shipped_fleet, shipped_shops
from routing.roads import City
from routing.router import Router
from routing.way import Way
from tests.browser.fake_service import Json, World
from tests.browser.made_up_words import (
    DECISIONS,
    closure,
    eta,
    healthy,
    held,
    instant,
    instant_ms,
    round_of,
    timeline,
    why,
)

TOKEN = "kZ3v0yq6T1uWc8sN4bXe9A"
ENDED = ("delivered", "closed", "cancelled")


@dataclass(frozen=True, slots=True)
class Plot:
    """One rescue of the afternoon. `share` is how far its truck has come on the leg that it drives."""

    name: str
    ref: str
    lon: float
    lat: float
    status: str
    truck: str | None = None
    shop: str | None = "S04"
    reported_s: int = -300
    share: float = 0.4
    lanes: int = 0
    waiting: bool = False
    severity: str = "damage"
    queue: int | None = None


PLOTS = (
    Plot("R1", "110-2026-0317", -71.2520, -29.9045, "en_route", "T17", reported_s=-420, lanes=1),
    Plot("R2", "110-2026-0312", -71.2660, -29.9270, "towing", "T22", "S03", reported_s=-2300),
    Plot(
        "R3",
        "110-2026-0318",
        -71.3390,
        -29.9560,
        "reported",
        reported_s=-1420,
        queue=1,
        severity="injury",
        waiting=True,
    ),
    Plot("R4", "110-2026-0319", -71.2330, -29.9130, "offered", "T09", reported_s=-95),
    Plot(
        "R5",
        "110-2026-0314",
        -71.2920,
        -29.9640,
        "on_scene",
        "T31",
        "S05",
        reported_s=-1500,
        lanes=2,
        severity="injury",
    ),
    Plot("R6", "110-2026-0316", -71.2440, -29.8950, "en_route", "T40", "S02", reported_s=-1330, share=0.7),
    Plot("R7", "110-2026-0320", -71.3210, -29.9800, "planned", "T31", reported_s=-240, queue=2),
    Plot("R9", "110-2026-0301", -71.2500, -29.9100, "closed", None, reported_s=-6400),
    Plot("R10", "110-2026-0305", -71.2800, -29.9500, "cancelled", None, reported_s=-5200),
)
TRUCK_STATUS = {"offered": "offered", "en_route": "en_route", "on_scene": "on_scene", "towing": "loaded"}


class MadeUp:
    """The world and the ways that its trucks drive, so that a test can move them along real streets."""

    def __init__(self, city: City, router: Router, tiles: str | None) -> None:
        self.city = city
        self.router = router
        self.shops = {shop.id: shop for shop in shipped_shops()}
        self.posts = {truck.id: truck for truck in shipped_fleet()}
        self.ways: dict[str, tuple[Way, int]] = {}
        """Of every driving truck its way and how many milliseconds of it lie behind it."""
        self.world = World(city=self._city(tiles), board={})
        rescues = [self._rescue(plot) for plot in PLOTS]
        trucks = [self._truck(name) for name in self.posts]
        self.world.board = {
            "now_at": instant(),
            "speed": 1,
            "health": healthy(),
            "trucks": trucks,
            "rescues": [*rescues, held()],
            "shops": [self._shop(name) for name in self.shops],
            "closures": [closure()],
            "decisions": DECISIONS,
        }
        self.world.rounds = {plot.name: [round_of(plot.name, plot.truck)] for plot in PLOTS}
        self.world.timelines = {plot.name: timeline() for plot in PLOTS}
        self.world.tracks[TOKEN] = self.track("R1")

    def drive(self, truck: str, seconds: float) -> list[object]:
        """Moves a truck along its way; the row of a `positions` event."""
        way, elapsed_ms = self.ways[truck]
        elapsed_ms = min(way.duration_ms, elapsed_ms + round(1000 * seconds))
        self.ways[truck] = (way, elapsed_ms)
        lon, lat, heading = way.place_at(elapsed_ms)
        return [truck, round(lon, 6), round(lat, 6), round(heading, 1), instant_ms(seconds), False]

    def track(self, name: str) -> Json:
        """The Track of a rescue's party."""
        rescue = self.world.rescue(name)
        job = rescue["jobs"][0]
        truck = job["assignment"]
        at = self.world.truck(truck["truck"])["position"] if truck else None
        legs = {leg["properties"]["leg"]: leg["geometry"] for leg in self.world.legs[name]["features"]}
        return {
            "rescue": {key: rescue[key] for key in ("id", "status", "reported_at", "promise_at", "location")},
            "jobs": [
                {
                    "id": job["id"],
                    "status": job["status"],
                    "truck": truck and {key: truck[key] for key in ("plate", "company", "driver")},
                    "position": at,
                    "eta": job["eta"],
                    "delivery_eta": job["delivery_eta"],
                    "shop": job["shop"] and {key: job["shop"][key] for key in ("name", "lon", "lat", "proposed")},
                    "route": legs.get("to_scene"),
                    "tow_route": legs.get("tow"),
                    "steps": [
                        {"name": step, "distance_m": round(mm / 1000), "duration_s": round(ms / 1000)}
                        for step, mm, ms in self.ways[truck["truck"]][0].steps()
                    ]
                    if truck
                    else [],
                    "why": why(),
                }
            ],
            "timeline": timeline(),
            "positions_ok": True,
            "now_at": instant(),
            "speed": 1,
            "expires_at": None,
        }

    def _city(self, tiles: str | None) -> Json:
        facts = self.city.facts
        return {
            "name": facts.name,
            "bbox": list(facts.bbox),
            "timezone": facts.timezone,
            "attribution": facts.attribution,
            "notes": [
                "the trucks and shops of the shipped city are invented: no such company or workshop exists",
                "the load is generated",
            ],
            "demo": True,
            "tiles": tiles,
            "clock": {"now_at": instant(), "speed": 1},
        }

    def _way(self, from_lon: float, from_lat: float, to_lon: float, to_lat: float) -> Way:
        ends = self.router.snap(np.array([from_lon, to_lon]), np.array([from_lat, to_lat]))
        way = self.router.route(ends.take(0), ends.take(1))
        assert way is not None
        return way

    def _rescue(self, plot: Plot) -> Json:
        left_s = self._legs(plot)
        shop = self.shops.get(plot.shop or "")
        post = self.posts.get(plot.truck or "")
        open_ = plot.status not in ENDED
        job = {
            "id": f"{plot.name}.1",
            "status": plot.status,
            "since_at": instant(plot.reported_s / 2),
            "needs": ["wheel_lift"],
            "vehicle": {"class": "car", "damage": "front"},
            "assignment": post
            and {
                "truck": post.id,
                "plate": f"苏J{post.id[1:]}8K{post.id[1:]}"[:7],
                "company": post.company,
                "driver": "王",
                "offer": f"{plot.name}.1.1",
                "expires_at": instant(62) if plot.status == "offered" else None,
            },
            "shop": {"id": shop.id, "name": shop.name, "lon": shop.lon_deg, "lat": shop.lat_deg, "proposed": True}
            if shop and open_
            else None,
            "eta": eta(left_s) if plot.status in ("offered", "en_route", "planned") else None,
            "delivery_eta": eta(left_s + 1500) if post and plot.status != "planned" else None,
            "switches": int(plot.name == "R6"),
            "pinned_to": None,
            "moved_to": None,
        }
        return {
            "id": plot.name,
            "version": 5,
            "case_ref": plot.ref,
            "status": plot.status,
            "held": False,
            "linked": [],
            "merged_into": None,
            "reported_at": instant(plot.reported_s),
            "promise_at": instant(plot.reported_s + 1200),
            "ended_at": None if open_ else instant(plot.reported_s + 3000),
            "location": {"lon": plot.lon, "lat": plot.lat},
            "severity": plot.severity,
            "lanes_blocked": plot.lanes,
            "person_waiting": plot.waiting,
            "queue_place": plot.queue,
            "tracking_url": f"/t/{TOKEN}" if plot.name == "R1" else None,
            "shop_id": None,
            "jobs": [job],
        }

    def _legs(self, plot: Plot) -> int:
        """Makes the ways of a rescue; the seconds that its truck still drives on the present one."""
        features: list[Json] = []
        left_ms = 540_000
        post, shop = self.posts.get(plot.truck or ""), self.shops.get(plot.shop or "")
        drives = plot.status in ("en_route", "towing", "on_scene", "offered")
        if post and drives:
            there = self._way(post.lon_deg, post.lat_deg, plot.lon, plot.lat)
            tow = shop and self._way(plot.lon, plot.lat, shop.lon_deg, shop.lat_deg)
            present = tow if plot.status == "towing" and tow else there
            done_ms = round(
                present.duration_ms * {"en_route": plot.share, "towing": plot.share, "on_scene": 1}.get(plot.status, 0)
            )
            self.ways[post.id] = (present, done_ms)
            left_ms = present.duration_ms - done_ms
            if plot.status in ("en_route", "offered"):
                features.append(leg(plot, there, "to_scene", "ahead"))
            else:
                features.append(leg(plot, there, "to_scene", "driven"))
            if tow:
                features.append(leg(plot, tow, "tow", "ahead"))
        self.world.legs[plot.name] = {"type": "FeatureCollection", "features": features}
        return left_ms // 1000

    def _truck(self, name: str) -> Json:
        post = self.posts[name]
        plot = next((one for one in PLOTS if one.truck == name and one.status in TRUCK_STATUS), None)
        number = int(name[1:])
        idle = {5: "repositioning", 12: "repositioning", 26: "at_shop", 33: "out_of_service"}.get(number, "standby")
        status = TRUCK_STATUS[plot.status] if plot else "off_duty" if number % 7 == 4 else idle
        lon, lat, heading = post.lon_deg, post.lat_deg, None
        if name in self.ways:
            way, elapsed_ms = self.ways[name]
            lon, lat, heading = (round(value, 6) for value in way.place_at(elapsed_ms))
        stale = name == "T40"
        age_s = 184 if stale else number % 9
        position = {
            "lon": lon,
            "lat": lat,
            "heading_deg": heading,
            "speed_kmh": 38 if heading else 0,
            "accuracy_m": 8,
            "at": instant(-age_s),
            "age_s": age_s,
            "stale": stale,
            "source": "osmand",
        }
        return {
            "id": name,
            "version": 3,
            "plate": f"苏J{name[1:]}8K{name[1:]}"[:7],
            "company": post.company,
            "driver": "王",
            "can": sorted(post.can),
            "status": status,
            "since_at": instant(-60 * number),
            "job": plot and f"{plot.name}.1",
            "rescue": plot and plot.name,
            "shift_end_at": None,
            "position": None if status == "off_duty" else position,
        }

    def _shop(self, name: str) -> Json:
        shop = self.shops[name]
        free = None if shop.places is None else max(0, shop.places - 2)
        return {
            "id": name,
            "version": 1,
            "name": shop.name,
            "lon": shop.lon_deg,
            "lat": shop.lat_deg,
            "can": sorted(shop.can),
            "places": shop.places,
            "free_places": free,
            "unload_s": shop.unload_s,
            "yard": False,
            "closed": False,
            "eta_s": None,
        }


def leg(plot: Plot, way: Way, which: str, kind: str) -> Json:
    lon, lat = way.geometry()
    line = [[round(x, 6), round(y, 6)] for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": line},
        "properties": {
            "job": f"{plot.name}.1",
            "truck": plot.truck,
            "leg": which,
            "kind": kind,
            "duration_s": way.duration_ms // 1000,
            "distance_m": way.length_mm // 1000,
        },
    }
