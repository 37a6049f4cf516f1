"""How far the pieces of one order have come, all its sales taken together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from panstore.model.ids import ExternalId
from panstore.model.sale import BookedOrder

__all__ = ["Article", "articles_of", "is_awaited", "nothing_leaves", "undercuts"]

_ZERO = Decimal(0)


class Article(msgspec.Struct, frozen=True):
    """One article, in stock units.

    Attributes:
        kept: ordered and not given back.
        held: with the buyer: has left and has not come back.
        charged: on invoices, less what credit notes have taken off.
        open: ordered and on no invoice.
    """

    kept: Decimal = _ZERO
    held: Decimal = _ZERO
    charged: Decimal = _ZERO
    open: Decimal = _ZERO


def articles_of(sales: Sequence[BookedOrder], *, void: bool) -> dict[ExternalId, Article]:
    """What the buyer keeps, holds and is charged for, by product.

    Args:
        void: nothing of the order is kept, whatever the sales say: all its money was given back.
    """
    found: dict[ExternalId, Article] = {}
    for goods in (goods for sale in sales for goods in sale.goods):
        before = found.get(goods.product, Article())
        found[goods.product] = Article(
            kept=before.kept + goods.ordered,
            held=before.held + goods.shipped,
            charged=before.charged + goods.invoiced,
            open=before.open + max(_ZERO, goods.ordered - goods.invoiced),
        )
    return {
        product: msgspec.structs.replace(
            # Somebody may book as received what never left: the buyer holds nothing less than none.
            one,
            kept=_ZERO if void else max(_ZERO, one.kept),
            held=max(_ZERO, one.held),
        )
        for product, one in found.items()
    }


def nothing_leaves(articles: Mapping[ExternalId, Article]) -> bool:
    """Whether the buyer holds all that he keeps."""
    return all(one.kept <= one.held for one in articles.values())


def is_awaited(back: BookedOrder, articles: Mapping[ExternalId, Article]) -> bool:
    """Whether pieces of a return are with the buyer; those that never left do not come back."""
    return any(
        abs(goods.shipped) < abs(goods.ordered)
        and articles[goods.product].held > articles[goods.product].kept
        for goods in back.goods
    )


def undercuts(back: BookedOrder, articles: Mapping[ExternalId, Article]) -> bool:
    """Whether a credit note for the return would leave pieces the buyer holds and keeps uncharged.

    Nor does it take back what no invoice has charged.
    """
    return any(
        one.charged + goods.ordered < min(one.kept, one.held)
        for goods in back.goods
        for one in (articles[goods.product],)
    )
