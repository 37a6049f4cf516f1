"""What the ERP charges: its own computation, never ours."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from trytond.modules.currency.exceptions import RateError
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.gateway import taxes_by_category
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(prices=RPC())

    @classmethod
    @for_panstore
    def prices(cls, product_ids, price_list=None, currency=None, date=None):
        """Net price of one stock unit (default unit) of each product.

        Args:
            product_ids: ids of products; those that no longer exist are absent from the answer.
            price_list: id of a price list, or null for the list price.
            currency: ISO code, or null for the company's.
            date: the day the price is for, or null for today in the company's time zone.

        Returns:
            A list of {"product", "price" (net Decimal or null where there is none), "unit",
            "currency", "taxes": [{"id", "name", "rate"}], "list_price" (net Decimal or null, in
            the same unit and currency, without the price list), "valid_until"}. `valid_until` is
            the next day on which a dated line of the price list that could concern the product
            begins or has ended, or null: on that day, ask again.
        """
        pool = Pool()
        Date = pool.get("ir.date")
        Product = pool.get("product.product")
        company = pool.get("company.company")(Transaction().context["company"])
        date = date or Date.today()
        chosen = price_currency(currency, company, date)
        context = {"currency": chosen.id, "date": date, "sale_date": date, "uom": None}
        with Transaction().set_context(active_test=False):
            products = Product.search([("id", "in", list(product_ids))], order=[("id", "ASC")])
        with Transaction().set_context(context, price_list=None):
            plain = Product.get_sale_price(products)
        priced = plain
        turns = {}
        if price_list:
            priced = _by_list(products, checked_list(price_list), context)
            turns = turns_of(price_list, date)
        taxes = taxes_by_category()
        return [
            {
                "product": product.id,
                "price": _per_stock_unit(product, priced[product.id]),
                "unit": product.default_uom.id,
                "currency": chosen.code,
                "taxes": taxes(product),
                "list_price": _per_stock_unit(product, plain[product.id]),
                "valid_until": min(
                    [*turns.get(product.id, ()), *turns.get(None, ())], default=None
                ),
            }
            for product in products
        ]


def _per_stock_unit(product, price):
    """The ERP computes prices per sales unit; an article may be sold in another one by default."""
    if price is None or not product.sale_uom:
        return price
    Uom = Pool().get("product.uom")
    return Uom.compute_price(product.sale_uom, price, product.default_uom)


def active_currency(code):
    """The active currency with this ISO code.

    Raises:
        GatewayError: currency_inactive.
    """
    Currency = Pool().get("currency.currency")
    found = Currency.search([("code", "=", code)], limit=1)
    if not found:
        raise GatewayError(
            "currency_inactive",
            f"the currency {code} is not active in the ERP; activate it under Currency, Currencies",
        )
    return found[0]


def price_currency(code, company, date):
    """The currency of prices on a day: the company's own, or one the ERP can compute them in.

    Raises:
        GatewayError: currency_inactive.
    """
    if not code or code == company.currency.code:
        return company.currency
    currency = active_currency(code)
    with Transaction().set_context(date=date):
        try:
            Pool().get("currency.currency").compute(company.currency, Decimal(1), currency)
        except RateError as error:
            raise GatewayError(
                "currency_inactive",
                f"{error.message} Enter one under Currency, Currencies: the company's own currency "
                "needs one too",
            ) from error
    return currency


def checked_list(price_list):
    """The price list of the company with this id, an archived one only where the context says so.

    Raises:
        GatewayError: unknown_price_list.
    """
    PriceList = Pool().get("product.price_list")
    found = PriceList.search([
        ("id", "=", price_list),
        ("company", "=", Transaction().context["company"]),
    ])
    if not found:
        raise GatewayError("unknown_price_list", f"there is no price list {price_list}")
    return found[0]


def _by_list(products, price_list, context):
    """Prices by a list; the list may be gross, so products taxed otherwise go apart."""
    Product = Pool().get("product.product")
    by_category = defaultdict(list)
    prices = {}
    for product in products:
        if product.sale_uom:
            by_category[product.template.account_category].append(product)
        else:
            # The ERP's own computation by a list stumbles over an article nobody can sell.
            prices[product.id] = None
    for members in by_category.values():
        taxes = [tax.id for tax in members[0].customer_taxes_used or []]
        with Transaction().set_context(context, price_list=price_list.id, taxes=taxes):
            prices.update(Product.get_sale_price(members))
    return prices


def turns_of(price_list, date):
    """Days after `date` on which lines of the list begin or have ended, by product or None."""
    Line = Pool().get("product.price_list.line")
    if "start_date" not in Line._fields:
        return {}
    turns = defaultdict(list)
    dated = ["OR", ("start_date", ">", date), ("end_date", ">=", date)]
    for line in Line.search([("price_list", "=", price_list), dated]):
        product = line.product.id if line.product else None
        if line.start_date and line.start_date > date:
            turns[product].append(line.start_date)
        if line.end_date and line.end_date >= date:
            turns[product].append(line.end_date + dt.timedelta(days=1))
    return turns
