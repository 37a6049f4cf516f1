"""A shop that keeps contract prices, with the real module in the simulated world."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from panstore.engine.contracts.accounts import link, unlink
from panstore.engine.contracts.quotes import quote
from panstore.model.contract import QuoteLine, QuoteRequest
from panstore.model.ids import ExternalId
from panstore.model.price_tiers import PriceTier
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.store.audit import latest
from panstore.store.tables import marks
from panstore.testing.world import Scene
from panstore.testing.world.history import Call
from tests.engine.house import S1, S2, House
from tests.engine.two_lists import LIST, OTHER_LIST, S5, SHOP, TwoLists

__all__ = ["LIST", "OTHER_LIST", "S5", "SHOP", "Pushing"]


class Pushing(TwoLists):
    """A shop that keeps prices, with an account for each of the two parties.

    Attributes:
        account, second: of the shop, for `party` and `other`.
    """

    def __init__(self, scene: Scene, house: House) -> None:
        super().__init__(scene, house)
        self.second = scene.shop.accounts.open("eva@kovac.example")

    @classmethod
    async def open(
        cls,
        make: Callable[..., House],
        *,
        goods: int = 3,
        tiers_batch: int = 50,
        linked: bool = True,
        options: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Pushing:
        """Both accounts are linked, unless not wanted, and all is quiet."""
        scene = cls.scene_of(goods, tiers_batch=tiers_batch)
        contract = (s5, ContractPriceSettings(**settings))
        given = {"modules": frozenset({S1, S2}), "contract": contract}
        house = make(scene, **given | (options or {}))
        world = cls(scene, house)
        await house.open()
        await house.settle()
        if linked:
            await world.link(world.account, world.party)
            await world.link(world.second, world.other)
            await house.settle()
        return world

    async def link(
        self, account: ExternalId, party: ExternalId, expected: ExternalId | None = None
    ) -> None:
        """A person approves."""
        await link(self.context, self.route, account, party, by="a test", expected=expected)

    async def unlink(self, account: ExternalId) -> None:
        """A person takes it back."""
        await unlink(self.context, self.route, account, by="a test")

    def usual(self, product: ExternalId) -> Decimal | None:
        """What the shop shows everybody."""
        target = self.scene.shop.prices.get(product)
        return None if target is None else target.amount

    def charged(self, account: ExternalId, good: int = 0, quantity: int = 1) -> Decimal | None:
        """What the shop charges an account for one sales unit now; None: not for sale to it."""
        product = self.goods[good]
        usual = self.usual(product)
        return self.scene.shop.tiers.charges(
            account, product, Decimal(quantity), usual, self.house.clock.now()
        )

    def tiers(self, good: int = 0, by: ExternalId = LIST) -> tuple[PriceTier, ...]:
        """What the shop keeps of an article."""
        kept = self.scene.shop.tiers.kept.get((by, self.goods[good]))
        return () if kept is None else kept.tiers

    def calls(self, operation: str) -> list[Call]:
        """What the shop was asked to do."""
        return self.calls_of("shop", operation)

    def written(self) -> int:
        """How many rows of prices the shop was told to keep."""
        return sum(int(one.summary.split(", ")[1].split()[0]) for one in self.calls("write_tiers"))

    async def marks(self) -> list[str]:
        """Keys that wait, now or later."""

        def read(connection: sa.Connection) -> list[str]:
            found = connection.execute(sa.select(marks.c.key).where(marks.c.module == S5))
            return sorted(found.scalars())

        return await self.house.store.read(read)

    async def audit(self, outcome: str = "written") -> list[str]:
        """Keys of what S5 did."""
        rows = await self.house.store.read(lambda c: latest(c, limit=10_000))
        return [one.key for one in rows if (one.module, one.outcome) == (S5, outcome)]

    async def wrong(self, quantities: range = range(1, 31)) -> list[str]:
        """Where the shop charges something else than the price service says."""
        found: list[str] = []
        for account in (self.account, self.second):
            for good, product in enumerate(self.goods):
                lines = [QuoteLine(product=product, quantity=Decimal(n)) for n in quantities]
                answer = await quote(
                    self.context, self.route, QuoteRequest(account=account, lines=tuple(lines))
                )
                usual = self.usual(product)
                for place, quantity in enumerate(quantities):
                    said = usual
                    if answer.contract:
                        offer = answer.lines[place].offer
                        said = {"agreed": offer.amount, "usual": usual}.get(offer.state)
                    charged = self.charged(account, good, quantity)
                    if charged != said:
                        found.append(f"{account} {quantity} x {product}: {charged}, not {said}")
        await self.context.contracts.written()
        return found
