"""Accounts of a shop and parties of an ERP that have agreements."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from panstore.engine.context import Context, Route
from panstore.model.ids import ExternalId, RouteId
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.store.account_links import list_account_links
from panstore.testing.world import Scene
from tests.engine.house import House

__all__ = [
    "SHOP",
    "AgreementHouse",
    "Partners",
    "linked_pairs",
    "route_of",
    "silence",
]

SHOP = RouteId("shop")


class AgreementHouse(House):
    """A house whose route has contract prices."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, contract=(s5, ContractPriceSettings()), **options)


class Partners:
    """A company that buys in the shop and in the ERP.

    Attributes:
        account: of its buyer; colleague: of another one, with an e-mail address of his own.
        party: with an agreement, 10 % off everything; other: with another one; plain: with none.
        list: the party's agreement.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        accounts, parties = scene.shop.accounts, scene.erp.parties
        self.account = accounts.open(
            "ana@novak.si", name="Ana Novak", company="Novak d.o.o.", vat_id="SI12345679"
        )
        self.colleague = accounts.open("miha@novak.si", name="Miha Novak", vat_id="SI12345679")
        self.party = parties.add("Novak d.o.o.", email="ana@novak.si", vat_id="SI12345679").id
        self.other = parties.add("Kovač s.p.", email="info@kovac.si").id
        self.plain = parties.add("Brez dogovora", email="brez@dogovora.si").id
        self.list, other = ExternalId("L1"), ExternalId("L2")
        scene.erp.titles |= {self.list: "Partnerji A", other: "Partnerji B"}
        scene.erp.set_agreement(self.party, self.list)
        scene.erp.set_agreement(self.other, other)
        scene.erp.set_reduction(self.list, Decimal(10))


def route_of(house: House) -> tuple[Context, Route]:
    """The engine's world and its only route."""
    context = house.engine.context
    return context, context.routes[SHOP]


async def linked_pairs(house: House) -> dict[str, str]:
    """Which account buys for which party."""
    rows = await house.store.read(lambda c: list_account_links(c, SHOP))
    return {one.account: one.party for one in rows}


def silence(house: House) -> None:
    """Neither shop nor ERP answers."""
    now = house.clock.now()
    for name in ("erp", "shop"):
        house.scene.faults.down(name, now, now + dt.timedelta(hours=1))
