"""The places that vehicles take at shops from the moment that their truck has reached them."""

from __future__ import annotations

from dispatch.fleet import TruckStatus
from dispatch.ledger import Ledger
from dispatch.orders import JobStatus
from dispatch.states import ImpossibleStep, JobState, require

ON_THE_HOOK = frozenset({JobStatus.ON_SCENE, JobStatus.TOWING, JobStatus.DESTINATION_REFUSED})
"""A truck is with the vehicle."""


def give_back_place(book: Ledger, state: JobState) -> None:
    """Nothing where the vehicle has none: no shop, not reached by its truck yet, or turned away from there."""
    if state.shop is not None and state.status in (JobStatus.ON_SCENE, JobStatus.TOWING):
        book.taken_places[state.shop] -= 1


def send_on(book: Ledger, state: JobState, shop_id: str, now_ms: int) -> None:
    """A vehicle that a truck is with goes to another shop, where it takes a place. Not one that stands at its shop."""
    require(f"job {state.job.id}", state.status, ON_THE_HOOK)
    if state.truck is not None and book.truck(state.truck).status is TruckStatus.AT_SHOP:
        raise ImpossibleStep(f"job {state.job.id}: has reached its shop")
    give_back_place(book, state)
    book.taken_places[book.shop(shop_id).id] += 1
    goes_on = state.status is JobStatus.DESTINATION_REFUSED
    book.set_job(state, now_ms, shop=shop_id, status=JobStatus.TOWING if goes_on else state.status)
