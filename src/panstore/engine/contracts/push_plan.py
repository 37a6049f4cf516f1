"""What a shop shall keep of one article under one agreement: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal

from msgspec.structs import replace

from panstore.model.contract import ContractPrice, Offer
from panstore.model.ids import ExternalId
from panstore.model.link import Link
from panstore.model.price import PriceTarget
from panstore.model.price_tiers import PriceTier, PriceTiers
from panstore.model.quantity import to_sales_units, to_stock_units
from panstore.sdk.capabilities import Capabilities

__all__ = ["is_usual", "leasts", "make_tiers", "price_of", "stock_units"]


def leasts(link: Link, breaks: Sequence[Decimal], shop: Capabilities) -> list[Decimal]:
    """Sales units from which another price may hold, ascending; the least the shop sells first.

    Args:
        breaks: stock units of the ERP.
    """
    smallest = Decimal(1).scaleb(-shop.stock_digits) if shop.fractional_stock else Decimal(1)
    if link.factor is None or link.factor <= 0:
        return [smallest]
    found = {smallest}
    for one in breaks:
        sales = to_sales_units(one, link.factor).quantize(smallest, rounding=ROUND_CEILING)
        found.add(max(sales, smallest))
    return sorted(found)


def stock_units(link: Link, sales: Decimal) -> Decimal | None:
    """What the ERP is asked for; None while nobody said how the units go together."""
    return None if link.factor is None or link.factor <= 0 else to_stock_units(sales, link.factor)


def make_tiers(offers: Sequence[tuple[Decimal, Offer]]) -> PriceTiers:
    """Tiers of offers by least quantity, ascending; neighbours alike are one."""
    made: list[PriceTier] = []
    for least, offer in offers:
        tier = PriceTier(least, offer.state, offer.amount, offer.valid_until)
        last = made[-1] if made else None
        if last is None or (last.state, last.amount) != (tier.state, tier.amount):
            made.append(tier)
            continue
        ends = [one for one in (last.until, tier.until) if one is not None]
        made[-1] = replace(last, until=min(ends, default=None))
    first = offers[0][1]
    tiers = () if all(one.state == "usual" for one in made) else tuple(made)
    return PriceTiers(tiers, first.currency, first.includes_tax)


def is_usual(
    tiers: PriceTiers, prices: Sequence[ContractPrice | None], shown: PriceTarget | None
) -> bool:
    """Whether the agreement only repeats what everybody pays, and the shop shows just that.

    Args:
        prices: what the tiers were made from.
        shown: what the shop surely shows everybody; None where nobody knows.
    """
    if shown is None or shown.promotion is not None or len(tiers.tiers) != 1:
        return False
    tier = tiers.tiers[0]
    return (
        (tier.state, tier.amount, tier.until) == ("agreed", shown.amount, None)
        and (tiers.currency, tiers.includes_tax) == (shown.currency, shown.includes_tax)
        and all(price is not None and price.amount == price.usual for price in prices)
    )


def price_of(
    prices: Mapping[tuple[ExternalId, Decimal], ContractPrice], link: Link, sales: Decimal
) -> ContractPrice | None:
    """The ERP's answer for so many sales units."""
    stock = stock_units(link, sales)
    return None if stock is None else prices.get((link.erp, stock))
