"""What the demo's shop sells and to whom: one deterministic, believable Slovene shop.

Standard library only, because three environments import it by path: PanStore's, the ERP's
and the shop's. Each of them builds its own records from the same values, so a SKU, an EAN, a
price or a stock figure never differs by accident.

Prices are net, in :data:`CURRENCY`, with two decimals, and chosen so that the gross price of
one piece is a believable shelf price (ends in 0 or 5 cents) to the cent.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

# The three environments import this file both as part of the package and by its path.
if __package__:
    from panstore.demo.catalogue_goods import GOODS
else:  # pragma: no cover - the ERP's and the shop's environment
    sys.path.insert(0, str(Path(__file__).parent))
    from catalogue_goods import GOODS

__all__ = [
    "CONTRACT_DISCOUNT_PERCENT",
    "CONTRACT_FIXED_PRICES",
    "CONTRACT_LIST",
    "CURRENCY",
    "VAT_RATES",
    "WAREHOUSES",
    "DemoCustomer",
    "DemoProduct",
    "DemoVariant",
    "contract_price",
    "customers",
    "products",
    "variants",
]
