"""An order, its addresses and its payments appear together or not at all."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect

from oscar_panstore import conf, shown_prices


class WholeOrderPlacement:
    """Mixin for the shop's `checkout.mixins.OrderPlacementMixin`.

    Oscar commits the order first and its payment sources afterwards; a reader in between, or a
    crash, would see an order without its payment.
    """

    def place_order(self, *args: Any, **kwargs: Any) -> Any:
        """Oscar's own placing, in one transaction, at the prices the buyer was shown."""
        # Oscar's own callers name every argument; the basket is the third.
        basket = kwargs["basket"] if "basket" in kwargs else args[2]
        # What was paid for in this request is ordered at the prices that were paid.
        sure = shown_prices.is_confirmed(basket)
        inside = conf.keeps_prices()
        if not inside and not sure:
            shown_prices.confirm(basket)
        with transaction.atomic():
            if inside and not sure:
                shown_prices.confirm(basket)
            return super().place_order(*args, **kwargs)  # type: ignore[misc]


class PricesBeforePayment:
    """Mixin for the shop's `checkout.views.PaymentDetailsView`.

    Oscar takes the payment first and places the order afterwards; what is refused only then has
    been paid for.
    """

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        """Oscar's own submission, unless a buyer's price is not the one he was shown."""
        basket = kwargs["basket"] if "basket" in kwargs else args[1]
        try:
            shown_prices.confirm_before_payment(basket)
        except shown_prices.PriceChangedError as changed:
            paying = kwargs.get("payment_kwargs") or {}
            return self.render_preview(  # type: ignore[attr-defined]
                self.request,  # type: ignore[attr-defined]
                error=str(changed),
                **paying,
            )
        return super().submit(*args, **kwargs)  # type: ignore[misc]

    def render_preview(self, request: Any, **kwargs: Any) -> Any:
        """Oscar's own page; of a basket without a total the basket's page says what to do."""
        if not shown_prices.without_price(request.basket):
            return super().render_preview(request, **kwargs)  # type: ignore[misc]
        if kwargs.get("error"):
            messages.warning(request, kwargs["error"])
        return redirect("basket:summary")
