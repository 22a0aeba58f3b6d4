"""Random little road networks and places on them, as hypothesis draws them: loops, parallels, islands, bans."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import strategies as st

from routing.positions import Positions
from routing.roads import NO_LINK, Roads
from tests.worlds import Street, roads_of, with_path_bans

EXAMPLES = 1000 if os.environ.get("TOWLINE_FULL") == "1" else 120
"""Networks that a test tries."""


@st.composite
def small_roads(draw: st.DrawFn) -> Roads:
    """Up to six nodes and ten streets: loops, parallel links, parts without a way between them, any turn banned."""
    nodes = draw(st.integers(1, 6))
    node = st.integers(0, nodes - 1)
    street = st.builds(
        Street,
        tail=node,
        head=node,
        two_way=st.booleans(),
        speed_kmh=st.sampled_from([1, 36, 50]),
        length_m=st.floats(0.0, 40.0),
        via_m=st.sampled_from([(), ((50.0, 50.0),)]),
    )
    streets = draw(st.lists(street, min_size=1, max_size=10))
    roads = roads_of([(100.0 * k, 0.0) for k in range(nodes)], streets)
    meeting = [
        (a, b)
        for a in range(roads.link_count)
        for b in range(roads.link_count)
        if roads.link_head[a] == roads.link_tail[b]
    ]
    bans = draw(st.lists(st.sampled_from(meeting), max_size=8)) if meeting else []
    return roads_of([(100.0 * k, 0.0) for k in range(nodes)], streets, bans)


@st.composite
def places_on(draw: st.DrawFn, roads: Roads, most: int) -> Positions:
    """Places at ends, middles and anywhere of any link, taken in one direction or both; now and then none at all."""
    link = draw(st.lists(st.integers(NO_LINK, roads.link_count - 1), min_size=1, max_size=most))
    both = [draw(st.booleans()) for _ in link]
    share = st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0.0, 1.0)
    reverse = [int(roads.link_reverse[k]) if k != NO_LINK and b else NO_LINK for k, b in zip(link, both, strict=True)]
    return Positions(
        np.array(link, dtype=np.int32),
        np.array(reverse, dtype=np.int32),
        np.array([draw(share) for _ in link]),
        np.zeros(len(link)),
    )


@st.composite
def path_bans(draw: st.DrawFn, roads: Roads) -> Roads:
    """The roads with up to four banned paths of three to five links, none of which holds another."""
    bans = set(zip(roads.ban_in.tolist(), roads.ban_out.tolist(), strict=True))
    after = [
        [b for b in range(roads.link_count) if roads.link_head[a] == roads.link_tail[b] and (a, b) not in bans]
        for a in range(roads.link_count)
    ]
    kept: list[list[int]] = []
    for _ in range(draw(st.integers(0, 4))):
        path = [draw(st.integers(0, roads.link_count - 1))]
        for _ in range(draw(st.integers(2, 4))):
            if after[path[-1]]:
                path.append(draw(st.sampled_from(after[path[-1]])))
        if len(path) > 2 and not any(holds(path, other) or holds(other, path) for other in kept):
            kept.append(path)
    return with_path_bans(roads, kept)


def holds(path: list[int], part_of_it: list[int]) -> bool:
    return any(path[k : k + len(part_of_it)] == part_of_it for k in range(len(path)))
