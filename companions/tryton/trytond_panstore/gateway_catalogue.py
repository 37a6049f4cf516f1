"""Products as they stand: everything that is exchanged of them, and the fields that can be."""

import hashlib
import json
from decimal import Decimal

from trytond.modules.panstore.access import for_panstore
from trytond.modules.panstore.gateway import taxes_of
from trytond.modules.panstore.page_attributes import shown_attributes
from trytond.modules.panstore.page_images import shown_images
from trytond.modules.panstore.page_weights import shown_weight
from trytond.modules.panstore.quantities import plain
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction

PAGE_LIMIT = 5000
_STORED = {"goods", "assets"}
_ALWAYS = ["name", "description", "tax", "unit", "categories", "active", "sku", "gtin", "price"]


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(product_pages=RPC())

    @classmethod
    @for_panstore
    def ping(cls):
        """Adds "product_fields": what `write_page` can write with the modules that are active."""
        return super().ping() | {"product_fields": [*_ALWAYS, *optional_fields()]}

    @classmethod
    @for_panstore
    def product_pages(cls, ids):
        """Products (templates) with all their variants, archived ones included.

        Args:
            ids: of templates, at most 5000; those that no longer exist are absent from the answer.

        Returns:
            A list of {"id", "name", "description" (of the oldest variant that has one),
            "tax" (per cent as text,
            empty unless it is exactly one), "unit" (name of the sales unit), "categories" (paths
            of names from the root down, without accounting categories), "active" (not archived,
            salable, and one variant is active), "tracked", "variants", "version"} in order of id.
            A variant is {"id", "sku", "gtin", "active"} in the order in which they are shown.
            `version` is SHA-256 of everything else here, so it changes with any of it.

            With the module product_image a product has "images": [{"digest", "name"}], with
            product_measurements a variant has "weight" (kg of one sales unit or null), with
            product_attribute "attributes": [[label, text]].
        """
        return pages(list(ids)[:PAGE_LIMIT])


def optional_fields():
    """Names of the fields that need a module which is active here."""
    pool = Pool()
    Product = pool.get("product.product")
    Template = pool.get("product.template")
    return [
        field
        for field, there in (
            ("weight", "weight" in Template._fields),
            ("attributes", "attributes" in Product._fields),
            ("images", "images" in Template._fields),
        )
        if there
    ]


def pages(ids):
    """Templates of these ids as plain values; see `Gateway.product_pages`."""
    Template = Pool().get("product.template")
    with Transaction().set_context(active_test=False):
        found = Template.search([("id", "in", ids)], order=[("id", "ASC")])
        optional = set(optional_fields())
        paths = _Paths()
        return [_page(template, optional, paths) for template in found]


def description_of(template):
    """Text of the oldest variant that has one: variants may be put in another order any time."""
    oldest = sorted(template.products, key=lambda variant: variant.id)
    return next((variant.description for variant in oldest if variant.description), "")


def _page(template, optional, paths):
    variants = list(template.products)
    page = {
        "id": template.id,
        "name": template.name,
        "description": description_of(template),
        "tax": tax_of(template),
        "unit": (template.sale_uom or template.default_uom).name,
        "categories": sorted({paths.of(category) for category in template.categories}),
        "active": shown(template),
        "tracked": template.type in _STORED,
        "variants": [_variant(variant, optional) for variant in variants],
    }
    if "images" in optional:
        page["images"] = shown_images(template)
    return page | {"version": version_of(page)}


def _variant(variant, optional):
    row = {
        "id": variant.id,
        "sku": variant.code or "",
        "gtin": gtin_of(variant),
        "active": bool(variant.active),
    }
    if "weight" in optional:
        row["weight"] = shown_weight(variant)
    if "attributes" in optional:
        row["attributes"] = shown_attributes(variant)
    return row


def shown(template):
    """Whether any of it can be sold."""
    return bool(
        template.active
        and template.salable
        and any(variant.active for variant in template.products)
    )


def tax_of(template):
    """The one VAT rate in per cent as text, else empty."""
    rates = {tax["rate"] for tax in taxes_of(template)}
    return plain(rates.pop() * 100) if len(rates) == 1 else ""


def gtin_of(variant):
    """The first EAN, or empty."""
    return next((one.code for one in variant.identifiers if one.type == "ean"), "")


def version_of(page):
    """SHA-256 in hex over the canonical JSON of a page."""
    text = json.dumps(page, sort_keys=True, separators=(",", ":"), default=_text)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value):
    if isinstance(value, Decimal):
        return plain(value)
    raise TypeError(value)


class _Paths:
    """Paths of categories; each is worked out once."""

    def __init__(self):
        self._known = {}

    def of(self, category):
        if category.id not in self._known:
            above = self.of(category.parent) if category.parent else ()
            self._known[category.id] = (*above, category.name.strip())
        return self._known[category.id]
