"""Values of fields between two systems: when they are equal, and how one becomes the other's."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from panstore.model.product import CategoryPath
from panstore.model.product_plan import Side
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.modules.s3_products.text import one_line, paragraphs, to_html, to_plain
from panstore.sdk.capabilities import Capabilities

__all__ = ["Ways", "is_empty", "other", "split"]


def other(side: Side) -> Side:
    """The side across."""
    return "shop" if side == "erp" else "erp"


def is_empty(value: object) -> bool:
    """Whether nobody has said anything."""
    return value is UNSET or value is None or (isinstance(value, str | tuple) and not value)


class Ways(msgspec.Struct, frozen=True):
    """How both sides of a route keep things."""

    erp: Capabilities
    shop: Capabilities
    settings: ProductSyncSettings

    def of(self, side: Side) -> Capabilities:
        """The traits of one side."""
        return self.erp if side == "erp" else self.shop

    def writable(self, side: Side, field: str) -> bool:
        """Whether the side takes the field at all."""
        return field in self.of(side).product_fields

    def moved(self, side: Side, field: str, now: object, base: object) -> bool:
        """Whether a side holds another value than it did; its own habits do not count."""
        moved: bool = self._shape(side, field, now, None) != self._shape(side, field, base, None)
        return moved

    def equal(self, field: str, erp: object, shop: object, *, loosely: bool = False) -> bool:
        """Whether both sides say the same, as exactly as the coarser of them can.

        Args:
            loosely: the order of pictures does not count: what was written may have come back so.
        """
        digits = min(self.erp.weight_digits, self.shop.weight_digits)
        if field == "categories":
            shop = tuple(self._in_erp(path) for path in _paths(shop))
        ours = self._shape("erp", field, erp, digits)
        theirs = self._shape("shop", field, shop, digits)
        if loosely and field == "images":
            return set(ours) == set(theirs)
        return bool(ours == theirs)

    def carried(self, field: str, value: Any, to: Side, present: Any) -> Any:
        """`value` of the other side as `to` shall keep it.

        Args:
            present: what `to` holds; of several categories with one counterpart the one it has.
        """
        if is_empty(value):
            return value
        if field in {"name", "title", "sku", "gtin", "unit"}:
            return one_line(value)
        if field == "description":
            return self._text(value, to)
        if field == "weight":
            return _rounded(value, self.of(to).weight_digits)
        if field == "categories":
            return self._categories(value, to, _paths(present))
        return value

    def _text(self, value: str, to: Side) -> str:
        comes, goes = self.of(other(to)).html_text, self.of(to).html_text
        if comes == goes:
            return value
        return to_html(value) if goes else to_plain(value)

    def _categories(
        self, value: tuple[CategoryPath, ...], to: Side, present: tuple[CategoryPath, ...]
    ) -> tuple[CategoryPath, ...]:
        if to == "erp":
            return tuple(sorted({self._in_erp(path) for path in value}))
        found: set[CategoryPath] = set()
        for path in value:
            has = {one for one in present if self._in_erp(one) == path}
            table = (
                split(one) for one, erp in self.settings.categories.items() if split(erp) == path
            )
            found |= has or {next(table, path)}
        return tuple(sorted(found))

    def _in_erp(self, path: CategoryPath) -> CategoryPath:
        mapped = {split(shop): split(erp) for shop, erp in self.settings.categories.items()}
        return mapped.get(path, path)

    def _shape(  # noqa: PLR0911 - one for each kind of field
        self, side: Side, field: str, value: Any, digits: int | None
    ) -> Any:
        if is_empty(value):
            return ()
        if field == "description":
            plain = not (self.erp.html_text and self.shop.html_text)
            return paragraphs(to_plain(value) if plain and self.of(side).html_text else value)
        if isinstance(value, str):
            return _number(one_line(value)) if field == "tax" else one_line(value)
        if field == "weight" and digits is not None:
            return _rounded(value, digits)
        if field == "categories":
            return frozenset(_paths(value))
        if field == "images":
            return tuple(image.digest for image in value)
        if field == "attributes":
            return tuple(sorted((one_line(name), one_line(what)) for name, what in value))
        return value


def split(path: str) -> CategoryPath:
    """`A > B` of the settings as a path."""
    return tuple(part.strip() for part in path.split(">") if part.strip())


def _paths(value: Any) -> tuple[CategoryPath, ...]:
    return () if is_empty(value) else tuple(tuple(map(one_line, path)) for path in value)


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _number(text: str) -> object:
    try:
        return Decimal(text)
    except ArithmeticError:
        return text
