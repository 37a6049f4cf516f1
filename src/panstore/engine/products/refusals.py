"""What people are told of a product that a system does not take."""

from __future__ import annotations

from msgspec import UNSET

from panstore.model.errors import sentence
from panstore.model.plan import Held
from panstore.model.product import Product
from panstore.model.product_plan import ProductChange, Side
from panstore.store.items import sku_key

__all__ = ["codes_written", "refusal", "side_words", "unlike"]

_REMEDY = {
    "sku_taken": "Give one of the two another code, or link them with `panstore links set`.",
    "gtin_taken": "Correct the EAN of one of the two.",
    "unknown_tax": "Set up this VAT rate there, or give the product one that it knows.",
    "unknown_unit": "Set up this unit there, or say in the module's settings which one to use.",
    "too_long": "Shorten it.",
}


def side_words(side: Side) -> str:
    """The system, for people."""
    return "the ERP" if side == "erp" else "the shop"


def refusal(change: ProductChange, code: str, what: str) -> Held:
    """Why a change was not written and what to do."""
    remedy = _REMEDY.get(code, "Mend the record in the shop or the ERP, then retry.")
    where = side_words(change.side)
    return Held(
        item=change.item,
        code=code if code.startswith(("product.", "write.")) else f"product.{code}",
        reason=f"{where.capitalize() if where.islower() else where[0].upper() + where[1:]} refused "
        f"{change.sku or change.item}: {sentence(what or code)} It was left as it is there; the "
        f"rest went on. {remedy}",
        sku=change.sku,
    )


def codes_written(change: ProductChange) -> set[str]:
    """Article codes that the change gives to variants, in the form in which they are compared."""
    return {
        sku_key(one.fields.sku)
        for one in change.write.variants
        if one.fields.sku is not UNSET and one.fields.sku
    }


def unlike(change: ProductChange, holder: Product) -> bool:
    """Whether none of the codes to be written is one that the other product holds."""
    held = {sku_key(one.fields.sku) for one in holder.variants if one.fields.sku is not UNSET}
    return not (codes_written(change) & held)
