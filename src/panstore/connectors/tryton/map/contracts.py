"""Agreements and their prices from the companion's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal

from panstore.connectors.tryton.map.goods import tax_rates
from panstore.connectors.tryton.map.rows import external, number_of
from panstore.connectors.tryton.wire_contracts import (
    AgreementRow,
    ContractPriceRow,
    PriceBreaksRow,
)
from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.ids import ExternalId

__all__ = ["agreement", "contract_prices", "price_breaks", "price_lines"]

_EXACT = Context(prec=15)
"""Tryton's quantities have no more digits than survive the way there and back."""


def agreement(row: AgreementRow) -> Agreement:
    """At which list a party buys."""
    return Agreement(
        party=external(row.party),
        id=None if row.price_list is None else external(row.price_list),
        name=(row.name or "").strip(),
        title=(row.price_list_name or "").strip(),
        active=row.active,
    )


def price_lines(wishes: Iterable[PriceWish]) -> list[dict[str, object]]:
    """The question for `contract_prices`; what cannot be a product of Tryton's is left out."""
    return [
        {"product": product, "quantity": quantity}
        for product, quantity in map(_place, wishes)
        if product is not None
    ]


def contract_prices(
    wishes: Sequence[PriceWish], rows: Iterable[ContractPriceRow]
) -> Iterator[ContractPrice]:
    """The answer to each wish that has one, in the order of the wishes."""
    found = {(row.product, row.quantity): row for row in rows}
    for wish in wishes:
        product, quantity = _place(wish)
        row = None if product is None else found.get((product, quantity))
        if row is not None:
            yield _price(wish, row)


def price_breaks(
    rows: Iterable[PriceBreaksRow],
) -> dict[ExternalId, tuple[Decimal, ...]]:
    """Quantities from which another price may hold, ascending, by variant."""
    return {external(row.product): tuple(sorted({*row.quantities})) for row in rows}


def _place(wish: PriceWish) -> tuple[int | None, Decimal]:
    return number_of(wish.variant), _EXACT.plus(wish.quantity)


def _price(wish: PriceWish, row: ContractPriceRow) -> ContractPrice:
    failed = row.error is not None
    return ContractPrice(
        variant=wish.variant,
        quantity=wish.quantity,
        amount=None if failed else row.price,
        usual=row.list_price,
        currency=row.currency,
        cost=row.cost,
        includes_tax=False,
        tax_rates=tax_rates(row.taxes),
        valid_until=row.valid_until,
        problem=(row.error or "Tryton could not compute it") if failed else "",
    )
