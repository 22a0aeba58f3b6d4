"""What is shown of trucks, rescues, shops and closures: plain values in the form of docs/http.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from api.etas import Eta, Etas
from api.position_board import PositionBoard
from api.published import Published
from cases.book import RescueState, Standing
from dispatch.fleet import TruckStatus
from dispatch.orders import JobStatus
from dispatch.policy import Policy
from dispatch.states import JobState, Moved, TruckState
from geo.instants import find_text_of, text_of

Json = dict[str, Any]

ON_JOB = frozenset(
    {TruckStatus.OFFERED, TruckStatus.EN_ROUTE, TruckStatus.ON_SCENE, TruckStatus.LOADED, TruckStatus.AT_SHOP}
)


class Views:
    """Renders one version of everything. `tracking_url` makes the link of a rescue's page, None where it is revoked."""

    def __init__(
        self,
        published: Published,
        positions: PositionBoard,
        now_ms: Callable[[], int],
        policy: Policy,
        tracking_url: Callable[[RescueState], str | None],
    ) -> None:
        self.published = published
        self.positions = positions
        self.now_ms = now_ms
        self.etas: Mapping[str, Etas] = {}
        self._policy = policy
        self._offer_ms = 1000 * policy.offer_s
        self._p90_percent = policy.eta_p90_percent
        self._tracking_url = tracking_url

    def on(self, published: Published) -> Views:
        """The same of something else that is published; nothing there is on its way."""
        return Views(published, self.positions, self.now_ms, self._policy, self._tracking_url)

    def truck(self, truck_id: str) -> Json:
        state = self.published.trucks[truck_id]
        job = None if state.job is None else self.published.jobs[state.job]
        return {
            "id": truck_id,
            "version": state.version,
            "plate": state.truck.plate or None,
            "company": state.truck.company or None,
            "driver": state.truck.driver or None,
            "can": sorted(state.truck.can),
            "status": state.status.value,
            "since_at": text_of(state.since_ms),
            "job": state.job,
            "rescue": None if job is None else job.order_id,
            "shift_end_at": find_text_of(state.shift_end_at_ms),
            "position": self.position(state),
        }

    def position(self, state: TruckState) -> Json | None:
        fix = self.positions.find(state.truck.id)
        if fix is None:
            return None
        now_ms = self.now_ms()
        return {
            "lon": fix.lon_deg,
            "lat": fix.lat_deg,
            "heading_deg": fix.heading_deg,
            "speed_kmh": fix.speed_kmh,
            "accuracy_m": fix.accuracy_m,
            "at": text_of(fix.at_ms),
            "age_s": self.positions.age_s(state.truck.id, now_ms),
            "stale": self.positions.is_stale(state.truck.id, now_ms, state.status in ON_JOB),
            "source": fix.source,
        }

    def rescue(self, rescue_id: str) -> Json:
        published = self.published
        state = published.rescues[rescue_id]
        asked, order = state.rescue, state.rescue.order
        known = published.orders.get(rescue_id)
        return {
            "id": rescue_id,
            "version": published.version(rescue_id),
            "case_ref": asked.case_ref,
            "status": published.status(rescue_id).value,
            "held": state.standing is Standing.HELD,
            "linked": list(asked.linked),
            "merged_into": state.merged_into,
            "reported_at": text_of(order.reported_at_ms),
            "promise_at": text_of(order.reported_at_ms + 1000 * order.promise_after_s),
            "ended_at": find_text_of(published.ended_ms(rescue_id)),
            "location": {"lon": order.lon_deg, "lat": order.lat_deg},
            "severity": None if asked.severity is None else asked.severity.value,
            "lanes_blocked": order.lanes_blocked,
            "person_waiting": order.person_waiting,
            "queue_place": published.queue_place(rescue_id),
            "tracking_url": self._tracking_url(state),
            "shop_id": order.shop if known is None else known.order.shop,
            "jobs": self._jobs(rescue_id),
        }

    def job(self, job_id: str) -> Json:
        state = self.published.jobs[job_id]
        return next(each for each in self._jobs(state.order_id) if each["id"] == job_id)

    def shop(self, shop_id: str) -> Json:
        shop = self.published.shops[shop_id]
        return {
            "id": shop_id,
            "version": self.published.shop_versions[shop_id],
            "name": shop.name,
            "lon": shop.lon_deg,
            "lat": shop.lat_deg,
            "can": sorted(shop.can),
            "places": shop.places,
            "free_places": self.published.free_places[shop_id],
            "unload_s": shop.unload_s,
            "yard": shop.yard,
            "closed": shop_id in self.published.closed_shops,
        }

    def closure(self, closure_id: str) -> Json:
        closure = self.published.closures.get(closure_id)
        if closure is None:
            return {"id": closure_id, "gone": True}
        return {
            "id": closure_id,
            "geometry": json.loads(closure.geometry),
            "from_at": text_of(closure.from_ms),
            "until_at": find_text_of(closure.until_ms),
            "buffer_m": closure.buffer_m,
            "reason": closure.reason or None,
            "active": closure_id in self.published.active_closures,
            "links": self.published.active_closures.get(closure_id, 0),
        }

    def eta(self, eta: Eta | None) -> Json | None:
        return (
            None if eta is None else {"p50_at": text_of(eta.p50_ms), "p90_at": text_of(eta.p90_ms), "calibrated": False}
        )

    def _jobs(self, rescue_id: str) -> list[Json]:
        asked = self.published.rescues[rescue_id].rescue
        known = {state.job.id: state for state in self.published.jobs_of(rescue_id)}
        rows = []
        for number, job in enumerate(asked.order.jobs):
            vehicle = asked.vehicles[number] if number < len(asked.vehicles) else None
            state = known.get(job.id)
            shown = None if vehicle is None else {"class": vehicle.kind or None, "damage": vehicle.damage or None}
            if state is None:
                rows.append(self._waiting_job(rescue_id, job.id, sorted(job.needs), shown))
                continue
            etas = self.etas.get(job.id, Etas(None, None))
            rows.append(
                {
                    "id": job.id,
                    "status": state.status.value,
                    "since_at": text_of(state.since_ms),
                    "needs": sorted(job.needs),
                    "vehicle": shown,
                    "assignment": self._assignment(state),
                    "shop": self.job_shop(state),
                    "eta": self.eta(self._arrival(state, etas)),
                    "delivery_eta": self.eta(etas.delivery) if self._in_hand(state) else None,
                    "switches": state.switches,
                    "alarmed": state.alarmed,
                    "waits_for": None if state.waits_for is None else state.waits_for.value,
                    "pinned_to": state.pinned_to,
                    "moved_to": _place(state.moved),
                }
            )
        return rows

    def _waiting_job(self, rescue_id: str, job_id: str, needs: list[str], vehicle: Json | None) -> Json:
        state = self.published.rescues[rescue_id]
        return {
            "id": job_id, "status": self.published.status(rescue_id).value, "since_at": text_of(state.since_ms),
            "needs": needs, "vehicle": vehicle, "assignment": None, "shop": None, "eta": None, "delivery_eta": None,
            "switches": 0, "alarmed": False, "waits_for": None, "pinned_to": None, "moved_to": None,
        }  # fmt: skip

    def _in_hand(self, state: JobState) -> bool:
        return state.truck is not None or state.planned_truck is not None

    def _arrival(self, state: JobState, etas: Etas) -> Eta | None:
        """What was promised with the decision stands until the truck's way has been timed."""
        if not self._in_hand(state) or not state.decidable:
            return None
        if etas.arrival is not None or state.planned_arrive_at_ms is None:
            return etas.arrival
        now_ms = self.now_ms()
        arrive_ms = max(state.planned_arrive_at_ms, now_ms)
        return Eta(arrive_ms, now_ms + (arrive_ms - now_ms) * self._p90_percent // 100)

    def _assignment(self, state: JobState) -> Json | None:
        truck_id = state.truck or state.planned_truck
        if truck_id is None:
            return None
        truck = self.published.trucks[truck_id].truck
        offered = state.status is JobStatus.OFFERED
        return {
            "truck": truck_id,
            "plate": truck.plate or None,
            "company": truck.company or None,
            "driver": truck.driver or None,
            "offer": state.offer if offered else None,
            "expires_at": text_of(state.since_ms + self._offer_ms) if offered else None,
        }

    def job_shop(self, state: JobState) -> Json | None:
        if state.shop is None or state.status is JobStatus.DESTINATION_REFUSED:
            return None
        shop = self.published.shops[state.shop]
        proposed = self.published.orders[state.order_id].order.shop != shop.id
        return {"id": shop.id, "name": shop.name, "lon": shop.lon_deg, "lat": shop.lat_deg, "proposed": proposed}


def _place(moved: Moved | None) -> Json | None:
    return None if moved is None else {"lon": moved.lon_deg, "lat": moved.lat_deg}
