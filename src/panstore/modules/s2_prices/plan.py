"""S2's plan: the price each item shall have, what differs, what has to be parked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from panstore.model.ids import ExternalId, ItemId, ModuleCode
from panstore.model.link import say_factor
from panstore.model.plan import Held, Operation, Plan
from panstore.model.price import PriceTarget, Promotion, SalesPrice, sales_price
from panstore.model.quantity import plain
from panstore.modules.s2_prices.policy import due_again
from panstore.modules.s2_prices.settings import PriceSettings
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import UnsupportedError
from panstore.sdk.modules import PriceItem, RouteView
from panstore.sdk.roles import PriceQuery

__all__ = ["plan_prices", "price_query"]

_CODE = ModuleCode("S2")


def price_query(settings: PriceSettings, view: RouteView) -> PriceQuery:
    """Which price to ask the ERP for, as of the business day in the company's zone.

    Raises:
        UnsupportedError: the settings ask for what the shop cannot hold; nothing was read.
    """
    shop = view.shop
    if settings.promotion_list is not None and not shop.dated_prices:
        raise UnsupportedError(
            f"S2 on route {view.route}: the shop {view.shop_connection} cannot hold a price with"
            f" dates, so the promotion list {settings.promotion_list} cannot be used. No price was"
            " written. Take promotion_list out of the settings of S2."
        )
    if shop.currency is not None and shop.currency != settings.currency:
        raise UnsupportedError(
            f"S2 on route {view.route}: the shop {view.shop_connection} sells in {shop.currency},"
            f" but the settings ask for prices in {settings.currency}; PanStore never converts."
            f' No price was written. Set currency = "{shop.currency}" for S2.'
        )
    return PriceQuery(
        price_list=_external(settings.price_list),
        promotion_list=_external(settings.promotion_list),
        currency=settings.currency,
        day=_business_day(view),
    )


def plan_prices(items: Sequence[PriceItem], settings: PriceSettings, view: RouteView) -> Plan:
    """Compare the shop's prices with the ERP's.

    Args:
        items: each with the ERP's price of one stock unit.
        settings: the route's.
        view: says how the shop stores prices and what day it is.

    Returns:
        Every item in exactly one of operations, unchanged and held; `due_again` names, beside
        that, the items whose price changes by itself.
    """
    operations: list[Operation] = []
    unchanged: list[ItemId] = []
    held: list[Held] = []
    again: list[tuple[ItemId, dt.datetime]] = []
    for item in items:
        link = item.link
        step = _step(item, settings, view)
        if isinstance(step, Held):
            held.append(step)
        elif step is None:
            unchanged.append(link.item)
        else:
            operations.append(step)
        if item.price is not None:
            moment = due_again(item.price.valid_until, view.now, view.zone)
            if moment is not None:
                again.append((link.item, moment))
    return Plan(
        route=view.route,
        module=_CODE,
        operations=tuple(operations),
        unchanged=tuple(unchanged),
        held=tuple(held),
        due_again=tuple(again),
    )


def _step(item: PriceItem, settings: PriceSettings, view: RouteView) -> Operation | Held | None:
    offer = _offer(item, settings, view.shop)
    if isinstance(offer, Held):
        return offer
    target = _target(item, offer, view)
    if isinstance(target, Held):
        return target
    if item.present == target:
        return None
    return Operation(
        item=item.link.item,
        target=item.link.shop,
        before=item.present,
        after=target,
        reason=_reason(offer, target, settings),
        sku=item.link.sku,
    )


class _Offer(msgspec.Struct, frozen=True):
    """A price of the ERP that can be used, with all that turns it into one of the shop.

    Attributes:
        amount: per stock unit, > 0.
        factor: stock units in one sales unit, > 0.
        currency: the shop's, which is also the price's.
        rate: VAT in per cent; None where nothing depends on it.
        tax_class: the shop's code; None where the shop has no classes.
    """

    price: SalesPrice
    amount: Decimal
    factor: Decimal
    currency: str
    rate: Decimal | None
    tax_class: str | None


def _offer(item: PriceItem, settings: PriceSettings, shop: Capabilities) -> _Offer | Held:
    price, factor = item.price, item.link.factor
    if price is None:
        return _held(
            item,
            "price.article_gone",
            "the ERP no longer knows this article, so it has no price",
            "Sell it in the ERP again, or link the article of the shop to another one, then retry",
        )
    if factor is None or factor <= 0:
        return _held(
            item,
            "unit.no_factor",
            "nobody has said how many stock units of the ERP make one sales unit in the shop, so"
            " its price cannot be computed",
            f"Say it with `{say_factor(item.link)}`; it then goes on by itself",
        )
    if price.amount is None or price.amount <= 0:
        found = "no price" if price.amount is None else f"the price {plain(price.amount)}"
        return _held(
            item,
            "price.missing",
            f"the ERP has {found} for this article in {_source(settings)}",
            "Enter a price above zero in the ERP; it is then taken over by itself",
        )
    currency = shop.currency or settings.currency
    if price.currency != currency:
        return _held(
            item,
            "price.currency",
            f"the ERP gives its price in {price.currency}, the shop sells in {currency}, and"
            " PanStore never converts",
            f"Enter a price in {currency} in the ERP or choose another price list",
        )
    tax = _tax(item, price, shop)
    if isinstance(tax, Held):
        return tax
    rate, tax_class = tax
    return _Offer(price, price.amount, factor, currency, rate, tax_class)


def _target(item: PriceItem, offer: _Offer, view: RouteView) -> PriceTarget | Held:
    shop = view.shop
    amount = _convert(offer.amount, offer, shop)
    if amount <= 0:
        return _held(
            item,
            "price.missing",
            f"its price {plain(offer.amount)} {offer.currency} rounds to zero in the"
            f" {shop.price_digits} decimal places the shop stores",
            "Sell it by a bigger unit (the factor on the link) or correct the price in the ERP",
        )
    promotion = _promotion(item, offer, view)
    if isinstance(promotion, Held):
        return promotion
    return PriceTarget(
        amount=amount,
        currency=offer.currency,
        includes_tax=shop.prices_include_tax,
        tax_class=offer.tax_class,
        promotion=promotion,
    )


def _tax(
    item: PriceItem, price: SalesPrice, shop: Capabilities
) -> tuple[Decimal | None, str | None] | Held:
    """VAT rate and the shop's tax class, each only where the shop makes it necessary."""
    if price.includes_tax == shop.prices_include_tax and not shop.tax_classes:
        return None, None
    if len(price.tax_rates) != 1:
        rates = ", ".join(f"{plain(rate)} %" for rate in price.tax_rates) or "no VAT rate at all"
        return _held(
            item,
            "price.tax_rates",
            f"the ERP puts {rates} on a sale of this article; exactly one is needed",
            "Give the article one customer tax in the ERP (0 % where no VAT is due)",
        )
    rate = price.tax_rates[0]
    if not shop.tax_classes:
        return rate, None
    tax_class = shop.tax_classes.get(plain(rate))
    if tax_class is None:
        known = ", ".join(f"{key} %" for key in sorted(shop.tax_classes))
        return _held(
            item,
            "price.tax_class",
            f"the shop has no tax class for {plain(rate)} % VAT (it has {known})",
            "Add the class in the settings of the shop's connection, or correct the tax in the ERP",
        )
    return rate, tax_class


def _promotion(item: PriceItem, offer: _Offer, view: RouteView) -> Promotion | Held | None:
    promotion = offer.price.promotion
    if promotion is None or not view.shop.dated_prices:
        return None
    starts, ends = promotion.starts, promotion.ends
    if ends is not None and ends < _business_day(view):
        return None  # it is over, and a shop may refuse dates that lie in the past
    if starts is not None and ends is not None and ends < starts:
        wrong = "ends before it starts"
    else:
        amount = _convert(promotion.amount, offer, view.shop)
        if amount > 0:
            return Promotion(amount=amount, starts=starts, ends=ends)
        wrong = "has no price above zero"
    return _held(
        item,
        "price.promotion",
        f"the promotion of this article in the ERP {wrong}",
        "Correct the promotion in the ERP; it is then taken over by itself",
    )


def _convert(amount: Decimal, offer: _Offer, shop: Capabilities) -> Decimal:
    return sales_price(
        amount,
        factor=offer.factor,
        given_gross=offer.price.includes_tax,
        wanted_gross=shop.prices_include_tax,
        rate=offer.rate,
        digits=shop.price_digits,
    )


def _reason(offer: _Offer, target: PriceTarget, settings: PriceSettings) -> str:
    text = f"{_source(settings)} {_amount(offer.amount, offer.price)}"
    if offer.factor != 1:
        text += f" x {plain(offer.factor)}"
    text += f" -> {_amount(target.amount, target)}"
    if target.promotion is not None:
        starts, ends = target.promotion.starts, target.promotion.ends
        text += f", promotion {target.promotion.amount} from {starts or 'now'} to {ends or 'open'}"
    return text


def _amount(amount: Decimal, of: SalesPrice | PriceTarget) -> str:
    return f"{amount} {of.currency} {'gross' if of.includes_tax else 'net'}"


def _business_day(view: RouteView) -> dt.date:
    return view.now.astimezone(ZoneInfo(view.zone)).date()


def _external(list_id: str | None) -> ExternalId | None:
    return None if list_id is None else ExternalId(list_id)


def _source(settings: PriceSettings) -> str:
    return f"price list {settings.price_list}" if settings.price_list else "the list price"


def _held(item: PriceItem, code: str, what: str, remedy: str) -> Held:
    link = item.link
    name = link.sku or f"article {link.shop} of the shop"
    return Held(
        item=link.item,
        code=code,
        reason=f"{name}: {what}. No price was written; the shop keeps the one it has. {remedy}.",
        sku=link.sku,
    )
