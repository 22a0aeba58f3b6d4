"""Figures that a generated load has from real ones, each with where it was counted.

Taipei: the 87,171 accidents of 2019 and 2020 (731 days) of Taipei City's open data, through
Hill5566/taipei-traffic-accident-hotspots; the roads of the metropolitan planning network of 2021, through
aKi-1201/Traffic-Assignment-Model. Taiwan freeways: the 15,061 incidents of 2023 with a stated severity among 17,745 in
the Freeway Bureau's message log, through 1daniel3333/freeway_2024. Counts are facts about these files; none of their
rows is carried.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.loads import Severity
from routing.roads import RoadClass

ACCIDENTS_BY_WEEKDAY_AND_HOUR = (
    (
        132, 82, 53, 31, 38, 50, 204, 755, 1214, 957, 734, 639,
        744, 678, 693, 722, 802, 971, 1069, 777, 499, 464, 398, 229,
    ),
    (
        135, 84, 60, 45, 43, 60, 192, 733, 1225, 985, 727, 773,
        725, 696, 719, 772, 811, 964, 1093, 826, 501, 511, 409, 272,
    ),
    (
        159, 84, 66, 48, 42, 63, 173, 744, 1295, 978, 799, 804,
        792, 721, 775, 780, 787, 993, 1112, 848, 557, 548, 415, 249,
    ),
    (
        149, 86, 64, 45, 49, 88, 203, 713, 1175, 936, 764, 774,
        735, 703, 686, 748, 822, 957, 1151, 829, 499, 522, 481, 277,
    ),
    (
        150, 94, 65, 52, 44, 81, 185, 639, 1135, 890, 755, 763,
        765, 754, 771, 807, 851, 1042, 1178, 880, 595, 600, 540, 318,
    ),
    (
        186, 154, 93, 88, 62, 91, 148, 300, 468, 576, 666, 752,
        828, 691, 705, 625, 708, 762, 758, 546, 413, 470, 456, 304,
    ),
    (
        202, 134, 83, 59, 83, 84, 121, 219, 299, 426, 499, 577,
        574, 569, 586, 584, 578, 595, 581, 489, 406, 427, 366, 242,
    ),
)  # fmt: skip
"""Taipei: accidents of each hour 0 to 23 of the local day, Monday first."""

DAYS_BY_WEEKDAY = (104, 105, 105, 105, 104, 104, 104)
"""Taipei: how many of each weekday the two years have."""

ACCIDENTS_A_DAY = 87_171 / 731
PEOPLE = 2_620_000
"""Registered population of Taipei City, mean of the ends of 2019 and 2020 (Ministry of the Interior), to 10,000."""

DAY_SHAPE = 34.2
"""Taipei: shape of the gamma factor by which days of one weekday differ (weather, holidays, the trend of two years).

By moments: variance of a day's count about its weekday's mean m is m + m^2 / shape. With the weekdays' own means it
gives back the file's variance/mean of 6.9 over all days. The shape belongs to the day and not to the number of
accidents: at another mean the factor stays and Poisson's part changes, so that a small city's days vary relatively
more, and its variance/mean is smaller.
"""

SEVERITIES = (Severity.DEATH, Severity.INJURY, Severity.DAMAGE)
ACCIDENTS_BY_SEVERITY = (143, 48_424, 38_604)
"""Taipei: accidents by severity, in the order of SEVERITIES."""

INCIDENTS_BY_SEVERITY_AND_LANES = ((10, 16, 15, 1, 0, 1), (232, 635, 250, 20, 3, 0), (3_373, 9_645, 834, 23, 2, 1))
"""Taiwan FREEWAYS, no city streets: incidents by severity (in the order of SEVERITIES) and lanes blocked, 0 to 5.

No count for city streets was found; what a street of fewer lanes cannot block is cut off when a load is generated.
"""

PERSON_WAITING_SHARES = (0.20, 0.03, 0.0)
"""ASSUMED, by severity in the order of SEVERITIES: somebody is trapped, or hurt and still with the vehicle."""

ACCIDENTS_A_DAY_AND_KM = {
    RoadClass.MOTORWAY: 0.0057,
    RoadClass.TRUNK: 0.035,
    RoadClass.PRIMARY: 0.076,
    RoadClass.SECONDARY: 0.051,
    RoadClass.TERTIARY: 0.052,
    RoadClass.UNCLASSIFIED: 0.052,
}
"""Taipei: accidents a day and kilometre of directed link, by class.

Counted were accidents within 30 m of their nearest link, and links with an accident within 300 m of their middle (the
network reaches beyond the city). The planning network calls most collectors unclassified; they are pooled with its
few tertiary roads. Its motorways have their own police, whose reports are not in the city's data.
"""

LOCAL_CLASSES = (RoadClass.RESIDENTIAL, RoadClass.LIVING_STREET, RoadClass.SERVICE)
LOCAL_SHARE = 0.176
"""Taipei: share of accidents farther than 30 m from the network above, that is on streets below collectors."""


def hourly_shares() -> NDArray[np.float64]:
    """float64[7, 24]: the share of an average week's accidents that falls into each hour; sums to 1."""
    a_day = np.array(ACCIDENTS_BY_WEEKDAY_AND_HOUR) / np.array(DAYS_BY_WEEKDAY)[:, None]
    return np.asarray(a_day / a_day.sum())


def severity_shares() -> NDArray[np.float64]:
    """float64[3], in the order of SEVERITIES."""
    return np.array(ACCIDENTS_BY_SEVERITY) / sum(ACCIDENTS_BY_SEVERITY)


def lane_shares() -> NDArray[np.float64]:
    """float64[3, 6]: share of each number of lanes blocked, by severity in the order of SEVERITIES."""
    counts = np.array(INCIDENTS_BY_SEVERITY_AND_LANES, np.float64)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def class_rates(km_by_class: NDArray[np.float64]) -> NDArray[np.float64]:
    """Accidents a day and kilometre by class, both indexed by RoadClass, for a city with these kilometres of links.

    How long Taipei's local streets are is not known, so that they have no rate of their own: here they get the one at
    which LOCAL_SHARE of the city's accidents falls on its local streets.
    """
    rates = np.zeros(len(km_by_class))
    for road_class, rate in ACCIDENTS_A_DAY_AND_KM.items():
        rates[road_class] = rate
    expected = float(rates @ km_by_class)
    local_km = float(km_by_class[list(LOCAL_CLASSES)].sum())
    if local_km > 0:
        rates[list(LOCAL_CLASSES)] = (expected or 1.0) * LOCAL_SHARE / (1 - LOCAL_SHARE) / local_km
    return rates
