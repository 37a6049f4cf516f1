"""Shapes of the companion's calls for contract prices that the shop keeps."""

from __future__ import annotations

from typing import Literal

import msgspec

from panstore.connectors.oscar.wire import Amount, Currency, Id, Moment, WireError

__all__ = [
    "WireAgreements",
    "WireBuyer",
    "WireBuyerOutcome",
    "WireBuyerPage",
    "WireBuyerReply",
    "WireDropped",
    "WireTier",
    "WireTiers",
    "WireTiersOutcome",
    "WireTiersPage",
    "WireTiersReply",
]


class WireTier(msgspec.Struct):
    """What holds from a quantity on.

    Source: companions/oscar/oscar_panstore/api/contract_tiers.py `_row`, 0.1, 2026-11-24.
    """

    least: Amount
    state: Literal["agreed", "usual", "withheld"]
    amount: Amount | None = None
    until: Moment | None = None


class WireTiers(msgspec.Struct):
    """All that is kept of one product under one agreement.

    Source: companions/oscar/oscar_panstore/api/contract_tiers.py `read_tiers`, 0.1, 2026-11-24.
    """

    product: Id
    currency: Currency
    tiers: list[WireTier]
    includes_tax: bool = False


class WireTiersPage(msgspec.Struct):
    """`GET contract-prices`."""

    items: list[WireTiers]


class WireTiersOutcome(msgspec.Struct):
    """One item of `PUT contract-prices`.

    Source: companions/oscar/oscar_panstore/api/contract_tiers.py `write_tiers`, 0.1, 2026-11-24.
    """

    product: int | str | None
    outcome: Literal["done", "refused"]
    error: WireError | None = None


class WireTiersReply(msgspec.Struct):
    """`PUT contract-prices`."""

    items: list[WireTiersOutcome]


class WireDropped(msgspec.Struct):
    """`DELETE contract-prices`: how many products had prices."""

    deleted: int


class WireBuyer(msgspec.Struct):
    """An account that buys under an agreement.

    Source: companions/oscar/oscar_panstore/api/contract_buyers.py `read_buyers`, 0.1, 2026-11-24.
    """

    account: Id
    agreement: str
    title: str = ""


class WireBuyerPage(msgspec.Struct):
    """`GET contract-buyers`."""

    buyers: list[WireBuyer]


class WireBuyerOutcome(msgspec.Struct):
    """One item of `PUT contract-buyers`.

    Source: companions/oscar/oscar_panstore/api/contract_buyers.py `write_buyers`, 0.1, 2026-11-24.
    """

    account: int | str | None
    outcome: Literal["done", "refused"]
    error: WireError | None = None


class WireBuyerReply(msgspec.Struct):
    """`PUT contract-buyers`."""

    buyers: list[WireBuyerOutcome]


class WireAgreements(msgspec.Struct):
    """`GET contract-agreements`."""

    agreements: list[str]
