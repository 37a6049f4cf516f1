"""What is to be written to one side of one product, gathered field by field."""

from __future__ import annotations

from typing import Any

from panstore.model.ids import ExternalId, ItemId
from panstore.model.product import Product, ProductFields, ProductWrite, VariantFields, VariantWrite
from panstore.model.product_fields import encode_field
from panstore.model.product_plan import ChangeKind, FieldChange, ProductChange, Side

__all__ = ["Draft", "label"]


def label(product: Product | None) -> str:
    """Code of the first variant that has one, else the name."""
    if product is None:
        return ""
    codes = (one.fields.sku for one in product.variants)
    name = product.fields.name if isinstance(product.fields.name, str) else ""
    return next((code for code in codes if isinstance(code, str) and code), name)


class Draft:
    """Collects the fields of one write; mutable, lives within one plan."""

    def __init__(self, side: Side, before: Product | None) -> None:
        self.side = side
        self.before = before
        self.fields: dict[str, Any] = {}
        self.variants: dict[ExternalId, dict[str, Any]] = {}
        self.new: list[VariantWrite] = []
        self.lines: list[FieldChange] = []

    def put(
        self,
        key: tuple[str, str],
        target: ExternalId | None,
        old: object,
        new: object,
        reason: str,
        sku: str,
    ) -> None:
        """Write one field: of the product, or of the variant `target`."""
        fields = self.fields if target is None else self.variants.setdefault(target, {})
        fields[key[1]] = new
        self.lines.append(FieldChange(*key, encode_field(old), encode_field(new), reason, sku))

    def add(self, variant: VariantWrite, source: str, reason: str) -> None:
        """Create a variant; each of its fields is a line under `source`, the key of its origin."""
        self.new.append(variant)
        self.tell(source, variant.fields, reason)

    def tell(self, source: str, fields: ProductFields | VariantFields, reason: str) -> None:
        """A line for each field of something new."""
        sku = getattr(fields, "sku", "")
        for name in fields.__struct_fields__:
            text = encode_field(getattr(fields, name))
            if text:
                self.lines.append(FieldChange(source, name, "", text, reason, sku or ""))

    def change(self, item: ItemId) -> ProductChange | None:
        """The write to a product that exists; None where there is nothing to write."""
        if self.before is None or not self.lines:
            return None
        writes = (VariantWrite(key, VariantFields(**has)) for key, has in self.variants.items())
        return ProductChange(
            item=item,
            sku=label(self.before),
            side=self.side,
            kind=self._kind(),
            write=ProductWrite(
                id=self.before.id,
                fields=ProductFields(**self.fields),
                variants=(*writes, *self.new),
                version=self.before.version,
            ),
            lines=tuple(self.lines),
            reason="; ".join(sorted({f"{line.field}: {line.reason}" for line in self.lines})),
            before=self.before,
        )

    def _kind(self) -> ChangeKind:
        told = [self.fields.get("active"), *(v.get("active") for v in self.variants.values())]
        if False in told:
            return "hide"
        return "show" if True in told else "change"
