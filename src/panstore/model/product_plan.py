"""What S3 wants to do with a product, field by field; a value that can be shown and stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from panstore.model.ids import ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.plan import Held, OutcomeState
from panstore.model.product import Product, ProductWrite

__all__ = [
    "ChangeKind",
    "FieldChange",
    "FieldConflict",
    "FieldDecision",
    "FieldKey",
    "ProductBase",
    "ProductChange",
    "ProductLink",
    "ProductOutcome",
    "ProductPlan",
    "Side",
]

Side = Literal["erp", "shop"]
"""Which of the two systems of a route."""

ChangeKind = Literal["create", "change", "hide", "show"]
"""`hide` takes something off sale, `show` brings it back; both may change other fields as well."""

FieldKey = tuple[str, str]
"""The ERP's id of the variant (the shop's, written `shop:ID`, where the ERP has none), empty for
the product itself; and the name of the field."""


class ProductLink(msgspec.Struct, frozen=True):
    """A product of a route, on one side or on both.

    Attributes:
        item: our own id.
        erp, shop: ids of the product in both systems; None where it is not (yet).
        label: code or name for people.
    """

    item: ItemId
    route: RouteId
    erp: ExternalId | None
    shop: ExternalId | None
    label: str = ""


class ProductBase(msgspec.Struct, frozen=True):
    """The last common state: each field as both systems held it when they last agreed on it.

    The two need not be equal: a shop that rounds weights holds another weight for the same one.
    """

    erp: Product
    shop: Product


class FieldChange(msgspec.Struct, frozen=True):
    """One field of a change, for people, for the audit and for undo.

    Attributes:
        variant: first part of the field's key.
        old, new: canonical text (`panstore.model.product_fields.encode_field`); `old` is empty
            where the field or its record did not exist.
        reason: for people, why.
        sku: of the variant, or of the first one.
    """

    variant: str
    field: str
    old: str
    new: str
    reason: str
    sku: str = ""


class ProductChange(msgspec.Struct, frozen=True):
    """One write to one side, with its fields spelled out.

    Attributes:
        item: our id of the product.
        sku: label for people.
        before: as the side held it when the plan was made; None for `create`.
    """

    item: ItemId
    sku: str
    side: Side
    kind: ChangeKind
    write: ProductWrite
    lines: tuple[FieldChange, ...]
    reason: str
    before: Product | None = None


class FieldConflict(msgspec.Struct, frozen=True):
    """A field both sides changed since they last agreed, for which a person shall decide.

    Attributes:
        variant, field: its key.
        erp, shop: canonical texts of both values.
        sku: label for people.
    """

    item: ItemId
    variant: str
    field: str
    erp: str
    shop: str
    sku: str = ""


class FieldDecision(msgspec.Struct, frozen=True):
    """What a person said about a conflict.

    Attributes:
        take: whose value is written to the other side.
        erp, shop: canonical texts he saw; where one is another by now the word counts no more.
    """

    variant: str
    field: str
    take: Side
    erp: str
    shop: str


class ProductPlan(msgspec.Struct, frozen=True):
    """What S3 wants to do.

    Attributes:
        changes: at most one per item and side.
        unchanged: items looked at with nothing to write.
        held: items (or parts of them) to park; one item may be held and changed.
        conflicts: fields of held items that wait for a person.
        open: by item, fields on which the sides do not agree now: their base stays as it was.
    """

    route: RouteId
    module: ModuleCode
    changes: tuple[ProductChange, ...] = ()
    unchanged: tuple[ItemId, ...] = ()
    held: tuple[Held, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()
    open: Mapping[ItemId, frozenset[FieldKey]] = {}


class ProductOutcome(msgspec.Struct, frozen=True):
    """What became of one write.

    Attributes:
        product: as the system now holds it (`done`). Its id may be another than the one written
            to: a single article that got a second variant.
        code, message: why it was refused, in the system's words. `changed_meanwhile`: read again.
        taken: id of the product that holds the code already (`sku_taken`).
    """

    state: OutcomeState
    product: Product | None = None
    code: str = ""
    message: str = ""
    taken: ExternalId | None = None
