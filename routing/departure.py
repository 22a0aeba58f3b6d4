"""The roads at the time of a departure: an instant and a traffic table, as a command names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from geo.faults import BadInput
from routing.roads import City
from routing.router import Router
from routing.traffic import NOTHING_LIVE, hour_of_week, link_times_ms
from routing.traffic_tables import CHINA_DEFAULT, TrafficTable, get_table

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE | re.ASCII)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Departure:
    """An hour of the week by the city's time, and the table that says how much slower than free flow it is."""

    hour_of_week: int
    timezone: str
    table: TrafficTable

    @property
    def note(self) -> str:
        """What the times rest on, for who reads them."""
        day, hour = divmod(self.hour_of_week, 24)
        when = f"{DAYS[day]} {hour:02d}:00 to {hour:02d}:59 in {self.timezone}"
        if self.table.is_flat:
            return f"departure on {when}; the table {self.table.name} has free flow at every hour"
        source = ", which rests on figures of Chinese cities" if self.table is CHINA_DEFAULT else ""
        return f"travel times are those of {when} by the traffic table {self.table.name}{source}"


def departure_of(depart: str | None, traffic: str | None, timezone: str) -> Departure | None:
    """None where nobody asked for a time: that is free flow. `depart` alone goes by the table `china-default`.

    Raises BadInput for what is no RFC 3339 instant or no table, and for a table without an instant.
    """
    if depart is None:
        if traffic is not None:
            raise BadInput("--traffic needs --depart: the table says how slow roads are at an hour")
        return None
    table = CHINA_DEFAULT if traffic is None else get_table(traffic)
    try:
        instant = datetime.fromisoformat(depart.upper())
        if RFC_3339.fullmatch(depart) is None:
            raise ValueError(depart)
        hour = hour_of_week(round(instant.timestamp() * 1000), ZoneInfo(timezone))
    except (ValueError, OverflowError, OSError) as fault:
        raise BadInput(
            f"depart {depart!r} is not an RFC 3339 instant with an offset, like 2019-03-04T08:00:00+08:00"
        ) from fault
    return Departure(hour, timezone, table)


def router_at(city: City, departure: Departure | None) -> Router:
    """The router of a city as its roads are driven then: the whole way is timed by the hour in which it begins."""
    router = Router.of(city)
    if departure is None:
        return router
    hour, table = departure.hour_of_week, departure.table
    return router.version(link_ms=link_times_ms(city.roads, table, hour, NOTHING_LIVE, 0))
