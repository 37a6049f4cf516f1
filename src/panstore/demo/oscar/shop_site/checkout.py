"""Payment on invoice: nothing to enter, the order carries what is to be paid."""

from typing import Any

from oscar.apps.checkout import views
from oscar.core.loading import get_model

BillingAddress = get_model("order", "BillingAddress")
Source = get_model("payment", "Source")
SourceType = get_model("payment", "SourceType")


class PaymentDetailsView(views.PaymentDetailsView):  # type: ignore[misc]
    """Oscar's last two steps, with the invoice as the one way to pay."""

    def get_billing_address(self, shipping_address: Any) -> Any:
        """The invoice goes where the goods go; the address lives in the order only."""
        if shipping_address is None:
            return None
        billing = BillingAddress()
        shipping_address.populate_alternative_model(billing)
        return billing

    def handle_payment(
        self,
        order_number: str,
        total: Any,
        **kwargs: Any,  # noqa: ARG002 - Oscar passes whatever a payment form asked for
    ) -> None:
        """Note the amount as allocated; it is debited when the invoice is paid."""
        invoice, _ = SourceType.objects.get_or_create(code="invoice", defaults={"name": "Invoice"})
        self.add_payment_source(
            Source(
                source_type=invoice,
                currency=total.currency,
                amount_allocated=total.incl_tax,
                reference=f"Order {order_number}",
            )
        )
