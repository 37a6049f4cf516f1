"""Products of a simulated system: pages with variants, keys, versions, and lossy storing."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from panstore.model.ids import ExternalId
from panstore.model.product import (
    Image,
    Product,
    ProductFields,
    ProductVariant,
    ProductWrite,
    Variant,
    VariantFields,
)
from panstore.model.product_fields import fields_set
from panstore.model.product_plan import ProductOutcome
from panstore.testing.world.shelf import Shelf

__all__ = ["Pages"]

_EMPTY = ProductFields(name="", description="", tax="22", categories=(), images=(), active=True)


class Pages:
    """The products of one system, in step with its shelf of variants.

    Args:
        shelf: where the variants lie that the other roles speak of.
        announce: called with the ids of variants whose product has changed.

    Attributes:
        compares: whether a write is refused where the version is another by now.
        escapes: whether names come back HTML-escaped, as some shops store them.
        weight_digits: decimal places of a weight that are kept.
    """

    def __init__(
        self, shelf: Shelf, prefix: str, announce: Callable[[Sequence[ExternalId]], object]
    ) -> None:
        self._shelf = shelf
        self._prefix = prefix
        self._announce = announce
        self._last = 0
        self._pages: dict[ExternalId, Product] = {}
        self._keys: dict[str, ExternalId] = {}
        self._variant_keys: dict[str, ExternalId] = {}
        self._contents: dict[tuple[ExternalId, str], bytes] = {}
        self.compares = True
        self.escapes = False
        self.weight_digits = 3
        self.writes = 0

    # -- as the system's own people see it -----------------------------------------------------

    def get(self, id_: ExternalId) -> Product | None:
        """The product of that id, or the one a variant of that id belongs to, with its version."""
        found = self._pages.get(id_) or self._single(id_)
        if found is not None and all(self._shelf.get(one.id) is None for one in found.variants):
            return None  # its people have deleted it
        return None if found is None else replace(found, version=_version(found))

    def all(self) -> list[Product]:
        """Every product."""
        for variant in self._shelf:
            self._single(variant.id)
        return [replace(page, version=_version(page)) for page in self._pages.values()]

    def edit(self, id_: ExternalId, **fields: object) -> None:
        """People change fields of a product."""
        page = self._known(id_)
        self._put(replace(page, fields=replace(page.fields, **fields)))
        self._tell(page.id)

    def edit_variant(self, id_: ExternalId, **fields: object) -> None:
        """People change fields of a variant."""
        page = self._known(id_)
        self._put(
            replace(
                page,
                variants=tuple(
                    replace(one, fields=replace(one.fields, **fields)) if one.id == id_ else one
                    for one in page.variants
                ),
            )
        )
        self._tell(page.id)

    def add(self, name: str, *variants: VariantFields, **fields: object) -> ExternalId:
        """People create a product with these variants; its id."""
        made = replace(_EMPTY, name=name, **fields)
        page = self._create(made, [self._filled(one) for one in variants])
        self._tell(page.id)
        return page.id

    def drop_variant(self, id_: ExternalId) -> None:
        """People delete one of several variants."""
        page = self._known(id_)
        self._shelf.drop(id_)
        self._put(replace(page, variants=tuple(one for one in page.variants if one.id != id_)))
        self._announce([page.id])

    def add_content(self, id_: ExternalId, content: bytes, name: str = "") -> Image:
        """People give a product a picture."""
        image = Image(hashlib.sha256(content).hexdigest(), name)
        self.add_image(id_, image, content)
        self._tell(self._known(id_).id)
        return image

    # -- roles ---------------------------------------------------------------------------------

    def products(self, ids: Sequence[ExternalId]) -> list[Product]:
        """Those that exist, each once."""
        found = {page.id: page for id_ in ids if (page := self.get(id_)) is not None}
        return list(found.values())

    def image(self, id_: ExternalId, digest: str) -> bytes | None:
        """Content of an image, None if there is none."""
        page = self.get(id_)
        images = () if page is None or page.fields.images is UNSET else page.fields.images
        if page is None or digest not in {image.digest for image in images}:
            return None
        return self._contents.get((page.id, digest))

    def add_image(self, id_: ExternalId, image: Image, content: bytes) -> None:
        """Put an image behind the others; one that is there already stays as it is."""
        page = self._known(id_)
        images = () if page.fields.images is UNSET else page.fields.images
        self._contents[page.id, image.digest] = content
        if image.digest not in {one.digest for one in images}:
            self._put(replace(page, fields=replace(page.fields, images=(*images, image))))

    def write(self, write: ProductWrite) -> ProductOutcome:
        """Create or change one product, whole or not at all."""
        before = self.get(write.id) if write.id is not None else None
        if write.id is None and (old := self._keys.get(write.key)) is not None:
            return ProductOutcome("done", self.get(old))
        if write.id is not None and before is None:
            return ProductOutcome("refused", None, "unknown_product", "there is no such product")
        if before is not None and self.compares and write.version not in ("", before.version):
            return ProductOutcome("refused", None, "changed_meanwhile", "it has changed since")
        refused = self._refusal(write, before)
        if refused is not None:
            return refused
        self.writes += 1
        if before is None:
            new = [self._filled(one.fields) for one in write.variants]
            page = self._create(replace(_EMPTY, **fields_set(self._stored(write.fields))), new)
            self._keys[write.key] = page.id
            for one, variant in zip(write.variants, page.variants, strict=True):
                self._variant_keys[one.key] = variant.id
        else:
            page = self._change(before, write)
        self._tell(page.id)
        return ProductOutcome("done", self.get(page.id))

    def _refusal(self, write: ProductWrite, before: Product | None) -> ProductOutcome | None:
        images = write.fields.images
        if images is not UNSET and before is not None:
            there = before.fields.images
            known = set() if there is UNSET else {image.digest for image in there}
            if not {image.digest for image in images} <= known:
                return ProductOutcome("refused", None, "unknown_image", "add it first")
        for one in write.variants:
            sku = one.fields.sku
            if sku is UNSET or not sku or (one.id is None and one.key in self._variant_keys):
                continue
            for page in self.all():
                if any(v.fields.sku == sku and v.id != one.id for v in page.variants):
                    what = f"the code {sku} is taken"
                    return ProductOutcome("refused", None, "sku_taken", what, page.id)
        return None

    def _change(self, before: Product, write: ProductWrite) -> Product:
        named = {one.id: one.fields for one in write.variants if one.id is not None}
        kept = [
            replace(one, fields=self._merged(one.fields, named.get(one.id)))
            for one in before.variants
        ]
        for one in write.variants:
            if one.id is None and one.key not in self._variant_keys:
                made = ProductVariant(self._shelf.next_id(), self._filled(one.fields))
                self._variant_keys[one.key] = made.id
                kept.append(made)
        changed = fields_set(self._stored(write.fields))
        page = Product(before.id, replace(before.fields, **changed), tuple(kept))
        if len(kept) > 1 and before.id in {one.id for one in kept}:
            # A single article becomes the first of several under a product of its own.
            self._pages.pop(before.id)
            self._last += 1
            page = replace(page, id=ExternalId(f"{self._prefix}P{self._last}"))
        self._put(page)
        return page

    # -- inside --------------------------------------------------------------------------------

    def _single(self, id_: ExternalId) -> Product | None:
        """The product of a variant; one that nobody made a product of is its own."""
        variant = self._shelf.get(id_)
        if variant is None:
            return None
        if variant.parent is not None:
            return self._pages.get(variant.parent)
        if id_ not in self._pages:
            rate = variant.tax_rates[0] if variant.tax_rates else Decimal(22)
            fields = ProductFields(
                name=variant.title,
                description="",
                tax=f"{rate:f}",
                categories=(),
                images=(),
                active=variant.active,
            )
            own = self._filled(VariantFields(sku=variant.sku, gtin=variant.gtin))
            self._pages[id_] = Product(id_, fields, (ProductVariant(id_, own),))
        return self._pages[id_]

    def _known(self, id_: ExternalId) -> Product:
        page = self._pages.get(id_) or self._single(id_)
        if page is None:
            raise KeyError(id_)
        return page

    def _create(self, fields: ProductFields, variants: Sequence[VariantFields]) -> Product:
        made = tuple(ProductVariant(self._shelf.next_id(), one) for one in variants)
        self._last += 1
        own = ExternalId(f"{self._prefix}P{self._last}")
        page = Product(made[0].id if len(made) == 1 else own, fields, made)
        self._put(page)
        return page

    def _put(self, page: Product) -> None:
        page = replace(page, version="")
        self._pages[page.id] = page
        for one in page.variants:
            old = self._shelf.get(one.id)
            sku, gtin = one.fields.sku, one.fields.gtin
            tax = page.fields.tax
            self._shelf.put(
                Variant(
                    one.id,
                    "" if sku is UNSET else sku,
                    "" if page.fields.name is UNSET else page.fields.name,
                    "" if gtin is UNSET else gtin,
                    parent=None if page.id == one.id else page.id,
                    unit=None if old is None else old.unit,
                    active=page.fields.active is not False and one.fields.active is not False,
                    tax_rates=(Decimal(tax),) if tax is not UNSET and tax else (),
                )
            )

    def _stored(self, fields: ProductFields) -> ProductFields:
        name = fields.name
        if name is UNSET:
            return fields
        return replace(fields, name=html.escape(name) if self.escapes else name.strip())

    def _merged(self, old: VariantFields, new: VariantFields | None) -> VariantFields:
        return old if new is None else replace(old, **fields_set(self._rounded(new)))

    def _filled(self, fields: VariantFields) -> VariantFields:
        empty = VariantFields(sku="", gtin="", title="", weight=None, attributes=(), active=True)
        kept = {name: value for name, value in fields_set(fields).items() if name != "price"}
        return self._rounded(replace(empty, **kept))

    def _rounded(self, fields: VariantFields) -> VariantFields:
        weight = fields.weight
        if isinstance(weight, Decimal):
            step = Decimal(1).scaleb(-self.weight_digits)
            fields = replace(fields, weight=weight.quantize(step))
        return replace(fields, price=UNSET)

    def _tell(self, id_: ExternalId) -> None:
        self._announce([one.id for one in self._known(id_).variants])


def _version(page: Product) -> str:
    return hashlib.sha256(msgspec.json.encode(replace(page, version=""))).hexdigest()[:16]
