"""What the tests of the store put into it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from panstore.model.customer import Customer
from panstore.model.ids import ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.link import Link
from panstore.model.order import Order, OrderLine, OrderStage
from panstore.model.tax import Charged

__all__ = ["MODULE", "NOW", "ROUTE", "later", "link", "order"]

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
ROUTE = RouteId("shop")
MODULE = ModuleCode("S1")


def later(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def link(
    number: int, *, route: RouteId = ROUTE, factor: Decimal | None = Decimal(1), name: str = ""
) -> Link:
    return Link(
        ItemId(f"{name or 'item'}-{number}"),
        route,
        ExternalId(f"E{number}"),
        ExternalId(f"V{number}"),
        factor,
        f"SKU-{number}",
    )


def order(
    id_: str,
    *lines: tuple[str | None, str],
    stage: OrderStage = "open",
    status: str = "new",
    placed_at: dt.datetime = NOW,
) -> Order:
    """An order with lines of (variant, sales units), each charged 12.20."""
    charged = Charged(Decimal("10.00"), Decimal("2.20"), Decimal("12.20"), Decimal(22))
    made = tuple(
        OrderLine(
            ExternalId(str(n)),
            None if variant is None else ExternalId(variant),
            f"SKU of {variant}",
            "a title",
            Decimal(quantity),
            charged,
        )
        for n, (variant, quantity) in enumerate(lines, 1)
    )
    return Order(
        id=ExternalId(id_),
        number=f"W{id_}",
        placed_at=placed_at,
        status=status,
        stage=stage,
        currency="EUR",
        customer=Customer(None, "Ana Novak", "ana@example.si", ""),
        lines=made,
        total=Decimal("12.20") * len(lines),
    )
