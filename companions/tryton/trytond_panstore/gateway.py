"""`panstore.gateway`: the calls PanStore makes; here who we are and what is sold.

The other calls are in `gateway_stock`, `gateway_price`, `gateway_contract`, `gateway_party`,
`gateway_product`, `gateway_order`, `gateway_cancel`, `gateway_reserve`, `gateway_invoice`,
`gateway_document` and `gateway_print`.
"""

from trytond import __series__
from trytond.model import Model
from trytond.modules import get_module_info
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.pool import Pool
from trytond.rpc import RPC
from trytond.transaction import Transaction

PAGE_LIMIT = 5000


class Gateway(Model):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(ping=RPC(), products=RPC())

    @classmethod
    @for_panstore
    def ping(cls):
        """Who answers: company, currencies, warehouses, price lists, versions.

        Returns:
            {"company": {"id", "name", "currency"}, "timezone" (IANA name or null), "series",
            "version", "warehouses": [{"id", "code", "name"}], "price_lists": [{"id", "name"}],
            "tax_rounding": "document" or "line", "currencies": [{"id", "code"}] (active ones)}.
        """
        pool = Pool()
        company = _company()
        Location = pool.get("stock.location")
        PriceList = pool.get("product.price_list")
        Currency = pool.get("currency.currency")
        configuration = pool.get("account.configuration")(1)
        rounding = configuration.get_multivalue("tax_rounding", company=company.id)
        return {
            "company": {
                "id": company.id,
                "name": company.party.name,
                "currency": company.currency.code,
            },
            "timezone": company.timezone,
            "series": __series__,
            "version": get_module_info("panstore")["version"],
            "warehouses": [
                {"id": location.id, "code": location.code, "name": location.name}
                for location in Location.search([("type", "=", "warehouse")], order=[("id", "ASC")])
            ],
            "price_lists": [
                {"id": price_list.id, "name": price_list.name}
                for price_list in PriceList.search(
                    [("company", "=", company.id)], order=[("id", "ASC")]
                )
            ],
            "tax_rounding": rounding,
            "currencies": [
                {"id": currency.id, "code": currency.code} for currency in Currency.search([])
            ],
        }

    @classmethod
    @for_panstore
    def products(cls, after_id=0, limit=1000, ids=None):
        """Variants by id, inactive ones too: those above `after_id`, or exactly `ids`.

        Args:
            after_id: the last id of the page before; 0 to begin.
            limit: at most so many, up to 5000.
            ids: if given, only these; ids that no longer exist are absent from the answer.

        Returns:
            A list of {"id", "code", "name", "template", "template_name", "active", "salable",
            "type", "unit", "unit_name", "digits", "sale_unit", "ean", "taxes"} in order of id.
            `unit` is the stock unit, `sale_unit` the one prices are for. `taxes` is a list of
            {"id", "name", "rate"} with the rate as a share (0.22).
        """
        Product = Pool().get("product.product")
        domain = [("id", ">", after_id)] if ids is None else [("id", "in", list(ids))]
        with Transaction().set_context(active_test=False):
            found = Product.search(
                domain, order=[("id", "ASC")], limit=max(1, min(int(limit), PAGE_LIMIT))
            )
            taxes = taxes_by_category()
            return [_product(product, taxes(product)) for product in found]


def taxes_of(product):
    """Taxes a customer pays on `product`, as plain values; groups of taxes are taken apart."""
    pending, found = list(product.customer_taxes_used or []), []
    while pending:
        tax = pending.pop(0)
        if tax.type == "percentage":
            found.append({"id": tax.id, "name": tax.name, "rate": tax.rate})
        pending[:0] = list(tax.childs)
    return found


def taxes_by_category():
    """`taxes_of` for many products: each accounting category is asked once."""
    known = {}

    def taxes(product):
        category = product.template.account_category
        if category not in known:
            known[category] = taxes_of(product)
        return known[category]

    return taxes


def _product(product, taxes):
    template = product.template
    eans = [i.code for i in product.identifiers if i.type == "ean"]
    sale_unit = product.sale_uom or product.default_uom
    return {
        "id": product.id,
        "code": product.code or None,
        "name": product.name,
        "template": template.id,
        "template_name": template.name,
        "active": bool(product.active and template.active),
        "salable": bool(product.salable),
        "type": product.type,
        "unit": product.default_uom.id,
        "unit_name": product.default_uom.name,
        "digits": product.default_uom.digits,
        "sale_unit": sale_unit.id,
        "ean": eans[0] if eans else None,
        "taxes": taxes,
    }


def _company():
    pool = Pool()
    company = Transaction().context.get("company")
    if not company:
        raise GatewayError(
            "no_company", "this user works for no company; set one in its preferences"
        )
    return pool.get("company.company")(company)
