"""What the service counts, in Prometheus' text format."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from api.service import Service

TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Reading(Collector):
    """Read off the service when it is asked for: nothing is counted twice, and there is no global registry."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        service = self._service
        health = service.health()
        parts = GaugeMetricFamily("towline_up", "1 where this part works", labels=["part"])
        for part in ("journal", "positions", "engine"):
            parts.add_metric([part], float(health[part]["ok"]))
        yield parts
        yield GaugeMetricFamily("towline_journal_seq", "The last record of the journal", service.journal.head.seq)
        yield GaugeMetricFamily(
            "towline_open_rescues", "Rescues that have not ended", len(service.published.open_rescues)
        )
        yield GaugeMetricFamily("towline_live_rescues", "Rescues in memory", len(service.published.rescues))
        yield CounterMetricFamily(
            "towline_archived_rescues", "Rescues that have left the memory", service.published.archived
        )
        trucks = GaugeMetricFamily("towline_trucks", "Trucks by status", labels=["status"])
        for status, number in sorted(Counts(each.status.value for each in service.published.trucks.values()).items()):
            trucks.add_metric([status], number)
        yield trucks
        yield CounterMetricFamily("towline_solves", "Rounds of planning", service.driver.solves)
        yield CounterMetricFamily("towline_solve_seconds", "Seconds spent in them", service.driver.solve_s)
        yield HistogramMetricFamily(
            "towline_decision_seconds",
            "From an event that asked for a plan until its decisions were durable",
            buckets=service.driver.latency.buckets(),
            sum_value=service.driver.latency.sum_s,
        )
        fixes = CounterMetricFamily("towline_fixes", "Positions received, by what became of them", labels=["standing"])
        for standing, number in sorted(service.positions.counts.items()):
            fixes.add_metric([standing], number)
        yield fixes
        roads = CounterMetricFamily(
            "towline_road_requests", "Ways and tables asked for, by what was answered", labels=["service", "code"]
        )
        for (name, code), number in sorted(service.road_work.counts.items()):
            roads.add_metric([name, code], number)
        yield roads
        spent = CounterMetricFamily("towline_road_seconds", "Seconds spent on them", labels=["service"])
        for name, seconds in sorted(service.road_work.seconds.items()):
            spent.add_metric([name], seconds)
        yield spent
        yield GaugeMetricFamily("towline_stream_readers", "Who follows a stream now", service.feed.readers)
        yield CounterMetricFamily("towline_stream_dropped", "Readers that did not keep up", service.feed.dropped)


def exposition(service: Service) -> tuple[str, str]:
    """The text and its content type."""
    registry = CollectorRegistry()
    registry.register(_Reading(service))
    return generate_latest(registry).decode(), TYPE
