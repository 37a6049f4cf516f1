"""What only a person can decide about an order that is in the ERP, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from panstore.model.ids import ExternalId
from panstore.model.plan import Held
from panstore.model.quantity import plain
from panstore.modules.s4_orders.documents import Document
from panstore.sdk.modules import OrderCase

__all__ = [
    "cancelled_after_shipping",
    "cancelled_but_invoiced",
    "cancelled_but_packed",
    "changed_in_the_erp",
    "no_difference",
    "parcel_is_lost",
    "sale_is_gone",
    "undone_in_the_erp",
]


def sale_is_gone(case: OrderCase, document: Document) -> Held:
    """The ERP does not have a sale of ours any more."""
    return _held(
        case,
        "order.sale_gone",
        f"sale {document.fact.number} was made for it, but the ERP does not have that sale any"
        " more. PanStore made no other one, because the goods might be delivered twice",
        "Restore the sale in the ERP, then retry; or skip the order and look after it by hand",
    )


def undone_in_the_erp(case: OrderCase, document: Document) -> Held:
    """Somebody has cancelled a sale in the ERP; the shop's order lives."""
    return _held(
        case,
        "order.erp_cancelled",
        f"sale {document.fact.number} was cancelled in the ERP, and the order still stands in the"
        " shop. PanStore does not make it again and did not change the shop's order",
        "Cancel or refund the order in the shop; or skip it if that is settled otherwise",
    )


def cancelled_after_shipping(case: OrderCase, living: Sequence[Document]) -> Held:
    """Cancelled in the shop, but goods are on their way."""
    return _held(
        case,
        "order.cancelled_shipped",
        f"it was cancelled in the shop, but goods of {_names(living)} have left already. PanStore"
        " left the sale as it is, because nobody knows whether the goods come back",
        "When they do, refund the order in the shop: the return is then booked by itself. Or skip"
        " the order and book it in the ERP by hand",
    )


def cancelled_but_packed(case: OrderCase, living: Sequence[Document]) -> Held:
    """Nothing is to be delivered, but a parcel stands ready."""
    return _held(
        case,
        "order.cancelled_packed",
        f"nothing of it is to be delivered any more, but goods of {_names(living)} are packed in"
        " the ERP. PanStore left the sale as it is: stop the parcel",
        "Unpack the goods in the ERP and PanStore cancels the sale by itself",
    )


def cancelled_but_invoiced(case: OrderCase, living: Sequence[Document]) -> Held:
    """Nothing is to be delivered, but an invoice stands in the books."""
    numbers = ", ".join(
        invoice.number
        for one in living
        if one.sale is not None
        for invoice in one.sale.standing_invoices
    )
    return _held(
        case,
        "order.cancelled_invoiced",
        f"nothing of it is to be delivered any more, but invoice {numbers} of {_names(living)}"
        " stands in the books. PanStore left the sale as it is until the invoice is credited",
        "Switch on P1, which credits it; or credit it in the ERP: the sale is then cancelled by"
        " itself",
    )


def changed_in_the_erp(case: OrderCase, living: Sequence[Document]) -> Held:
    """Both sides were changed, and PanStore does not know what the ERP's people meant."""
    shown = "; ".join(
        f"sale {one.fact.number} was made with {plain(one.booked.total)} and stands at"
        f" {plain(one.sale.total)} {one.sale.currency}"
        for one in living
        if one.changed and one.booked is not None and one.sale is not None
    )
    return _held(
        case,
        "order.erp_changed",
        f"it was changed in the shop after somebody had changed it in the ERP ({shown}). PanStore"
        " changed nothing, because it would undo what was done there",
        "Enter the shop's change in the ERP by hand and skip the order here; or set the sale back"
        " to what it was, then retry",
    )


def parcel_is_lost(
    case: OrderCase, living: Sequence[Document], lost: Mapping[ExternalId, Decimal]
) -> Held:
    """Somebody has cancelled a parcel in the ERP; the sale and the shop's order live."""
    skus = {link.erp: link.sku for link in case.links.values()}
    goods = ", ".join(
        f"{plain(quantity)} x {skus.get(product, product)}" for product, quantity in lost.items()
    )
    return _held(
        case,
        "order.parcel_lost",
        f"a parcel of {_names(living)} was cancelled in the ERP, and the order lives: {goods}"
        " are promised to the buyer, and the ERP holds them for nobody. PanStore keeps them off"
        " sale",
        "Make the parcel anew in the ERP (Handle Shipment Exception): the order then goes on by"
        " itself. Or cancel or refund in the shop what will not be delivered",
    )


def no_difference(case: OrderCase, why: str, due: Decimal | None = None) -> Held:
    """What has changed since the sale cannot be booked to the cent."""
    amount = "" if due is None else f" of {plain(due)} {case.order.currency}"
    return _held(
        case,
        "order.difference",
        f"it was changed or refunded after its goods had left or its invoice had been issued, and"
        f" the difference{amount} could not be booked: {why}. PanStore booked nothing of the"
        " change; the sale stands as it was",
        "Book the return or the supplement in the ERP by hand and skip the order here",
    )


def _names(living: Sequence[Document]) -> str:
    numbers = ", ".join(one.fact.number or one.key for one in living)
    return f"sale {numbers}"


def _held(case: OrderCase, code: str, what: str, remedy: str) -> Held:
    return Held(
        item=case.order.id,
        code=code,
        reason=f"Order {case.order.number}: {what}. {remedy}.",
    )
