"""Products a web order brought first, and the taxes that are charged on sales."""

from decimal import Decimal

from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.gateway import taxes_of
from trytond.modules.panstore.keys import Keyed
from trytond.modules.panstore.retry import by_key, with_key
from trytond.modules.product import round_price
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction


class Product(Keyed, metaclass=PoolMeta):
    __name__ = "product.product"


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(taxes=RPC(), create_product=RPC(readonly=False))

    @classmethod
    @for_panstore
    def taxes(cls):
        """Taxes customers pay: those on any accounting category of products.

        Purchase taxes of the same rate are not among them.

        Returns:
            A list of {"id", "name", "rate"} in order of id, the rate as a share (0.22).
        """
        found = {
            tax["id"]: tax for category in _accounting_categories() for tax in taxes_of(category)
        }
        return [found[id_] for id_ in sorted(found)]

    @classmethod
    @for_panstore
    def create_product(cls, product):
        """Create a product with one variant; the first result again when the key repeats.

        Args:
            product: {"key", "sku", "title", "net" (price of one piece), "rate" (VAT in per cent)}.
                The product is goods, counted in pieces; it takes taxes and accounts from the
                accounting category that has exactly this rate and the most goods.

        Returns:
            {"product": id of the variant, "repeated"}.

        Raises:
            GatewayError: illegal_product, code_taken, unknown_tax, refused.
        """
        key = product.get("key")
        if not key:
            raise GatewayError("illegal_product", "the product has no key")
        known = by_key("product.product", key)
        if known:
            return {"product": known.id, "repeated": True}
        created = with_key("product.product", key, lambda: _create(product))
        return {"product": created.id, "repeated": False}


def _create(product):
    pool = Pool()
    Template = pool.get("product.template")
    Product = pool.get("product.product")
    sku = (product.get("sku") or "").strip()
    title = (product.get("title") or "").strip() or sku
    if not title:
        raise GatewayError("illegal_product", f"product {product['key']} has no title and no code")
    if sku and Product.search([("code", "=", sku)], limit=1):
        raise GatewayError(
            "code_taken",
            f"a product with the code {sku} is in the ERP already; it was not made "
            "twice. Link it, or correct one of the codes",
        )
    unit = pool.get("ir.model.data").get_id("product", "uom_unit")
    (template,) = Template.create([
        {
            "name": title,
            "code": sku or None,
            "type": "goods",
            "default_uom": unit,
            "salable": True,
            "sale_uom": unit,
            "list_price": round_price(Decimal(product["net"])),
            "account_category": accounting_category(Decimal(product["rate"])),
            "products": [("create", [{"panstore_key": product["key"]}])],
        }
    ])
    return template.products[0]


def _accounting_categories():
    Category = Pool().get("product.category")
    return Category.search([("accounting", "=", True)], order=[("id", "ASC")])


def accounting_category(rate):
    """The accounting category with this one rate (per cent) that has the most goods."""
    Template = Pool().get("product.template")
    fitting = [
        category
        for category in _accounting_categories()
        if [tax["rate"] * 100 for tax in taxes_of(category)] == [rate]
    ]
    if not fitting:
        raise GatewayError(
            "unknown_tax",
            f"no accounting category of products has the one customer tax of "
            f"{rate} %; make one under Products, Categories",
        )
    with Transaction().set_context(active_test=False):
        goods = {
            category: Template.search_count([
                ("account_category", "=", category.id),
                ("type", "=", "goods"),
            ])
            for category in fitting
        }
    return max(fitting, key=lambda category: goods[category]).id
