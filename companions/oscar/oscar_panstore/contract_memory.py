"""What is kept of PanStore's answers for the time when it does not answer.

Written only where it differs from what is stored, so that a page costs no write; never older than a
day, so that what is kept is what buyers have looked at lately.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from oscar_panstore import conf
from oscar_panstore.models import ContractBuyer, ContractOffer
from oscar_panstore.quotes import AGREED, USUAL, WITHHELD, Offer, Quote, Wish

logger = logging.getLogger("oscar_panstore.quotes")

LAST_KNOWN = dt.timedelta(hours=24)
# An answer that stays the same is dated anew this often.
_CONFIRM_AFTER = dt.timedelta(hours=6)


def remember(user_id: Any, quote: Quote) -> None:
    """Keep an answer; what cannot be kept is logged, the page goes on."""
    try:
        buyer = ContractBuyer.objects.filter(user_id=user_id).first()
        if not quote.contract:
            if buyer is not None:
                # Also all prices: whoever buys for nobody any more must not see them again.
                buyer.delete()
            return
        now = timezone.now()
        same = buyer is not None and _is_same(buyer.mark, quote.mark)
        mark = buyer.mark if same and quote.mark.endswith(".") else quote.mark
        rows, changed = _news(user_id, quote.offers, now) if same else (_all(quote.offers), set())
        title = quote.title or (buyer.title if same else "")
        # SQLite takes its one write lock when a transaction begins, so none begins for nothing.
        if not same or (buyer.title, buyer.mark) != (title, mark) or rows:
            with transaction.atomic():
                if buyer is not None and not same:
                    # He buys for another party, or it buys at something else.
                    buyer.delete()
                _forget_other_quantities(user_id, changed, quote.offers)
                _keep(user_id, title, mark, rows, now)
    except DatabaseError:
        logger.exception("Prices of PanStore could not be kept; run migrate")


def _is_same(kept: str, told: str) -> bool:
    """Whether two marks are of one party and agreement, as far as both say."""
    party, _, agreement = told.partition(".")
    kept_party, _, kept_agreement = kept.partition(".")
    unsaid = not agreement or not kept_agreement
    return party == kept_party and (unsaid or agreement == kept_agreement)


def _forget_other_quantities(user_id: Any, products: set[int], said: dict[Wish, Offer]) -> None:
    """A product whose price has changed: what was said for other quantities is older than that."""
    for product in products:
        told = [wish.quantity for wish in said if wish.product == product]
        kept = ContractOffer.objects.filter(buyer_id=user_id, product_id=product)
        kept.exclude(quantity__in=told).delete()


def _keep(user_id: Any, title: str, mark: str, offers: dict[Wish, Offer], now: dt.datetime) -> None:
    ContractBuyer.objects.update_or_create(user_id=user_id, defaults={"title": title, "mark": mark})
    ContractOffer.objects.bulk_create(
        [
            ContractOffer(
                buyer_id=user_id,
                product_id=wish.product,
                quantity=wish.quantity,
                state=offer.state,
                amount=offer.amount,
                valid_until=offer.valid_until,
                known_at=now,
            )
            for wish, offer in offers.items()
        ],
        update_conflicts=True,
        unique_fields=["buyer", "product_id", "quantity"],
        update_fields=["state", "amount", "valid_until", "known_at"],
    )
    ContractOffer.objects.filter(buyer_id=user_id, known_at__lt=now - LAST_KNOWN).delete()


def _all(offers: dict[Wish, Offer]) -> dict[Wish, Offer]:
    """What PanStore was sure of; what it only remembers itself must not look fresh again."""
    return {wish: offer for wish, offer in offers.items() if offer.certain}


def _news(
    user_id: Any, offers: dict[Wish, Offer], now: dt.datetime
) -> tuple[dict[Wish, Offer], set[int]]:
    """Of these what differs from what is stored, or was stored long ago; products that changed."""
    known = {Wish(row.product_id, row.quantity): row for row in _rows(user_id, list(offers), now)}
    news = {
        wish: offer
        for wish, offer in _all(offers).items()
        if not _same(known.get(wish), offer, now)
    }
    changed = {
        wish.product
        for wish, offer in news.items()
        if (row := known.get(wish)) is not None
        and (row.state, row.amount) != (offer.state, offer.amount)
    }
    return news, changed


def _same(row: Any, offer: Offer, now: dt.datetime) -> bool:
    return (
        row is not None
        and (row.state, row.amount, row.valid_until)
        == (offer.state, offer.amount, offer.valid_until)
        and now - row.known_at < _CONFIRM_AFTER
    )


def _rows(user_id: Any, wishes: Sequence[Wish], now: dt.datetime) -> Any:
    return ContractOffer.objects.filter(
        buyer_id=user_id,
        product_id__in=[wish.product for wish in wishes],
        known_at__gte=now - LAST_KNOWN,
    )


def recall(user_id: Any, wishes: Sequence[Wish]) -> Quote:
    """What holds while PanStore does not answer, by the setting PANSTORE_PRICE_DOWN.

    An account that was never told to buy under an agreement sees the shop's prices.
    """
    try:
        buyer = ContractBuyer.objects.filter(user_id=user_id).first()
        if buyer is None:
            return Quote(contract=False, certain=False)
        mode = conf.price_down()
        if mode != "last_known":
            state = USUAL if mode == "usual" else WITHHELD
            offers = {wish: Offer(state, certain=False) for wish in wishes}
            return Quote(True, buyer.title, certain=False, offers=offers)
        now = timezone.now()
        known = {
            Wish(row.product_id, row.quantity): Offer(
                row.state, row.amount, row.valid_until, certain=False
            )
            for row in _rows(user_id, wishes, now)
            if row.valid_until is None or row.valid_until > now
        }
    except DatabaseError:
        # Nobody knows whether this buyer has an agreement: nothing is sold at a guessed price.
        logger.exception("Kept prices could not be read; run migrate")
        offers = {wish: Offer(WITHHELD, certain=False) for wish in wishes}
        return Quote(True, "", certain=False, offers=offers)
    nothing = Offer(WITHHELD, certain=False)
    offers = {wish: _whole(known.get(wish, nothing)) for wish in wishes}
    return Quote(True, buyer.title, certain=False, offers=offers)


def _whole(offer: Offer) -> Offer:
    return offer if offer.state != AGREED or offer.amount is not None else Offer(WITHHELD)
