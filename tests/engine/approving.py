"""Accounts of a shop and parties of an ERP that have agreements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from panstore.engine.context import Context, Route
from panstore.model.contract import Agreement
from panstore.model.ids import ExternalId, RouteId
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.store.account_links import list_account_links
from panstore.testing.world import Scene
from panstore.testing.world.erp_connector import SimErpConnector
from tests.engine.house import House

__all__ = [
    "SHOP",
    "AgreementHouse",
    "AgreementScene",
    "Partners",
    "linked_pairs",
    "route_of",
    "silence",
]

SHOP = RouteId("shop")


class _AgreementErp(SimErpConnector):
    """An ERP whose parties buy at price lists."""

    lists: dict[ExternalId, str]

    async def agreements(self, parties: Sequence[ExternalId]) -> Sequence[Agreement]:
        def work() -> list[Agreement]:
            found = (self._erp.parties.get(id_) for id_ in parties)
            return [
                Agreement(p.id, _id(title), p.name, title, p.active)
                for p in found
                if p is not None
                for title in [self.lists.get(p.id, "")]
            ]

        return await self._session.call("agreements", f"{len(parties)} parties", work)

    async def contract_prices(self, *_args: Any) -> Sequence[Any]:
        raise AssertionError("nobody asks for prices here")


def _id(title: str) -> ExternalId | None:
    return ExternalId(f"list of {title}") if title else None


class AgreementScene(Scene):
    """A world whose ERP knows agreements."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        id_ = self.erp_connector.id
        self.erp_connector = self.agreeing = _AgreementErp(id_, self.erp, self.faults)
        self.agreeing.lists = {}


class AgreementHouse(House):
    """A house whose route has contract prices."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, contract=(s5, ContractPriceSettings()), **options)


class Partners:
    """A company that buys in the shop and in the ERP.

    Attributes:
        account: of its buyer; colleague: of another one, with an e-mail address of his own.
        party: with an agreement; other: with another one.
    """

    def __init__(self, scene: AgreementScene) -> None:
        self.scene = scene
        accounts, parties = scene.shop.accounts, scene.erp.parties
        self.account = accounts.open(
            "ana@novak.si", name="Ana Novak", company="Novak d.o.o.", vat_id="SI12345679"
        )
        self.colleague = accounts.open("miha@novak.si", name="Miha Novak", vat_id="SI12345679")
        self.party = parties.add("Novak d.o.o.", email="ana@novak.si", vat_id="SI12345679").id
        self.other = parties.add("Kovač s.p.", email="info@kovac.si").id
        self.plain = parties.add("Brez dogovora", email="brez@dogovora.si").id
        scene.agreeing.lists |= {self.party: "Partnerji A", self.other: "Partnerji B"}


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
