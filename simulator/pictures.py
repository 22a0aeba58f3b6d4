"""The pictures of a run: how long people waited, and where. Each names its data."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from routing.roads import RoadClass, Roads
from simulator.measures import OrderOutcome

INK, PAPER, ROAD, ACCENT, WARN = "#1b2733", "#ffffff", "#c3ccd4", "#0b6e99", "#c0392b"
WIDTH_OF_CLASS = {RoadClass.MOTORWAY: 1.4, RoadClass.TRUNK: 1.2, RoadClass.PRIMARY: 1.0, RoadClass.SECONDARY: 0.7}


def response_plot(outcomes: Sequence[OrderOutcome], promise_s: int, title: str, attribution: str, path: Path) -> None:
    """Histogram of response times with the share reached by then, and the promise as a line."""
    minutes = np.sort([o.response_ms / 60_000 for o in outcomes if o.response_ms is not None])
    figure = Figure(figsize=(8, 4.5), facecolor=PAPER, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, color=INK, loc="left")
    axes.set_xlabel("response: report to arrival (minutes)")
    axes.set_ylabel("orders")
    if len(minutes):
        top = max(float(np.quantile(minutes, 0.995)), promise_s / 60 * 1.1)
        axes.hist(np.clip(minutes, 0, top), bins=np.linspace(0, top, 41).tolist(), color=ACCENT, alpha=0.85)
        reached = axes.twinx()
        reached.plot(minutes, np.arange(1, len(minutes) + 1) / len(outcomes), color=INK, linewidth=1.5)
        reached.set_ylim(0, 1.02)
        reached.set_ylabel("share of all orders reached")
        axes.set_xlim(0, top)
    else:
        axes.text(0.5, 0.5, "no order was reached", ha="center", va="center", transform=axes.transAxes)
    axes.axvline(promise_s / 60, color=WARN, linestyle="--", linewidth=1.2)
    axes.annotate("promise", (promise_s / 60, 1), xycoords=("data", "axes fraction"), color=WARN, xytext=(4, -12),
                  textcoords="offset points")  # fmt: skip
    _sign(figure, attribution)
    figure.savefig(path, dpi=120)


def map_picture(
    roads: Roads,
    outcomes: Sequence[OrderOutcome],
    posts: tuple[Sequence[float], Sequence[float]],
    shops: tuple[Sequence[float], Sequence[float]],
    title: str,
    attribution: str,
    path: Path,
) -> None:
    """The city's roads with posts, shops and accidents coloured by response."""
    west, east, south, north = _frame(roads, outcomes, posts)
    shrunk = float(np.cos(np.radians((south + north) / 2)))
    tall = min(max((north - south) / ((east - west) * shrunk), 0.5), 2.0)
    figure = Figure(figsize=(9.5 / max(1.0, tall) + 1, 9 * min(tall, 1.0) + 1), facecolor=PAPER, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(1 / shrunk)
    axes.set_xticks([])
    axes.set_yticks([])
    _draw_roads(axes, roads)
    served = [o for o in outcomes if o.response_ms is not None]
    minutes = [(o.response_ms or 0) / 60_000 for o in served]
    dots = axes.scatter(
        [o.order.lon_deg for o in served], [o.order.lat_deg for o in served],
        c=minutes, cmap="plasma_r", s=18, zorder=3, vmin=0, vmax=np.quantile(minutes, 0.98) if minutes else 1,
        label=f"accident ({len(served)})",
    )  # fmt: skip
    missed = [o for o in outcomes if o.response_ms is None]
    if missed:
        axes.scatter([o.order.lon_deg for o in missed], [o.order.lat_deg for o in missed], marker="x", color=WARN,
                     s=30, zorder=4, label=f"not reached ({len(missed)})")  # fmt: skip
    axes.scatter(*posts, marker="^", s=46, color=INK, edgecolor=PAPER, linewidth=0.6, zorder=5, label="standby post")
    axes.scatter(*shops, marker="s", s=40, color="#e08e0b", edgecolor=PAPER, linewidth=0.6, zorder=5, label="shop")
    if served:
        figure.colorbar(dots, ax=axes, shrink=0.5, extend="max", label="response (minutes)")
    axes.set_title(title, color=INK, loc="left")
    axes.legend(loc="upper left", framealpha=0.9, fontsize=8)
    _sign(figure, attribution)
    figure.savefig(path, dpi=110)


def _draw_roads(axes: Axes, roads: Roads) -> None:
    lon, lat = roads.shape_lon_e7 / 1e7, roads.shape_lat_e7 / 1e7
    one_of_two = (roads.link_reverse < 0) | (np.arange(roads.link_count) < roads.link_reverse)
    for road_class in RoadClass:
        links = np.flatnonzero(one_of_two & (roads.link_class == road_class))
        lines = [
            np.column_stack([lon[a:b], lat[a:b]])
            for a, b in zip(roads.shape_offset[links], roads.shape_offset[links + 1], strict=True)
        ]
        axes.add_collection(LineCollection(lines, colors=ROAD, linewidths=WIDTH_OF_CLASS.get(road_class, 0.35)))


def _frame(
    roads: Roads, outcomes: Sequence[OrderOutcome], posts: tuple[Sequence[float], Sequence[float]]
) -> tuple[float, float, float, float]:
    """West, east, south and north of where something happens, with a margin; the whole city where nothing does."""
    lon = np.array([*[o.order.lon_deg for o in outcomes], *posts[0]])
    lat = np.array([*[o.order.lat_deg for o in outcomes], *posts[1]])
    if not len(lon):
        lon, lat = roads.node_lon_e7 / 1e7, roads.node_lat_e7 / 1e7
    margin = 0.04 * max(np.ptp(lon), np.ptp(lat), 0.01)
    return lon.min() - margin, lon.max() + margin, lat.min() - margin, lat.max() + margin


def _sign(figure: Figure, attribution: str) -> None:
    """The whole attribution, wrapped: a licence that is cut off is not named."""
    wrapped = textwrap.fill(attribution, width=round(13 * figure.get_figwidth()))
    figure.supxlabel(wrapped, fontsize=7, color=INK, x=0.99, ha="right")
