"""Creating products in bulk, each once per key."""

import base64
import binascii
import re
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from oscar.apps.catalogue.categories import create_from_breadcrumbs
from oscar.core.loading import get_model

from oscar_panstore import conf, notices
from oscar_panstore.api import fields
from oscar_panstore.api.errors import ApiError, refused
from oscar_panstore.api.http import Call
from oscar_panstore.models import CreatedProduct, ItemTax

Product = get_model("catalogue", "Product")
ProductAttribute = get_model("catalogue", "ProductAttribute")
ProductClass = get_model("catalogue", "ProductClass")
ProductImage = get_model("catalogue", "ProductImage")
Partner = get_model("partner", "Partner")
StockRecord = get_model("partner", "StockRecord")

_STRUCTURES = (Product.STANDALONE, Product.PARENT, Product.CHILD)
_LARGEST_IMAGE = 5 * 1024 * 1024


def create_products(call: Call) -> dict[str, Any]:
    """Create up to 500 products; a repeated key gives the first call's product.

    Products come without a price and with no stock: the price and stock calls fill them. A parent
    stands before its variants, which name it by `parent_key`.
    """
    items = fields.batch(call.body, "products")
    with notices.quietly(), transaction.atomic():
        partner = default_partner()
        outcomes = [_outcome(item, partner) for item in items]
    return {"products": outcomes}


def default_partner() -> Any:
    """The partner whose stock records are written: of the settings, else the oldest, else new."""
    code = conf.partner_code()
    if code is not None:
        return Partner.objects.get_or_create(code=code, defaults={"name": code})[0]
    found = Partner.objects.order_by("pk").first()
    return found or Partner.objects.create(code="warehouse", name="Warehouse")


def _outcome(item: Any, partner: Any) -> dict[str, Any]:
    key = item.get("key") if isinstance(item, dict) else None
    try:
        with transaction.atomic():
            product, created = _created_once(fields.mapping(item), partner)
    except ApiError as error:
        return {"key": key, "outcome": "refused", "product": None, "error": error.body()}
    except IntegrityError as error:
        message = f"The shop's database refused the product with key {key!r}: {error}."
        body = refused("conflict", message).body()
        return {"key": key, "outcome": "refused", "product": None, "error": body}
    return {
        "key": key,
        "outcome": "done",
        "product": product,
        "created": created,
        "error": None,
    }


def _created_once(item: dict[str, Any], partner: Any) -> tuple[int, bool]:
    key = fields.text(item, "key", longest=200)
    known = CreatedProduct.objects.filter(key=key).values_list("product_id", flat=True).first()
    if known is not None:
        return known, False
    structure = item.get("structure", Product.STANDALONE)
    if structure not in _STRUCTURES:
        message = f"'structure' must be one of {', '.join(_STRUCTURES)}."
        raise refused("invalid", message, "structure")
    parent = _parent(item) if structure == Product.CHILD else None
    sku = None if structure == Product.PARENT else _free_sku(item, partner)
    product = _saved(item, structure, parent)
    if sku is not None:
        StockRecord.objects.create(
            product=product,
            partner=partner,
            partner_sku=sku,
            price_currency=conf.currency(),
            price=None,
            num_in_stock=0,
            num_allocated=0,
        )
    _add_tax_class(item, product)
    _add_attributes(item, product)
    _add_category(item, product)
    _add_image(item, product)
    CreatedProduct.objects.create(key=key, product=product)
    return product.pk, True


def _parent(item: dict[str, Any]) -> Any:
    key = fields.text(item, "parent_key", longest=200)
    found = CreatedProduct.objects.filter(key=key).select_related("product__product_class").first()
    if found is None or found.product.structure != Product.PARENT:
        message = f"No parent was created with the key {key!r}; send it first, in the same call."
        raise refused("unknown_parent", message, "parent_key")
    return found.product


def _free_sku(item: dict[str, Any], partner: Any) -> str:
    sku = fields.text(item, "sku", longest=128)
    taken = StockRecord.objects.filter(partner=partner, partner_sku=sku).first()
    if taken is not None:
        message = f"SKU {sku} is taken by product {taken.product_id}; link to it instead."
        raise ApiError(409, "sku_taken", message, "sku", product=taken.product_id)
    return sku


def _saved(item: dict[str, Any], structure: str, parent: Any) -> Any:
    upc = fields.text(item, "upc", longest=64, required=False) or None
    if upc:
        taken = Product.objects.filter(upc=upc).values_list("pk", flat=True).first()
        if taken is not None:
            message = f"EAN/UPC {upc} is taken by product {taken}."
            raise ApiError(409, "upc_taken", message, "upc", product=taken)
    title = fields.text(item, "title", longest=255, required=parent is None)
    product_class = None
    if parent is None:
        product_class, _ = ProductClass.objects.get_or_create(
            name=conf.product_class_name(),
            defaults={"track_stock": True, "requires_shipping": True},
        )
    return Product.objects.create(
        structure=structure,
        parent=parent,
        product_class=product_class,
        upc=upc,
        title=title,
        slug=slugify(title or parent.title) or "product",
        description=fields.text(item, "description", longest=100_000, required=False),
        is_public=fields.flag(item, "is_public", default=True),
    )


def _add_tax_class(item: dict[str, Any], product: Any) -> None:
    if item.get("tax_class") is None:
        return
    code = fields.text(item, "tax_class", longest=32)
    known = conf.tax_rates()
    if code not in known:
        message = f"The shop knows no tax class {code!r}; it knows {', '.join(sorted(known))}."
        raise refused("unknown_tax_class", message, "tax_class", allowed=sorted(known))
    ItemTax.objects.create(product=product, code=code)


def _add_attributes(item: dict[str, Any], product: Any) -> None:
    written = item.get("attributes") or {}
    if not isinstance(written, dict):
        raise refused("invalid", "'attributes' must be an object of texts.", "attributes")
    for name, value in written.items():
        code = "a_" + re.sub(r"\W", "_", slugify(name)) if name else ""
        if not code or not isinstance(value, str):
            raise refused("invalid", f"Attribute {name!r} must have a text.", "attributes")
        ProductAttribute.objects.get_or_create(
            product_class=product.get_product_class(),
            code=code[:128],
            defaults={"name": name[:128], "type": ProductAttribute.TEXT},
        )
        product.attr.set(code[:128], value)
    if written:
        product.attr.save()


def _add_category(item: dict[str, Any], product: Any) -> None:
    path = fields.text(item, "category", longest=1000, required=False)
    if path and product.structure != Product.CHILD:
        product.categories.add(create_from_breadcrumbs(path))


def _add_image(item: dict[str, Any], product: Any) -> None:
    image = item.get("image")
    if image is None:
        return
    name = fields.text(fields.mapping(image), "name", longest=100)
    if not re.fullmatch(r"[\w.-]+\.(png|jpe?g|webp|gif)", name, re.IGNORECASE):
        raise refused("invalid", "The image's name must end in .png, .jpg, .webp or .gif.", "image")
    try:
        content = base64.b64decode(str(image.get("base64", "")), validate=True)
    except binascii.Error as error:
        raise refused("invalid", "The image must be base64 in 'base64'.", "image") from error
    if not 0 < len(content) <= _LARGEST_IMAGE:
        raise refused("too_large", "The image must have 1 byte to 5 MB.", "image")
    ProductImage.objects.create(product=product, original=ContentFile(content, name=name))
