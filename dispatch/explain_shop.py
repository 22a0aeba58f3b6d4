"""Why a vehicle is towed to this shop and no nearer one."""

from __future__ import annotations

from dispatch.explain_facts import ChosenShop, ShopBasis
from dispatch.explain_scene import has_room
from dispatch.explain_view import View
from dispatch.problem import NO_WAY_S, ShopOption


def shop_of(view: View) -> ChosenShop | None:
    """None for a job without a shop."""
    if view.stop is None or view.stop.shop is None:
        return None
    ways = [shop for shop in view.job.shops if _tow_s(view, shop.place) != NO_WAY_S]
    taken = next(shop for shop in ways if shop.id == view.stop.shop)
    tow_s = _tow_s(view, taken.place)
    full_s = [_tow_s(view, place) for _, place in view.around.full_shops.get(view.job.id, ())]
    shortest_s = min([*(_tow_s(view, shop.place) for shop in ways), *full_s])
    return ChosenShop(taken.id, _basis(view, taken, ways, full_s), tow_s, tow_s - shortest_s, taken.price)


def _basis(view: View, taken: ShopOption, ways: list[ShopOption], full_s: list[int]) -> ShopBasis:
    wanted = view.around.owner_shop.get(view.job.id)
    if wanted is not None:
        return ShopBasis.OWNER if wanted == taken.id else ShopBasis.INSTEAD
    tow_s = _tow_s(view, taken.place)
    nearer = [shop for shop in ways if _tow_s(view, shop.place) < tow_s]
    if not nearer and not any(full < tow_s for full in full_s):
        return ShopBasis.ONLY if len(ways) == 1 else ShopBasis.NEAREST
    nearer = [shop for shop in nearer if has_room(view.scene, shop)]
    if not nearer:
        return ShopBasis.NEARER_FULL
    detour = view.scene.problem.weights.tow_detour
    if all(shop.price > taken.price + detour * (tow_s - _tow_s(view, shop.place)) for shop in nearer):
        return ShopBasis.PRICE
    return ShopBasis.OUTWEIGHED


def _tow_s(view: View, place: int) -> int:
    return int(view.scene.problem.durations_s[view.job.scene, place])
