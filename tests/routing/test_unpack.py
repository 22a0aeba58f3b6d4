"""Ways unpacked to links where they are long, wind through ties and zeros, or meet banned paths again and again."""

from __future__ import annotations

import numpy as np
import pytest

from routing.positions import position_on
from routing.roads import NO_LINK
from routing.router import Router
from tests.worlds import Street, grid_world, link_between, ring_world, roads_of, with_path_bans


@pytest.mark.parametrize("links", [1, 255, 256, 257, 3000])
def test_a_way_of_any_number_of_links_names_each_in_order(links: int) -> None:
    chain = [Street(k, k + 1, two_way=False) for k in range(links)]
    router = Router(roads_of([(10.0 * k, 0.0) for k in range(links + 1)], chain))
    way = router.route(position_on(0, 0.0), position_on(links - 1, 1.0))
    assert way is not None
    assert way.links.tolist() == list(range(links))
    assert way.duration_ms == 1000 * links


def test_links_that_take_no_time_are_named_too() -> None:
    roads = grid_world(6, 6)
    router = Router(roads, link_ms=np.zeros(roads.link_count, np.int32))
    for end in range(roads.link_count):
        way = router.route(position_on(0, 0.5), position_on(end, 0.5))
        assert way is not None
        assert way.duration_ms == 0
        links = way.links
        assert (roads.link_head[links[:-1]] == roads.link_tail[links[1:]]).all()


def test_a_goal_behind_on_a_ring_is_driven_round_to() -> None:
    router = Router(ring_world(300))
    way = router.route(position_on(7, 0.5), position_on(7, 0.25))
    assert way is not None
    assert way.links.tolist() == [*range(7, 300), *range(8)]
    assert way.duration_ms == 300 * 10_000 - 2_500


def test_a_link_that_leads_back_to_its_own_beginning_is_driven_again() -> None:
    roads = roads_of([(0, 0), (100, 0)], [Street(0, 0, two_way=False, via_m=((0, 50), (50, 50)))])
    way = Router(roads).route(position_on(0, 0.75), position_on(0, 0.25))
    assert way is not None
    assert way.links.tolist() == [0, 0]
    assert way.duration_ms == pytest.approx(int(roads.link_duration_ms[0]) / 2, abs=1)


def test_paths_banned_all_the_way_send_one_round_each_block() -> None:
    """A street along which no three links may be driven in a row: after two of them one has to leave it."""
    roads = grid_world(8, 2)
    row = [link_between(roads, x, x + 1) for x in range(7)]
    banned = with_path_bans(roads, [row[k : k + 3] for k in range(5)])
    start, end = position_on(row[0], 0.0), position_on(row[6], 1.0)
    way = Router(banned).route(start, end)
    assert way is not None
    driven = way.links.tolist()
    assert not any(driven[k : k + 3] == row[j : j + 3] for k in range(len(driven)) for j in range(5))
    # Over to the other row and back is two streets more, and once is enough: two links, then away, then two.
    assert way.duration_ms == 90_000
    assert Router(roads).table(start, end)[0, 0] == 70_000


def test_a_place_reached_from_nowhere_has_no_way() -> None:
    router = Router(roads_of([(0, 0), (9, 0)], [Street(0, 1, two_way=False)]))
    assert router.route(position_on(0, 0.9), position_on(0, 0.1)) is None
    assert router.route(position_on(NO_LINK, 0.5), position_on(0, 0.1)) is None
