"""What an order costs beside goods and shipping."""

from decimal import Decimal
from typing import Any

from oscar.apps.checkout.applicator import SurchargeApplicator as OscarSurchargeApplicator
from oscar.apps.checkout.surcharges import BaseSurcharge
from oscar.apps.checkout.utils import CheckoutSessionData
from oscar.core.prices import Price

from shop_site.payment import CASH_ON_DELIVERY


class CashOnDelivery(BaseSurcharge):  # type: ignore[misc]
    """What the post takes for bringing the money: 1.50 EUR with 22 % VAT."""

    name = "Cash on delivery"
    code = "cod"

    def calculate(self, basket: Any, **kwargs: Any) -> Price:
        """The same for every basket."""
        del kwargs
        return Price(
            currency=basket.currency,
            excl_tax=Decimal("1.23"),
            tax=Decimal("0.27"),
            tax_code="22",
        )


class SurchargeApplicator(OscarSurchargeApplicator):  # type: ignore[misc]
    """A fee for one way to pay."""

    def get_surcharges(self, basket: Any, **kwargs: Any) -> tuple[BaseSurcharge, ...]:
        """By what the buyer has chosen in this checkout."""
        del basket, kwargs
        if not hasattr(self.request, "session"):
            return ()
        chosen = CheckoutSessionData(self.request).payment_method()
        return (CashOnDelivery(),) if chosen == CASH_ON_DELIVERY else ()
