"""Some articles of one agreement on their way into a shop that keeps prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from panstore.engine.context import Context, Route
from panstore.engine.limiter import Lane
from panstore.model.change import Mark
from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId, ItemId, ModuleCode
from panstore.model.plan import Held
from panstore.model.price_tiers import PriceTiers
from panstore.sdk.contract_roles import StoreContractPrices
from panstore.sdk.contracts import ContractModule, ContractSettings
from panstore.sdk.errors import RemoteError, UnsupportedError

__all__ = ["TiersBatch", "TiersChange", "TiersResult", "contract_of", "keeper_of"]


@dataclass(frozen=True)
class TiersChange:
    """One absolute write.

    Attributes:
        item: our id; product: the shop's.
        before: what the shop keeps, as far as is known.
        gone: it is taken away because the article is not linked so any more.
        usual: what the shop surely shows everybody, in the terms of the tiers; None if unknown.
    """

    item: ItemId
    product: ExternalId
    before: PriceTiers
    after: PriceTiers
    sku: str
    gone: bool = False
    usual: Decimal | None = None


@dataclass
class TiersResult:
    """What became of the changes; `trouble` ended the run."""

    written: list[TiersChange] = field(default_factory=list)
    refused: list[tuple[TiersChange, Held]] = field(default_factory=list)
    again: list[TiersChange] = field(default_factory=list)
    unknown: list[TiersChange] = field(default_factory=list)
    braked: list[tuple[TiersChange, int]] = field(default_factory=list)
    trouble: RemoteError | None = None


@dataclass
class TiersBatch:
    """What was read and decided.

    Attributes:
        marks: by item; empty for a page of a list.
        thorough: the shop is asked what it keeps, whatever is known.
        changes: what has to be written.
        seen: what was read in the shop and is as it should be.
        fine: items that are in step; held: by item, what people have to mend.
        due: when an item has to be looked at though nothing happens.
        adopted: from an item that is no more to the one that has its product now.
    """

    route: Route
    agreement: ExternalId
    items: Sequence[str]
    lane: Lane
    cause: str
    marks: Mapping[str, Mark] = field(default_factory=dict)
    thorough: bool = False
    title: str = ""
    skus: dict[str, str] = field(default_factory=dict)
    changes: list[TiersChange] = field(default_factory=list)
    seen: list[tuple[ItemId, ExternalId, PriceTiers]] = field(default_factory=list)
    fine: list[ItemId] = field(default_factory=list)
    held: dict[ItemId, Held] = field(default_factory=dict)
    due: list[tuple[ItemId, dt.datetime]] = field(default_factory=list)
    adopted: dict[ItemId, ItemId] = field(default_factory=dict)
    quantities: dict[ItemId, list[Decimal]] = field(default_factory=dict)

    def cause_of(self, item: str) -> str:
        """What made PanStore look."""
        mark = self.marks.get(item)
        return self.cause if mark is None else mark.cause


def contract_of(route: Route) -> tuple[ContractModule, ContractSettings, ModuleCode]:
    """The module that says what buyers with an agreement pay."""
    if route.contract is None:
        raise InvariantError(f"route {route.id} has no contract prices")
    module, settings = route.contract
    return module, settings, module.code


def keeper_of(context: Context, route: Route) -> tuple[StoreContractPrices, int]:
    """The shop as one that keeps prices, or has kept them, and how many it takes at once.

    Raises:
        UnsupportedError: it cannot keep any.
    """
    shop = context.connectors[route.shop]
    if not isinstance(shop, StoreContractPrices):
        raise UnsupportedError(f"connection {route.shop} keeps no contract prices")
    return shop, shop.capabilities.tiers_batch or shop.capabilities.read_batch
