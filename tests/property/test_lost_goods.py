"""Goods an order is owed and nobody holds for it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from panstore.model.ids import ExternalId
from panstore.model.sale import BookedOrder, SoldGoods, lost_goods
from tests.unit.modules.order_life import sale

PRODUCT = ExternalId("e1")
PIECES = st.integers(0, 9).map(Decimal)


def _sold(ordered: Decimal, shipped: Decimal, lost: Decimal) -> BookedOrder:
    return sale(SoldGoods(PRODUCT, ordered, shipped=shipped, lost=lost))


@given(lost=PIECES, shipped=PIECES, back=PIECES, received=PIECES)
def test_a_piece_given_back_before_it_left_is_not_owed(
    lost: Decimal, shipped: Decimal, back: Decimal, received: Decimal
) -> None:
    main = _sold(lost + shipped, shipped, lost)
    came = min(back, received)
    sales = [main, _sold(-back, -came, Decimal(0))] if back else [main]
    owed = lost_goods(sales).get(PRODUCT, Decimal(0))
    assert owed == max(Decimal(0), lost - (back - came))


@given(lost=PIECES)
def test_a_cancelled_sale_owes_nothing(lost: Decimal) -> None:
    gone = sale(SoldGoods(PRODUCT, Decimal(9), lost=lost), state="cancelled")
    assert lost_goods([gone]) == {}
