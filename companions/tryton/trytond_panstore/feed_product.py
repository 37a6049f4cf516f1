"""Products, what they cost and what is charged on them: kinds `product`, `price`, `price_list`."""

from trytond.modules.panstore.feed import ChangeFeed, ChildFeed
from trytond.pool import PoolMeta

# Fields of templates and variants that only the price is made of.
_PRICE_ONLY = {"list_price", "list_prices", "cost_price", "cost_prices", "cost_price_method"}
# Fields that change the price (or its tax or unit) and are stored on the template itself.
_PRICED_BY = {
    "account_category",
    "categories",
    "categories_all",
    "default_uom",
    "sale_uom",
    "salable",
    "active",
}

# Fields of a category that its path, and those of all below it, are made of.
_PATH = {"name", "parent"}


class Template(ChangeFeed, metaclass=PoolMeta):
    __name__ = "product.template"

    @classmethod
    def _change_sources(cls, mode, field_names):
        if field_names is not None and field_names <= _PRICE_ONLY:
            return []  # the price's own table tells
        sources = ["products of templates"]
        if field_names is None or field_names & _PRICED_BY:
            sources.append("prices of templates")
        return sources


class Product(ChangeFeed, metaclass=PoolMeta):
    __name__ = "product.product"
    _change_kind = "product"

    @classmethod
    def _change_sources(cls, mode, field_names):
        if field_names is not None and field_names <= _PRICE_ONLY:
            return []
        if mode == "create":
            return ["product", "price", "stock"]
        return ["product"]


class Identifier(ChildFeed, metaclass=PoolMeta):
    __name__ = "product.identifier"
    _change_parent = ("product", "product")


class TemplateCategory(ChangeFeed, metaclass=PoolMeta):
    __name__ = "product.template-product.category"

    @classmethod
    def _change_sources(cls, mode, field_names):
        return ["categories of templates"]


class ListPrice(ChangeFeed, metaclass=PoolMeta):
    __name__ = "product.list_price"

    @classmethod
    def _change_sources(cls, mode, field_names):
        return ["list prices"]


class CostPrice(ChildFeed, metaclass=PoolMeta):
    __name__ = "product.cost_price"
    _change_parent = ("price", "product")


class PriceList(ChangeFeed, metaclass=PoolMeta):
    __name__ = "product.price_list"
    _change_kind = "price_list"


class PriceListLine(ChildFeed, metaclass=PoolMeta):
    __name__ = "product.price_list.line"
    _change_parent = ("price_list", "price_list")


class Category(ChangeFeed, metaclass=PoolMeta):
    __name__ = "product.category"

    @classmethod
    def _change_sources(cls, mode, field_names):
        if mode != "write":
            return []
        sources = ["prices of account categories"]
        if field_names is None or field_names & _PATH:
            sources.append("products of categories")
        return sources


class Image(ChangeFeed, metaclass=PoolMeta):
    __name__ = "product.image"

    @classmethod
    def _change_sources(cls, mode, field_names):
        return ["products of images"]


class Attribute(ChangeFeed, metaclass=PoolMeta):
    __name__ = "product.attribute"

    @classmethod
    def _change_sources(cls, mode, field_names):
        return ["products of attributes"] if mode == "write" else []


class CategoryTax(ChangeFeed, metaclass=PoolMeta):
    __name__ = "product.category-customer-account.tax"

    @classmethod
    def _change_sources(cls, mode, field_names):
        return ["prices of category taxes"]


class Tax(ChangeFeed, metaclass=PoolMeta):
    __name__ = "account.tax"

    @classmethod
    def _change_sources(cls, mode, field_names):
        return ["prices of taxes"] if mode == "write" else []
