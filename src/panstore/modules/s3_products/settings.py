"""Who owns which field of a product, and what becomes of new and of deleted ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from panstore.model.product_fields import PRODUCT_FIELDS, VARIANT_FIELDS
from panstore.model.product_plan import Side
from panstore.sdk import Settings
from panstore.sdk.products import ProductSettings

__all__ = ["DEFAULT_RULES", "MERGED_FIELDS", "FieldRule", "ProductSyncSettings"]

_OWNERS = ("erp", "shop", "both", "off")

MERGED_FIELDS: tuple[str, ...] = (
    *PRODUCT_FIELDS,
    *(name for name in VARIANT_FIELDS if name not in {"active", "price"}),
)
"""Names of the fields that can have a rule; `active` is one for products and for variants."""


class FieldRule(Settings):
    """Who may change a field.

    Attributes:
        owner: `erp` or `shop`: what the other side changes is set back; `both`: what either
            changes is carried over; `off`: the field is left alone.
        conflict: for `both` only, whose value counts where both changed it; `ask` parks both
            values until a person says.
    """

    owner: Literal["erp", "shop", "both", "off"]
    conflict: Literal["erp", "shop", "ask"] = "ask"

    @model_validator(mode="after")
    def _conflict_needs_two(self) -> FieldRule:
        if self.owner != "both" and "conflict" in self.model_fields_set:
            raise ValueError(
                f'conflict = "{self.conflict}" has no meaning with owner = "{self.owner}": only'
                " with both can two changes meet. Take conflict out, or say both"
            )
        return self


def _rule(value: Any) -> Any:
    """A bare word is an owner."""
    if not isinstance(value, str):
        return value
    if value not in _OWNERS:
        raise ValueError(f"`{value}` owns no field; allowed: {', '.join(_OWNERS)}")
    return {"owner": value}


DEFAULT_RULES: Mapping[str, FieldRule] = {
    "name": FieldRule(owner="both"),
    "description": FieldRule(owner="both"),
    # Pictures are chosen where they are seen. Their file names side by side help nobody to decide,
    # and two systems that were filled apart never hold the same bytes: asking would park them all.
    "images": FieldRule(owner="both", conflict="shop"),
    "tax": FieldRule(owner="erp"),
    "unit": FieldRule(owner="erp"),
    "categories": FieldRule(owner="erp"),
    "active": FieldRule(owner="erp"),
    "sku": FieldRule(owner="erp"),
    "gtin": FieldRule(owner="erp"),
    "weight": FieldRule(owner="erp"),
    "attributes": FieldRule(owner="erp"),
    # Systems name variants each in its own way; where a name changes its variants' titles follow.
    "title": FieldRule(owner="off"),
}
"""What counts for fields of which nothing is said."""

_Text = Annotated[str, Field(min_length=1)]


class ProductSyncSettings(ProductSettings):
    """Settings of S3 for one route.

    Attributes:
        first_sync: what happens before the first look at everything was approved: `ask` writes
            nothing until somebody approves the stored plan, `apply` goes on at once.
        create_in: in which systems new products are made; what is new in the other one then
            stays there.
        publish_new: whether a product that is new in the shop can be seen at once; else it waits
            as a draft until the shop's people publish it.
        deletion: what happens to a product or variant when its counterpart is archived or gone:
            taken off sale, or left as it is. Nothing is ever deleted.
        fields: rules by field; those not named keep the rule they have by default.
        categories: category of the shop (`Garden > Hoses`) -> category of the ERP. Those not
            named are the same in both.
        default_unit: of products made in the ERP where the shop says none; none leaves it to the
            ERP.
        default_category: likewise.
        only_tracked: services, of which nobody keeps stock, are not exchanged.
    """

    first_sync: Literal["ask", "apply"] = "ask"
    create_in: tuple[Side, ...] = ("shop", "erp")
    publish_new: bool = False
    deletion: Literal["hide", "leave"] = "hide"
    fields: dict[str, Annotated[FieldRule, BeforeValidator(_rule)]] = Field(default={})
    categories: dict[_Text, _Text] = Field(default={})
    default_unit: _Text | None = None
    default_category: _Text | None = None
    only_tracked: bool = True

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: dict[str, FieldRule]) -> dict[str, FieldRule]:
        for name in fields:
            if name == "price":
                raise ValueError("prices are kept in step by S2; take `price` out of the fields")
            if name not in MERGED_FIELDS:
                raise ValueError(f"there is no field `{name}`; allowed: {', '.join(MERGED_FIELDS)}")
        return fields

    def rule(self, field: str) -> FieldRule:
        """The rule of a field, its own or the default."""
        return self.fields.get(field) or DEFAULT_RULES[field]
