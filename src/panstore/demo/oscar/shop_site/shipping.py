"""How goods reach the buyer."""

from decimal import Decimal
from typing import Any

from oscar.apps.shipping.methods import Base
from oscar.apps.shipping.repository import Repository as OscarRepository
from oscar.core.prices import Price

_CENT = Decimal("0.01")


class Post(Base):  # type: ignore[misc]
    """A parcel by post: 3.90 EUR with 22 % VAT."""

    code = "posta"
    name = "Pošta Slovenije, parcel"
    description = "Delivered to your door in two working days."
    net = Decimal("3.20")
    tax_class, rate = "22", Decimal("0.22")

    def calculate(self, basket: Any) -> Price:
        """The same for every basket."""
        tax = (self.net * self.rate).quantize(_CENT)
        return Price(currency=basket.currency, excl_tax=self.net, tax=tax, tax_code=self.tax_class)


class PickUp(Base):  # type: ignore[misc]
    """The buyer comes to the shop; free."""

    code = "prevzem"
    name = "Pick up in our shop, Ljubljana"
    description = "Ready within two hours on working days. Free of charge."

    def calculate(self, basket: Any) -> Price:
        """Nothing."""
        return Price(
            currency=basket.currency, excl_tax=Decimal("0.00"), tax=Decimal("0.00"), tax_code="22"
        )


class Repository(OscarRepository):  # type: ignore[misc]
    """Both ways for every basket; the post is offered first."""

    methods = (Post(), PickUp())
