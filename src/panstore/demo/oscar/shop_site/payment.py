"""The ways to pay: what a buyer is told, and what the order then says of the money."""

from dataclasses import dataclass
from typing import Any

from oscar.core.loading import get_model

Source = get_model("payment", "Source")
SourceType = get_model("payment", "SourceType")


@dataclass(frozen=True)
class Method:
    """One way to pay.

    Attributes:
        code: What the form sends.
        name: What the order keeps, and PanStore reads as the method.
        label: What the buyer chooses.
        text: What the buyer is told.
        at_once: Whether the money is there when the order is placed.
    """

    code: str
    name: str
    label: str
    text: str
    at_once: bool = False


METHODS = (
    Method("invoice", "Invoice", "On invoice", "Sent by e-mail, to be paid within 8 days."),
    Method(
        "card",
        "Card",
        "Card (demo)",
        "Charged at once; no card is asked for, as this is a demo.",
        at_once=True,
    ),
    Method(
        "transfer",
        "Bank transfer",
        "Bank transfer in advance",
        "We send the goods when the money has arrived.",
    ),
    Method("cod", "Cash on delivery", "Cash on delivery", "Paid to the postman; 1.50 EUR more."),
)
CASH_ON_DELIVERY = "cod"


def method(code: str | None) -> Method:
    """The method of that code, the first one where nothing was chosen yet."""
    return next((one for one in METHODS if one.code == code), METHODS[0])


def source(chosen: Method, order_number: Any, total: Any) -> Any:
    """An unsaved payment source over the whole amount.

    Args:
        chosen: How the buyer pays.
        order_number: What the buyer will see printed.
        total: Oscar's price with currency and `incl_tax`.
    """
    kind, _ = SourceType.objects.get_or_create(code=chosen.code, defaults={"name": chosen.name})
    made = Source(
        source_type=kind,
        currency=total.currency,
        amount_allocated=total.incl_tax,
        reference=f"Order {order_number}",
    )
    if chosen.at_once:
        made.amount_debited = total.incl_tax
        made.reference = f"demo-card-{order_number}"
        made.create_deferred_transaction(
            "Debit", total.incl_tax, reference=made.reference, status="Accepted"
        )
    return made
