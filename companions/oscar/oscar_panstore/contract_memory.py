"""What is kept of PanStore's answers for the time when it does not answer.

Written only where it differs from what is stored, so that a page costs no write; never older than a
day, so that what is kept is what buyers have looked at lately. What is kept of one product for one
buyer is of one moment: something new makes forgotten what the same answer does not say again.
Answers count by when they were asked for; one that comes late changes nothing.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import DatabaseError, transaction
from django.utils import timezone

from oscar_panstore import conf
from oscar_panstore.models import ContractBuyer, ContractOffer
from oscar_panstore.quotes import AGREED, USUAL, WITHHELD, Offer, Quote, Wish, same_mark

logger = logging.getLogger("oscar_panstore.quotes")

LAST_KNOWN = dt.timedelta(hours=24)
# An answer that stays the same is dated anew this often.
_CONFIRM_AFTER = dt.timedelta(hours=6)


class _News(NamedTuple):
    """What an answer changes of what is kept.

    Attributes:
        buyer: Fields of his row.
        afresh: Whether nothing of what was kept holds any more.
        rows: To be written.
        gone: Keys of offers that are older than what is new of their product.
    """

    buyer: dict[str, Any]
    afresh: bool
    rows: dict[Wish, Offer]
    gone: list[int]


def remember(user_id: Any, quote: Quote, asked_at: dt.datetime) -> None:
    """Keep an answer; what cannot be kept is logged, the page goes on.

    Args:
        user_id: Whose prices they are.
        quote: As PanStore told them.
        asked_at: Aware; when it was asked. Of two answers the one asked for later counts.
    """
    try:
        buyers = ContractBuyer.objects.filter(user_id=user_id)
        # SQLite takes its one write lock when a transaction begins, so none begins for nothing.
        if _news(buyers.first(), quote, asked_at) is None:
            return
        with transaction.atomic():
            ContractBuyer.objects.get_or_create(user_id=user_id, defaults={"is_linked": False})
            # Under the lock of his row: of answers that come together each sees the one before.
            buyer = buyers.select_for_update().first()
            news = _news(buyer, quote, asked_at)
            if buyer is not None and news is not None:
                _keep(buyer, news, asked_at)
    except DatabaseError:
        logger.exception("Prices of PanStore could not be kept; run migrate")


def _news(buyer: ContractBuyer | None, quote: Quote, asked_at: dt.datetime) -> _News | None:
    """What is to be written; None: nothing."""
    linked = buyer is not None and buyer.is_linked
    if not linked and not quote.contract:
        return None
    if linked and quote.contract and same_mark(buyer.mark, quote.mark):
        return _more_of_it(buyer, quote, asked_at)
    if buyer is not None and _is_later(buyer.asked_at, asked_at):
        return None
    # He buys for another party or it at something else, for the first time, or for nobody.
    said = {"title": quote.title, "mark": quote.mark} if quote.contract else {}
    nobody = {"title": "", "mark": "", "asked_at": asked_at, "is_linked": quote.contract}
    return _News(nobody | said, afresh=True, rows=_sure(quote.offers), gone=[])


def _more_of_it(buyer: ContractBuyer, quote: Quote, asked_at: dt.datetime) -> _News | None:
    """What is new under the same agreement."""
    told = _sure(quote.offers)
    rows = list(_rows(buyer.pk, told, asked_at))
    known = {Wish(row.product_id, row.quantity): row for row in rows}
    late = {row.product_id for row in rows if _is_later(row.known_at, asked_at)}
    new = {
        wish: offer
        for wish, offer in told.items()
        if wish.product not in late and not _is_kept(known.get(wish), offer, asked_at)
    }
    changed = {wish.product for wish, offer in new.items() if not _says(known.get(wish), offer)}
    gone = [row.pk for wish, row in known.items() if wish.product in changed and wish not in told]
    title = quote.title or buyer.title
    # Whose agreement is not known now is not forgotten.
    mark = buyer.mark if quote.mark.endswith(".") else quote.mark
    if not new and (title, mark) == (buyer.title, buyer.mark):
        return None
    at = buyer.asked_at if _is_later(buyer.asked_at, asked_at) else asked_at
    return _News({"title": title, "mark": mark, "asked_at": at}, False, new, gone)


def _is_later(noted: dt.datetime | None, asked_at: dt.datetime) -> bool:
    """Whether it was noted for a later question; what lies ahead of now is a clock's error."""
    return noted is not None and asked_at < noted <= timezone.now()


def _keep(buyer: ContractBuyer, news: _News, asked_at: dt.datetime) -> None:
    for field, value in news.buyer.items():
        setattr(buyer, field, value)
    buyer.save(update_fields=list(news.buyer))
    kept = ContractOffer.objects.filter(buyer_id=buyer.pk)
    if news.afresh:
        kept.delete()
    else:
        kept.filter(pk__in=news.gone).delete()
        kept.filter(known_at__lt=asked_at - LAST_KNOWN).delete()
    ContractOffer.objects.bulk_create(
        [
            ContractOffer(
                buyer_id=buyer.pk,
                product_id=wish.product,
                quantity=wish.quantity,
                state=offer.state,
                amount=offer.amount,
                valid_until=offer.valid_until,
                known_at=asked_at,
            )
            for wish, offer in news.rows.items()
        ],
        update_conflicts=True,
        unique_fields=["buyer", "product_id", "quantity"],
        update_fields=["state", "amount", "valid_until", "known_at"],
    )


def _sure(offers: dict[Wish, Offer]) -> dict[Wish, Offer]:
    """What PanStore was sure of; what it only remembers itself must not look fresh again."""
    return {wish: offer for wish, offer in offers.items() if offer.certain}


def _says(row: Any, offer: Offer) -> bool:
    return row is not None and (row.state, row.amount) == (offer.state, offer.amount)


def _is_kept(row: Any, offer: Offer, now: dt.datetime) -> bool:
    return (
        _says(row, offer)
        and row.valid_until == offer.valid_until
        and now - row.known_at < _CONFIRM_AFTER
    )


def _rows(user_id: Any, wishes: Iterable[Wish], now: dt.datetime) -> Any:
    return ContractOffer.objects.filter(
        buyer_id=user_id,
        product_id__in={wish.product for wish in wishes},
        known_at__gte=now - LAST_KNOWN,
    )


def recall(user_id: Any, wishes: Sequence[Wish]) -> Quote:
    """What holds while PanStore does not answer, by the setting PANSTORE_PRICE_DOWN.

    An account that was never told to buy under an agreement sees the shop's prices.
    """
    try:
        buyer = ContractBuyer.objects.filter(user_id=user_id, is_linked=True).first()
        if buyer is None:
            return Quote(contract=False, certain=False)
        mode = conf.price_down()
        if mode != "last_known":
            state = USUAL if mode == "usual" else WITHHELD
            offers = {wish: Offer(state, certain=False) for wish in wishes}
            return Quote(True, buyer.title, certain=False, offers=offers, mark=buyer.mark)
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
    return Quote(True, buyer.title, certain=False, offers=offers, mark=buyer.mark)


def _whole(offer: Offer) -> Offer:
    return offer if offer.state != AGREED or offer.amount is not None else Offer(WITHHELD)
