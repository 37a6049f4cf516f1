"""Buyers' own prices from the tables that PanStore keeps filled; nobody is asked."""

import datetime as dt
import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from oscar_panstore import conf
from oscar_panstore.models import ContractTiers, TiersBuyer
from oscar_panstore.quotes import AGREED, USUAL, WITHHELD, Offer, Quote, Wish

logger = logging.getLogger("oscar_panstore.contract_tables")


def look_up(user_id: Any, wishes: Sequence[Wish]) -> Quote:
    """What an account pays: two queries, however many products."""
    try:
        buyer = TiersBuyer.objects.filter(user_id=user_id).first()
        if buyer is None:
            return Quote(contract=False)
        kept = ContractTiers.objects.filter(
            agreement=buyer.agreement, product_id__in={wish.product for wish in wishes}
        )
        rows = {row.product_id: row for row in kept}
    except DatabaseError:
        # Nobody knows whether this buyer has an agreement: nothing is sold at a guessed price.
        logger.exception("Contract prices could not be read; run migrate")
        offers = {wish: Offer(WITHHELD, certain=False) for wish in wishes}
        return Quote(True, "", certain=False, offers=offers)
    now = timezone.now()
    offers = {wish: _offer(rows.get(wish.product), wish.quantity, now) for wish in wishes}
    certain = all(offer.certain for offer in offers.values())
    return Quote(True, buyer.title, certain, offers, mark=f".{buyer.agreement}")


def _offer(row: Any, quantity: int, now: dt.datetime) -> Offer:
    reached = [] if row is None else [one for one in row.rows if Decimal(one["least"]) <= quantity]
    if not reached:
        return Offer(USUAL)
    tier = reached[-1]
    until = None if tier["until"] is None else dt.datetime.fromisoformat(tier["until"])
    if until is not None and until <= now:
        # PanStore should have written anew by now; nobody knows what holds.
        return Offer(USUAL if conf.price_down() == USUAL else WITHHELD, certain=False)
    if tier["state"] != AGREED:
        return Offer(tier["state"], None, until)
    if row.currency != conf.currency():
        return Offer(WITHHELD, None, until)
    return Offer(AGREED, Decimal(tier["amount"]), until)
