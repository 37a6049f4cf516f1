"""Choosing how to pay, and what the order then carries of it."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from oscar.apps.checkout import views
from oscar.core.loading import get_model
from oscar_panstore.placement import PricesBeforePayment

from shop_site import payment

BillingAddress = get_model("order", "BillingAddress")


class PaymentDetailsView(PricesBeforePayment, views.PaymentDetailsView):  # type: ignore[misc]
    """Oscar's last two steps, with a few ways to pay that need nothing to be entered."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the methods and the one chosen."""
        return {
            **super().get_context_data(**kwargs),
            "payment_methods": payment.METHODS,
            "payment_method": self._chosen(),
        }

    def handle_payment_details_submission(self, request: Any) -> HttpResponse:
        """Keep the choice and show the order."""
        chosen = payment.method(request.POST.get("payment_method"))
        self.checkout_session.pay_by(chosen.code)
        return redirect("checkout:preview")

    def get_billing_address(self, shipping_address: Any) -> Any:
        """The invoice goes to the account's own address, else where the goods go.

        The address lives in the order only.
        """
        known = self.get_default_billing_address() or shipping_address
        if known is None:
            return None
        billing = BillingAddress()
        known.populate_alternative_model(billing)
        return billing

    def handle_payment(
        self,
        order_number: str,
        total: Any,
        **kwargs: Any,  # noqa: ARG002 - Oscar passes whatever a payment form asked for
    ) -> None:
        """Note how it is paid; what is not paid at once is allocated only."""
        chosen = self._chosen()
        self.add_payment_source(payment.source(chosen, order_number, total))
        if chosen.at_once:
            self.add_payment_event("Paid", total.incl_tax)

    def send_order_placed_email(self, order: Any) -> None:
        """Oscar's own mail; a mail server that is down is no reason to call the order failed."""
        send = super().send_order_placed_email
        transaction.on_commit(lambda: send(order), robust=True)

    def _chosen(self) -> payment.Method:
        return payment.method(self.checkout_session.payment_method())
