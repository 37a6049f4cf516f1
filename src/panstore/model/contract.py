"""Contract prices: who has an agreement, what the ERP computes for it, what a shop may show."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from panstore.model.ids import ExternalId, RouteId
from panstore.model.tax import Charged

__all__ = [
    "Account",
    "AccountLink",
    "Agreement",
    "ContractPrice",
    "Correction",
    "Offer",
    "OfferState",
    "PriceVerdict",
    "PriceWish",
    "Quote",
    "QuoteLine",
    "QuoteRequest",
    "QuotedLine",
    "VerdictOutcome",
]


class Account(msgspec.Struct, frozen=True):
    """An account of a shop, as the shop describes it now. Personal data: shown, never stored.

    Attributes:
        id: the shop's immutable id, as in `Customer.account` of its orders.
        vat_id: as typed by its owner; nobody has checked it.
        opened_at: when its owner registered, aware UTC; None where the shop does not say.
    """

    id: ExternalId
    email: str
    name: str = ""
    company: str = ""
    vat_id: str = ""
    active: bool = True
    opened_at: dt.datetime | None = None


class AccountLink(msgspec.Struct, frozen=True):
    """A person's word that an account of the shop buys for a party of the ERP.

    Attributes:
        linked_at: aware UTC; orders placed before are none of the party's.
        linked_by: who said so, for people.
    """

    route: RouteId
    account: ExternalId
    party: ExternalId
    linked_at: dt.datetime
    linked_by: str = ""


class Agreement(msgspec.Struct, frozen=True):
    """At what a party of the ERP buys.

    Attributes:
        id: the ERP's id of what its prices are made from (a price list); parties with the same
            one pay the same. None: it pays what everybody pays.
        name: of the party; title: of the agreement; both for people.
        active: whether the party may still buy.
    """

    party: ExternalId
    id: ExternalId | None
    name: str = ""
    title: str = ""
    active: bool = True


class PriceWish(msgspec.Struct, frozen=True):
    """What a price is asked for: so many stock units, > 0, of a variant of the ERP."""

    variant: ExternalId
    quantity: Decimal


class ContractPrice(msgspec.Struct, frozen=True):
    """Price of one stock unit under an agreement when so many are bought, as the ERP computes it.

    Attributes:
        amount: as `includes_tax` says; None where the agreement says nothing about the variant;
            zero is possible.
        usual: what everybody pays by the ERP's own list price, in the same terms; None if it has
            none.
        cost: what the article costs the company, net, per stock unit; None if not known.
        currency: ISO 4217 of all three.
        tax_rates: VAT rates in per cent that the ERP puts on a sale of it.
        valid_until: first day on which the answer may be another one by itself; None if no date
            rules.
        problem: why the ERP could not compute it, in its words; empty if it could.
    """

    variant: ExternalId
    quantity: Decimal
    amount: Decimal | None
    usual: Decimal | None
    currency: str
    cost: Decimal | None = None
    includes_tax: bool = False
    tax_rates: tuple[Decimal, ...] = ()
    valid_until: dt.date | None = None
    problem: str = ""

    @property
    def net(self) -> Decimal | None:
        """`amount` without VAT; of several rates the highest, so that no loss is overlooked."""
        return self._net(self.amount)

    @property
    def usual_net(self) -> Decimal | None:
        """`usual` without VAT, likewise."""
        return self._net(self.usual)

    def _net(self, value: Decimal | None) -> Decimal | None:
        if value is None or not self.includes_tax:
            return value
        return value / (1 + max(self.tax_rates, default=Decimal(0)) / 100)

    @property
    def is_below_cost(self) -> bool:
        """Whether it is agreed for less than the article costs, as far as that is known."""
        return self.net is not None and self.cost is not None and self.net < self.cost


OfferState = Literal["agreed", "usual", "withheld"]
"""`agreed`: show and charge `amount`; `usual`: the shop's own price holds; `withheld`: not for
sale to this buyer until a person has mended something."""


class Offer(msgspec.Struct, frozen=True):
    """What a shop may show and charge one buyer for one sales unit.

    Attributes:
        amount: > 0, rounded as the shop stores prices, net or gross by `includes_tax`; None unless
            `agreed`.
        valid_until: aware UTC; from then on it must be asked again. None: until told otherwise.
        as_of: when it was last known to be true, aware UTC; None: it is true now.
        code, reason: why it is not the agreed price, for people; empty if it is.
        certain: False where the ERP could not be asked: what was last known, or that nobody knows,
            must not take the place of what a shop knows better.
    """

    state: OfferState
    currency: str
    amount: Decimal | None = None
    includes_tax: bool = False
    valid_until: dt.datetime | None = None
    as_of: dt.datetime | None = None
    code: str = ""
    reason: str = ""
    certain: bool = True


class QuoteLine(msgspec.Struct, frozen=True):
    """One thing a shop wants to know the price of.

    Attributes:
        product: the shop's id of the variant, or empty where `sku` says which.
        quantity: > 0, in `unit`.
        unit: empty for the shop's sales unit, else the name of the ERP's stock unit of it.
    """

    product: ExternalId = ExternalId("")
    sku: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""


class QuoteRequest(msgspec.Struct, frozen=True):
    """A shop's question for one of its accounts.

    Attributes:
        account: of who is logged in, put there by the shop's server and never by a visitor.
        currency: ISO 4217; empty for the one of the settings.
        at: aware; the moment the prices are for, None for now.
        opened_at: when the account's owner registered, aware; None where the shop does not say.
    """

    account: ExternalId
    lines: tuple[QuoteLine, ...]
    currency: str = ""
    at: dt.datetime | None = None
    opened_at: dt.datetime | None = None


class QuotedLine(msgspec.Struct, frozen=True):
    """Answer to one `QuoteLine`, in the order of the question."""

    product: ExternalId
    sku: str
    quantity: Decimal
    offer: Offer


class Quote(msgspec.Struct, frozen=True):
    """Answer to a `QuoteRequest`.

    Attributes:
        contract: whether the account buys for a party that has an agreement; if not, there are no
            lines, and the shop's own prices hold.
        title: of the agreement, for the buyer to read.
        version: grows with every change of a price or agreement in the ERP.
        certain: False where some of it is only what was last known.
        account: as asked, so that an answer can never be taken for somebody else's.
        mark: tells parties and, behind a dot, their agreements apart, and says nothing else of
            them: what was kept under another mark is not this buyer's any more. Nothing behind
            the dot: the agreement is not known now.
    """

    contract: bool
    lines: tuple[QuotedLine, ...] = ()
    title: str = ""
    version: int = 0
    certain: bool = True
    account: ExternalId = ExternalId("")
    mark: str = ""


class Correction(msgspec.Struct, frozen=True):
    """What an order line is charged instead of what the shop had charged."""

    line: ExternalId
    charged: Charged


VerdictOutcome = Literal["agreed", "accepted", "corrected"]
"""Charged as agreed; otherwise, and taken all the same; otherwise, and booked as agreed."""


class PriceVerdict(msgspec.Struct, frozen=True):
    """What was found about the prices of an order before it was booked; kept as a fact's detail.

    Attributes:
        digest: of the lines it is about; other lines need another verdict.
        outcome: `agreed`: charged as agreed; `accepted`: not, and taken all the same, by setting
            or by a person; `corrected`: booked as agreed and not as charged.
        corrections: only with `corrected`.
    """

    digest: str
    outcome: VerdictOutcome
    corrections: tuple[Correction, ...] = ()
