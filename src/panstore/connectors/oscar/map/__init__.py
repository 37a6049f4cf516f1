"""From the companion's shapes to PanStore's values and back; pure and exact."""

from panstore.connectors.oscar.map.accounts import account
from panstore.connectors.oscar.map.goods import (
    present_price,
    present_stock,
    price_item,
    price_outcome,
    product_id,
    stock_item,
    stock_outcome,
    tax_classes,
    variant,
)
from panstore.connectors.oscar.map.orders import broken_order, gone_order, order
from panstore.connectors.oscar.map.pages import page_item, page_outcome, product
from panstore.connectors.oscar.map.tiers import (
    buyer,
    buyer_item,
    buyer_outcome,
    tiers,
    tiers_item,
    tiers_outcome,
)
from panstore.connectors.oscar.map.updates import update_body

__all__ = [
    "account",
    "broken_order",
    "buyer",
    "buyer_item",
    "buyer_outcome",
    "gone_order",
    "order",
    "page_item",
    "page_outcome",
    "present_price",
    "present_stock",
    "price_item",
    "price_outcome",
    "product",
    "product_id",
    "stock_item",
    "stock_outcome",
    "tax_classes",
    "tiers",
    "tiers_item",
    "tiers_outcome",
    "update_body",
    "variant",
]
