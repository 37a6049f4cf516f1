"""The part of the binding that is about what parties have agreed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from panstore.model.ids import ExternalId
from panstore.testing.suites import ListLine
from tests.connectors.tryton.office import Office
from tests.connectors.tryton.price_people import PricePeople

__all__ = ["TrytonAgreements"]


class TrytonAgreements:
    """Hands on to the sales managers; ids of categories are `category:` and Tryton's."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.prices = PricePeople(office)

    async def add_list(self, *lines: ListLine) -> ExternalId:
        return ExternalId(str(await asyncio.to_thread(self.prices.add_list, lines)))

    async def change_list(self, price_list: ExternalId, *lines: ListLine) -> None:
        await asyncio.to_thread(self.prices.change_list, int(price_list), lines)

    async def agree(self, party: ExternalId, price_list: ExternalId | None) -> None:
        await asyncio.to_thread(self.prices.agree, int(party), _number(price_list))

    async def set_default_list(self, price_list: ExternalId | None) -> ExternalId | None:
        before = await asyncio.to_thread(self.prices.set_default_list, _number(price_list))
        return None if before is None else ExternalId(str(before))

    async def retire_party(self, party: ExternalId) -> None:
        await asyncio.to_thread(lambda: self.office.write("party.party", int(party), active=False))

    async def add_category(self, name: str, *variants: ExternalId) -> ExternalId:
        products = [int(id_) for id_ in variants]
        made = await asyncio.to_thread(self.prices.add_category, name, products)
        return ExternalId(f"category:{made}")

    async def set_cost(self, id_: ExternalId, cost: Decimal) -> None:
        await asyncio.to_thread(self.prices.set_cost, int(id_), cost)

    async def sale_prices(
        self, party: ExternalId, wanted: Sequence[tuple[ExternalId, Decimal]]
    ) -> Sequence[Decimal | None]:
        goods = [(int(id_), quantity) for id_, quantity in wanted]
        return await asyncio.to_thread(self.prices.sale_prices, int(party), goods)


def _number(id_: ExternalId | None) -> int | None:
    return None if id_ is None else int(id_)
