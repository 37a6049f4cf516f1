"""The variants of a page: made, changed, and a single article that gets a sister."""

from typing import Any

from django.utils.text import slugify
from oscar.core.loading import get_model

from oscar_panstore import conf
from oscar_panstore.api import fields, page_attributes, page_fields, product_pages
from oscar_panstore.api.errors import ApiError, refused
from oscar_panstore.api.prices import net_price
from oscar_panstore.api.product_creation import default_partner
from oscar_panstore.api.products import record_of
from oscar_panstore.models import CreatedProduct, ItemTax

Product = get_model("catalogue", "Product")
ProductClass = get_model("catalogue", "ProductClass")
StockRecord = get_model("partner", "StockRecord")

_LONGEST_SKU, _LONGEST_UPC = 128, 64


def created(item: dict[str, Any], key: str) -> Any:
    """A new page: a single article for one variant, a parent for more; its parts come after."""
    variants = fields.batch(item.get("variants") or [], "variants")
    if not variants:
        raise refused("invalid", "A new product needs at least one variant.", "variants")
    said = fields.mapping(item.get("fields") or {})
    title = fields.text(said, "title", longest=page_fields.LONGEST_TITLE)
    product_class, _ = ProductClass.objects.get_or_create(
        name=conf.product_class_name(),
        defaults={"track_stock": True, "requires_shipping": True},
    )
    page = Product.objects.create(
        structure=Product.STANDALONE if len(variants) == 1 else Product.PARENT,
        product_class=product_class,
        title=title,
        slug=slugify(title) or "product",
        is_public=fields.flag(said, "is_public", default=True),
    )
    CreatedProduct.objects.create(key=key, product=page)
    return page


def with_room(page: Any, item: dict[str, Any]) -> Any:
    """The page, as a parent if a new variant comes to a single article.

    The article stays what it is, with its id, stock record, baskets and order lines, and becomes
    the first variant; what the page says moves to a new parent. Links to the article lead on to
    the parent (Oscar sends visitors of a variant there).
    """
    variants = fields.batch(item.get("variants") or [], "variants")
    if not page.is_standalone or not any(_is_new(fields.mapping(one), page) for one in variants):
        return page
    parent = Product.objects.create(
        structure=Product.PARENT,
        product_class=page.product_class,
        title=page.title,
        slug=page.slug,
        description=page.description,
        is_public=page.is_public,
        meta_title=page.meta_title,
        meta_description=page.meta_description,
    )
    ItemTax.objects.create(product=parent, code=product_pages.tax_class_of(page))
    parent.categories.add(*page.categories.all())
    parent.product_options.add(*page.product_options.all())
    page.images.update(product=parent)
    page.categories.clear()
    Product.objects.filter(pk=page.pk).update(
        structure=Product.CHILD, parent=parent, product_class=None, title="", description=""
    )
    (made,) = product_pages.pages([parent.pk])
    return made


def _is_new(item: dict[str, Any], page: Any) -> bool:
    if item.get("id") is not None or page is None:
        return False
    known = _by_key(item)
    return known is None or known.pk != page.pk


def _by_key(item: dict[str, Any]) -> Any:
    key = fields.text(item, "key", longest=200)
    found = CreatedProduct.objects.filter(key=key).select_related("product").first()
    return None if found is None else found.product


def write_variant(page: Any, item: dict[str, Any], *, shown: bool) -> bool:
    """Change a variant of the page, or make it; True if anything was changed.

    The page's own row is not saved here, a child's is.

    Args:
        page: The page, with its own fields as they shall be.
        item: What is said of the variant.
        shown: False if the same call hides the page, which hides a single article.
    """
    said = fields.mapping(item.get("fields") or {})
    variant, changed = _variant(page, item)
    if "title" in said and variant.is_child:
        title = fields.text(said, "title", longest=page_fields.LONGEST_TITLE, required=False)
        changed |= page_fields.changed_to(variant, "title", title)
    if "upc" in said:
        changed |= page_fields.changed_to(variant, "upc", _free_upc(variant, said))
    if "is_public" in said:
        public = fields.flag(said, "is_public", default=True) and (shown or variant.is_child)
        changed |= page_fields.changed_to(variant, "is_public", public)
    changed |= _write_record(variant, said)
    if "weight" in said:
        weight = None if said["weight"] is None else fields.decimal(said, "weight")
        if weight is not None and weight < 0:
            raise refused("invalid", "'weight' must not be below zero.", "weight")
        changed |= page_attributes.write_weight(variant, weight)
    if "attributes" in said:
        changed |= page_attributes.write_attributes(variant, _attributes(said))
    if changed and variant.is_child:
        variant.save()
    return changed


def _variant(page: Any, item: dict[str, Any]) -> tuple[Any, bool]:
    """The variant meant, and whether it was made now."""
    variants = {variant.pk: variant for variant in product_pages.variants_of(page)}
    if item.get("id") is not None:
        wanted = fields.integer(item, "id", least=1)
        if wanted not in variants:
            message = f"Product {page.pk} has no variant {wanted} in the shop."
            raise ApiError(404, "unknown_product", message, "id")
        return variants[wanted], False
    known = _by_key(item)
    if known is not None:
        if known.pk not in variants:
            message = f"The variant made under this key, {known.pk}, is of another product by now."
            raise refused("unknown_product", message, "key")
        return variants[known.pk], False
    key = fields.text(item, "key", longest=200)
    if page.is_standalone:
        CreatedProduct.objects.create(key=key, product=page)
        return page, True
    child = Product.objects.create(
        structure=Product.CHILD, parent=page, slug=slugify(page.title) or "product"
    )
    CreatedProduct.objects.create(key=key, product=child)
    return child, True


def _free_upc(variant: Any, said: dict[str, Any]) -> str | None:
    upc = fields.text(said, "upc", longest=_LONGEST_UPC, required=False) or None
    taken = upc and Product.objects.filter(upc=upc).exclude(pk=variant.pk).first()
    if taken:
        page = taken.parent_id or taken.pk
        message = f"EAN/UPC {upc} is taken by product {page}; one of the two must be wrong."
        raise ApiError(409, "gtin_taken", message, "upc", product=page)
    return upc


def _write_record(variant: Any, said: dict[str, Any]) -> bool:
    """SKU and, for a new record only, the price; an empty SKU makes no record."""
    sku = fields.text(said, "sku", longest=_LONGEST_SKU, required=False) if "sku" in said else ""
    record = record_of(variant)
    if record is not None and "sku" in said and record.partner_sku != sku:
        if not sku:
            message = "The shop keeps stock and price by SKU; it cannot be taken away."
            raise refused("invalid", message, "sku")
        _refuse_taken(sku, record.partner, record)
        record.partner_sku = sku
        # Only the code: an order may be taking pieces of this record in the same moment.
        record.save(update_fields=["partner_sku"])
        return True
    if record is not None or not sku:
        return False
    partner = default_partner()
    _refuse_taken(sku, partner, None)
    price = None if said.get("price") is None else net_price(said)
    StockRecord.objects.create(
        product=variant,
        partner=partner,
        partner_sku=sku,
        price_currency=conf.currency(),
        price=price,
        num_in_stock=0,
        num_allocated=0,
    )
    return True


def _refuse_taken(sku: str, partner: Any, record: Any) -> None:
    others = StockRecord.objects.filter(partner=partner, partner_sku=sku)
    taken = others.exclude(pk=record.pk if record else None).select_related("product").first()
    if taken is not None:
        page = taken.product.parent_id or taken.product_id
        message = f"SKU {sku} is taken by product {page} of the shop; link to it instead."
        raise ApiError(409, "sku_taken", message, "sku", product=page)


def _attributes(said: dict[str, Any]) -> dict[str, str]:
    written = said["attributes"]
    if not isinstance(written, dict) or not all(isinstance(one, str) for one in written.values()):
        raise refused("invalid", "'attributes' must be an object of texts.", "attributes")
    return {
        name.strip(): text.strip()
        for name, text in written.items()
        if name.strip() and text.strip()
    }
