"""Where generated accidents happen: zones by their people, links by length and class, anywhere along a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.profile import class_rates
from geo.faults import NoAnswer
from geo.points import great_circles_m
from geo.zones import NO_ZONE, Zone, zone_of
from routing.roads import RoadClass, Roads

DIGITS = 7
"""Decimals of a degree kept: the resolution of the road arrays."""

Degrees = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class AccidentPlaces:
    """The links of a city that accidents may happen on, and how likely each is.

    shape_offset, lon_deg, lat_deg  the geometry of all links as in Roads, in degrees
    links         int64[k]    rows of the city's links, ascending; all strongly connected, so that a truck can come
    reach         float64[k]  upper end of each link's share of [0, 1]
    along_m       float64[s]  metres from the first point of all geometry to each, jumps between links counted too
    expected_a_day            accidents a day by road class and length alone, over the whole city
    people                    in all zones; 0 without zones
    empty_zones               zones with people and no road: their accidents fall on the others
    """

    shape_offset: NDArray[np.int64]
    lon_deg: Degrees
    lat_deg: Degrees
    links: NDArray[np.int64]
    reach: NDArray[np.float64]
    along_m: NDArray[np.float64]
    expected_a_day: float
    people: int
    empty_zones: int

    def at(
        self, link_draws: NDArray[np.float64], along_draws: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Links (rows of the city's), longitudes and latitudes (degrees, to 1e-7) of draws from [0, 1)."""
        row = np.minimum(np.searchsorted(self.reach, link_draws, side="right"), len(self.links) - 1)
        link = self.links[row]
        first, last = self.shape_offset[link], self.shape_offset[link + 1] - 1
        target_m = self.along_m[first] + along_draws * (self.along_m[last] - self.along_m[first])
        left = np.clip(np.searchsorted(self.along_m, target_m, side="right") - 1, first, last - 1)
        span_m = self.along_m[left + 1] - self.along_m[left]
        share = np.divide(target_m - self.along_m[left], span_m, out=np.zeros(len(link)), where=span_m > 0)
        return link, _between(self.lon_deg, left, share), _between(self.lat_deg, left, share)


def accident_places(roads: Roads, zones: Sequence[Zone] | None) -> AccidentPlaces:
    """Zones are weighed by people and, within one, links by length times their class's rate; the middle of a link says
    in which zone it is. Without zones, or without people in them, all links are weighed together.

    Raises NoAnswer where the city has no strongly connected road with a length.
    """
    links = np.flatnonzero(roads.link_strong)
    km = roads.link_length_mm[links] / 1e6
    km_by_class = np.asarray(np.bincount(roads.link_class[links], weights=km, minlength=max(RoadClass) + 1), np.float64)
    lon_deg, lat_deg = roads.shape_lon_e7 / 1e7, roads.shape_lat_e7 / 1e7
    weights = km * class_rates(km_by_class)[roads.link_class[links]]
    if not weights.sum() > 0:
        raise NoAnswer("no accident can be generated: the city has no strongly connected road")
    expected_a_day = float(weights.sum())
    people, empty_zones = 0, 0
    if zones and any(zone.population for zone in zones):
        zone = zone_of(zones, *_middles(lon_deg, lat_deg, roads, links))
        weights, people, empty_zones = _by_people(zones, zone, weights)
    reach = np.cumsum(weights)
    return AccidentPlaces(
        shape_offset=roads.shape_offset,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        links=links,
        reach=reach / reach[-1],
        along_m=_along_m(lon_deg, lat_deg),
        expected_a_day=expected_a_day,
        people=people,
        empty_zones=empty_zones,
    )


def _by_people(
    zones: Sequence[Zone], zone: NDArray[np.int32], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int, int]:
    """Weights of links that sum to its people in each zone; all people; the zones without a road."""
    inside = zone != NO_ZONE
    population = np.array([area.population for area in zones], np.float64)
    of_zone = np.bincount(zone[inside], weights=weights[inside], minlength=len(zones))
    has_road = of_zone > 0
    if not (has_road & (population > 0)).any():
        raise NoAnswer(
            "no accident can be generated: no zone with people has a road; are these the zones of this city?"
        )
    a_unit = np.divide(population, of_zone, out=np.zeros(len(zones)), where=has_road)
    weighed = np.where(inside, weights * a_unit[zone], 0.0)
    return weighed, int(population.sum()), int((~has_road & (population > 0)).sum())


def _middles(lon_deg: Degrees, lat_deg: Degrees, roads: Roads, links: NDArray[np.int64]) -> tuple[Degrees, Degrees]:
    """A place of each link near its middle: halfway between its two middle vertices, which may be one."""
    first, last = roads.shape_offset[links], roads.shape_offset[links + 1] - 1
    left, right = (first + last) // 2, (first + last + 1) // 2
    return (lon_deg[left] + lon_deg[right]) / 2, (lat_deg[left] + lat_deg[right]) / 2


def _along_m(lon_deg: Degrees, lat_deg: Degrees) -> NDArray[np.float64]:
    steps_m = great_circles_m(lon_deg[:-1], lat_deg[:-1], lon_deg[1:], lat_deg[1:])
    return np.concatenate([[0.0], np.cumsum(steps_m)])


def _between(shape_deg: Degrees, left: NDArray[np.int64], share: NDArray[np.float64]) -> Degrees:
    return np.round(shape_deg[left] + share * (shape_deg[left + 1] - shape_deg[left]), DIGITS)
