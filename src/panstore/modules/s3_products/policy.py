"""Whose value of a field counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from panstore.model.product_fields import encode_field
from panstore.model.product_plan import FieldDecision, FieldKey, Side
from panstore.modules.s3_products.settings import FieldRule
from panstore.modules.s3_products.values import Ways, is_empty, other

__all__ = ["SAID", "Cell", "Verdict", "decide"]

SAID: dict[Side, str] = {"erp": "the ERP", "shop": "the shop"}
"""The sides, for people."""


class Cell(msgspec.Struct, frozen=True):
    """One field on both sides, now and when they last agreed (UNSET: they never did)."""

    key: FieldKey
    erp: Any
    shop: Any
    erp_base: Any = UNSET
    shop_base: Any = UNSET

    def of(self, side: Side) -> Any:
        """What the side holds now."""
        return self.erp if side == "erp" else self.shop

    def base(self, side: Side) -> Any:
        """What the side held when both last agreed."""
        return self.erp_base if side == "erp" else self.shop_base


class Verdict(msgspec.Struct, frozen=True):
    """What becomes of one field.

    Attributes:
        to: the side that shall have the other one's value; None writes nothing.
        agreed: whether its base goes on; a field that is asked about or left out keeps the old one.
        ask: a person shall decide.
    """

    to: Side | None = None
    reason: str = ""
    agreed: bool = True
    ask: bool = False


_SAME = Verdict()
_OPEN = Verdict(agreed=False)
_ASK = Verdict(agreed=False, ask=True)


def decide(  # noqa: PLR0911 - one line for each rule
    cell: Cell, rule: FieldRule, ways: Ways, decisions: Sequence[FieldDecision] = ()
) -> Verdict:
    """Whose value counts; see the module's README for the rules in words."""
    if rule.owner == "off" or cell.erp is UNSET or cell.shop is UNSET:
        return _OPEN
    if cell.key[1] == "active":
        return _active(cell, rule, ways)
    field = cell.key[1]
    never = cell.erp_base is UNSET or cell.shop_base is UNSET
    moved: list[Side] = [] if never else _moved(cell, ways)
    if not never and not moved:
        return _SAME
    if ways.equal(field, cell.erp, cell.shop, loosely=len(moved) != 1):
        return _SAME
    if never and is_empty(cell.erp) != is_empty(cell.shop):
        has: Side = "shop" if is_empty(cell.erp) else "erp"
        # An owner with nothing to say takes nothing from the other: nothing is emptied unseen.
        allowed = rule.owner in {"both", has}
        return Verdict(other(has), f"only {SAID[has]} has it") if allowed else _OPEN
    if rule.owner in {"erp", "shop"}:
        return _owned(rule, moved)
    if len(moved) == 1:
        return Verdict(other(moved[0]), f"changed in {SAID[moved[0]]}")
    return _clash(cell, rule, decisions)


def _moved(cell: Cell, ways: Ways) -> list[Side]:
    sides: tuple[Side, ...] = ("erp", "shop")
    return [s for s in sides if ways.moved(s, cell.key[1], cell.of(s), cell.base(s))]


def _owned(rule: FieldRule, moved: Sequence[Side]) -> Verdict:
    owner: Side = "erp" if rule.owner == "erp" else "shop"
    to = other(owner)
    if not moved:
        return Verdict(to, f"both differ, and {SAID[owner]} owns it")
    if owner in moved:
        return Verdict(to, f"changed in {SAID[owner]}")
    return Verdict(to, f"set back: {SAID[owner]} owns it, it was changed in {SAID[to]}")


def _clash(cell: Cell, rule: FieldRule, decisions: Sequence[FieldDecision]) -> Verdict:
    if rule.conflict != "ask":
        winner: Side = rule.conflict
        return Verdict(other(winner), f"both changed it, and {SAID[winner]} wins by its rule")
    seen = (*cell.key, encode_field(cell.erp), encode_field(cell.shop))
    for one in decisions:
        if (one.variant, one.field, one.erp, one.shop) == seen:
            return Verdict(other(one.take), f"a person decided for {SAID[one.take]}")
    return _ASK


def _active(  # noqa: PLR0911 - one line for each rule
    cell: Cell, rule: FieldRule, ways: Ways
) -> Verdict:
    """Off sale wins where nobody can tell; what a side's own people hid is not shown by us."""
    if ways.settings.deletion == "leave":
        return _OPEN
    moved = [] if cell.erp_base is UNSET or cell.shop_base is UNSET else _moved(cell, ways)
    if cell.erp == cell.shop:
        # Hidden here while it was hidden there already: it was not we who hid it there.
        ours = len(moved) != 1 or cell.base(moved[0]) is not True
        return _SAME if ours or rule.owner == "both" else _OPEN
    shown: Side = "erp" if cell.erp else "shop"
    hidden = other(shown)
    never = cell.erp_base is UNSET or cell.shop_base is UNSET
    if never:
        # The first look never shows anything; it hides in the shop what the ERP has archived.
        hides = hidden == rule.owner or (rule.owner == "both" and hidden == "erp")
        return Verdict(shown, f"off sale in {SAID[hidden]}") if hides else _SAME
    if not moved:
        return _SAME
    if rule.owner == "both":
        if moved == [shown]:
            return Verdict(hidden, f"on sale again in {SAID[shown]}")
        return Verdict(shown, f"taken off sale in {SAID[hidden]}")
    if rule.owner == hidden:
        return Verdict(shown, f"off sale in {SAID[hidden]}")
    # The owner sells it. It is shown again only where its being hidden was the owner's doing.
    if moved == [shown]:
        return Verdict(hidden, f"on sale again in {SAID[shown]}")
    return _SAME
