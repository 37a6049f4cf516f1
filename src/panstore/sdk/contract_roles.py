"""Roles around contract prices: accounts of a shop, agreements of an ERP.

As with `panstore.sdk.roles`, methods are coroutines unless said otherwise and every failure is one
of `panstore.sdk.errors`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol, runtime_checkable

import msgspec

from panstore.model.contract import Account, Agreement, ContractPrice, PriceWish
from panstore.model.ids import ExternalId
from panstore.model.price_tiers import Buyer, BuyerOutcome, PriceTiers, TiersOutcome, TiersWrite

__all__ = [
    "AccountPage",
    "ReadAccounts",
    "ReadAgreements",
    "StoreContractPrices",
    "TrustPriceRequests",
]


class AccountPage(msgspec.Struct, frozen=True):
    """Some accounts in the shop's own order; `after` is None on the last page."""

    accounts: tuple[Account, ...]
    after: str | None


@runtime_checkable
class ReadAccounts(Protocol):
    """Shop: who has an account."""

    async def accounts(self, after: str | None, limit: int) -> AccountPage:
        """Next page of all accounts of buyers.

        Args:
            after: what the page before said, None to begin.
            limit: most accounts wanted, >= 1.
        """

    async def accounts_of(self, ids: Sequence[ExternalId]) -> Sequence[Account]:
        """Those of `ids` that exist, in any order."""

    async def accounts_by_email(self, email: str) -> Sequence[Account]:
        """Those with this e-mail address, compared without regard to case."""


@runtime_checkable
class TrustPriceRequests(Protocol):
    """Shop: asks for its buyers' prices, and proves that it is the shop that asks."""

    def trusted(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> None:
        """Verify the raw bytes of a question.

        Args:
            headers: lower-case names.
            now: aware.

        Raises:
            ForgedError: not signed with this connection's secret, or too old.
        """


@runtime_checkable
class ReadAgreements(Protocol):
    """ERP: what its parties have agreed, computed by the ERP itself, never again by us.

    Its change feed tells of them by signals: `customer` with the id of a party whose agreement may
    be another one, `price_list` with an agreement's id, `price` and `product` with a variant's.
    Where parties come to buy at another agreement without being told one by one, as by another
    default list, `price_list` names both: the one they had, and the one they have.
    """

    async def agreements(self, parties: Sequence[ExternalId]) -> Sequence[Agreement]:
        """What each of `parties` that exists buys at, inactive ones too."""

    async def contract_prices(
        self,
        agreement: ExternalId,
        wishes: Sequence[PriceWish],
        currency: str,
        day: dt.date,
    ) -> Sequence[ContractPrice]:
        """Prices under an agreement, one answer for each wish whose variant exists.

        A variant whose price cannot be computed has a `problem` and does not disturb the others.

        Args:
            wishes: at most `capabilities.contract_batch`, no two alike.
            currency: ISO 4217.
            day: business day in the company's zone.

        Raises:
            RejectedError: `code` "unknown_price_list" or "currency_inactive".
        """

    async def price_breaks(
        self, agreement: ExternalId, variants: Sequence[ExternalId], day: dt.date
    ) -> Mapping[ExternalId, tuple[Decimal, ...]]:
        """Quantities from which another price may hold for each of `variants`.

        Args:
            variants: at most `capabilities.contract_batch`.
            day: business day in the company's zone.

        Returns:
            Stock units, > 0, ascending; a variant without any may be left out. More than there
            are is harmless, fewer is wrong.

        Raises:
            RejectedError: `code` "unknown_price_list".
        """


@runtime_checkable
class StoreContractPrices(Protocol):
    """Shop: keeps contract prices in tables of its own, with `capabilities.tiers_batch` > 0.

    A shop may be able to do both; with `tiers_batch` 0 it asks (`TrustPriceRequests`), and still
    says what it was told before and takes back any of it: buyers without agreement, at most
    `read_batch` in a call, and `drop_agreement`.
    All writes are absolute, and repeating one is harmless.
    """

    async def write_tiers(
        self, agreement: ExternalId, writes: Sequence[TiersWrite]
    ) -> Sequence[TiersOutcome]:
        """Replace what is kept of variants under an agreement.

        Args:
            writes: at most `capabilities.tiers_batch`, no two of one product.

        Returns:
            One outcome per write, in any order.
        """

    async def tiers(
        self, agreement: ExternalId, products: Sequence[ExternalId]
    ) -> Mapping[ExternalId, PriceTiers]:
        """What is kept of each of `products` under an agreement; absent where nothing is."""

    async def write_buyers(self, buyers: Sequence[Buyer]) -> Sequence[BuyerOutcome]:
        """Replace at what accounts buy; from the answer on it holds for every page.

        Args:
            buyers: at most `capabilities.tiers_batch`.
        """

    async def buyers(self, accounts: Sequence[ExternalId]) -> Mapping[ExternalId, Buyer]:
        """At what each of `accounts` buys; absent where nothing is kept."""

    async def stored_agreements(self) -> Sequence[ExternalId]:
        """Agreements of which anything is kept, prices or buyers."""

    async def drop_agreement(self, agreement: ExternalId) -> None:
        """Forget all prices of an agreement nobody buys at any more; its buyers are untouched."""
