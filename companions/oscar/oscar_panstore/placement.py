"""An order, its addresses and its payments appear together or not at all."""

from typing import Any

from django.db import transaction

from oscar_panstore import contract_prices


class WholeOrderPlacement:
    """Mixin for the shop's `checkout.mixins.OrderPlacementMixin`.

    Oscar commits the order first and its payment sources afterwards; a reader in between, or a
    crash, would see an order without its payment.
    """

    def place_order(self, *args: Any, **kwargs: Any) -> Any:
        """Oscar's own placing, in one transaction, at the prices the buyer was shown."""
        basket = kwargs.get("basket")
        if basket is not None:
            contract_prices.confirm(basket)
        with transaction.atomic():
            return super().place_order(*args, **kwargs)  # type: ignore[misc]
