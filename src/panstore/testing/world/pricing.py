"""What a simulated ERP charges: list prices, price lists, and who buys by which of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.ids import ExternalId
from panstore.model.price import Promotion, SalesPrice
from panstore.sdk.errors import RejectedError
from panstore.sdk.roles import PriceQuery
from panstore.testing.world.feed import ChangeRows
from panstore.testing.world.parties import Parties
from panstore.testing.world.shelf import Shelf

__all__ = ["DatedPrice", "Pricing"]

_NOTHING = Decimal(0)
_HUNDRED = Decimal(100)


class DatedPrice(msgspec.Struct, frozen=True):
    """One line of a price list: a net price from `starts` to `ends`, both inclusive.

    Attributes:
        amount: per stock unit; None where the line has a formula that fails.
        least: stock units from which it counts.
        problem: what the ERP says when the formula fails.
    """

    amount: Decimal | None
    starts: dt.date | None = None
    ends: dt.date | None = None
    least: Decimal = _NOTHING
    problem: str = ""

    def holds(self, day: dt.date, quantity: Decimal = _NOTHING) -> bool:
        """Whether the line counts on `day` for so many stock units."""
        return (
            (self.starts is None or self.starts <= day)
            and (self.ends is None or day <= self.ends)
            and self.least <= quantity
        )


class Pricing:
    """The prices of an ERP; the first line of a list that holds decides, as in Tryton.

    Attributes:
        default_list: by which everybody buys who has no list of his own; None: list prices.
        list_prices: of everybody, net, per stock unit; None for no price.
        price_lists: lines by list and variant.
        reductions: per cent off the list price, by list, for what it has no line of.
        titles: of the lists, for people.
        costs: of one stock unit.
    """

    name: str
    currency: str
    shelf: Shelf
    rows: ChangeRows
    parties: Parties

    def __init__(self) -> None:
        self.default_list: ExternalId | None = None
        self.list_prices: dict[ExternalId, Decimal | None] = {}
        self.price_lists: dict[ExternalId, dict[ExternalId, list[DatedPrice]]] = {}
        self.reductions: dict[ExternalId, Decimal] = {}
        self.titles: dict[ExternalId, str] = {}
        self.costs: dict[ExternalId, Decimal] = {}
        self._lists_of: dict[ExternalId, ExternalId] = {}

    def wake(self) -> None:
        """Tell the listener that the feed has rows; says nothing of what changed."""
        raise NotImplementedError

    # -- what its people do --------------------------------------------------------------------

    def set_price(self, id_: ExternalId, price: Decimal | None) -> None:
        """Change the list price."""
        self.list_prices[id_] = price
        self.rows.add("price", id_)
        self.wake()

    def set_cost(self, id_: ExternalId, cost: Decimal | None) -> None:
        """Change what one stock unit costs the company; None: nobody knows."""
        self.costs.pop(id_, None)
        if cost is not None:
            self.costs[id_] = cost
        self.rows.add("price", id_)
        self.wake()

    def set_list_price(self, price_list: ExternalId, id_: ExternalId, *lines: DatedPrice) -> None:
        """Replace the lines of one variant in a price list; the list is created if need be."""
        self.price_lists.setdefault(price_list, {})[id_] = list(lines)
        self._list_changed(price_list)

    def set_reduction(self, price_list: ExternalId, percent: Decimal | None) -> None:
        """A last line for everything: so much off the list price; None takes the line away.

        The list is created if need be.
        """
        self.price_lists.setdefault(price_list, {})
        self.reductions.pop(price_list, None)
        if percent is not None:
            self.reductions[price_list] = percent
        self._list_changed(price_list)

    def set_agreement(self, party: ExternalId, price_list: ExternalId | None) -> None:
        """From now on the party buys by this list; None: by the default one."""
        self._lists_of.pop(party, None)
        if price_list is not None:
            self.price_lists.setdefault(price_list, {})
            self._lists_of[party] = price_list
        self.rows.add("customer", party)
        self.wake()

    def retire_party(self, party: ExternalId) -> None:
        """It buys no more, but stays known."""
        found = self.parties.get(party)
        if found is not None:
            found.active = False
        self.rows.add("customer", party)
        self.wake()

    def set_default_list(self, price_list: ExternalId | None) -> None:
        """From now on parties without a list of their own buy by this one; None: list prices."""
        before, self.default_list = self.default_list, price_list
        for one in (before, price_list):
            if one is not None:
                self.price_lists.setdefault(one, {})
                self._list_changed(one)

    def _list_changed(self, price_list: ExternalId) -> None:
        self.rows.add("price_list", price_list)
        self.wake()

    # -- what it answers -----------------------------------------------------------------------

    def price(self, id_: ExternalId, query: PriceQuery) -> SalesPrice:
        """Price of a known variant as the ERP itself computes it.

        Raises:
            RejectedError: unknown price list, or a currency it has no prices in.
        """
        self._in(query.currency, "prices")
        amount, until = self.list_prices.get(id_), None
        if query.price_list is not None:
            self._known(query.price_list, "prices")
            listed = self._by_list(query.price_list, id_, _NOTHING, query.day)
            amount = amount if listed is None else listed.amount
            until = _next_change(self._lines(query.price_list, id_), query.day)
        promotion = None
        if query.promotion_list is not None:
            self._known(query.promotion_list, "prices")
            lines = self._lines(query.promotion_list, id_)
            promotion = _promotion(lines, query.day)
            dates = [day for day in (until, _next_change(lines, query.day)) if day is not None]
            until = min(dates, default=None)
        return SalesPrice(
            id_,
            amount,
            self.currency,
            includes_tax=False,
            tax_rates=self._rates(id_),
            valid_until=until,
            promotion=promotion,
        )

    def agreements(self, parties: Iterable[ExternalId]) -> list[Agreement]:
        """At what those of `parties` buy that exist."""
        known = [found for one in parties if (found := self.parties.get(one)) is not None]
        return [
            Agreement(party.id, chosen, party.name, self._title(chosen), active=party.active)
            for party in known
            for chosen in (self._lists_of.get(party.id, self.default_list),)
        ]

    def contract_prices(
        self, agreement: ExternalId, wishes: Sequence[PriceWish], currency: str, day: dt.date
    ) -> list[ContractPrice]:
        """Prices by a list for those variants that exist.

        Raises:
            RejectedError: unknown price list, or a currency it has no prices in.
        """
        self._in(currency, "contract_prices")
        self._known(agreement, "contract_prices")
        return [
            self._contract_price(agreement, wish, day)
            for wish in wishes
            if wish.variant in self.shelf
        ]

    def price_breaks(
        self, agreement: ExternalId, variants: Sequence[ExternalId], day: dt.date
    ) -> dict[ExternalId, tuple[Decimal, ...]]:
        """Quantities of the lines for those variants that have not ended by `day`.

        Raises:
            RejectedError: unknown price list.
        """
        self._known(agreement, "price_breaks")
        found = {one: self._breaks(agreement, one, day) for one in variants if one in self.shelf}
        return {one: breaks for one, breaks in found.items() if breaks}

    def _breaks(self, agreement: ExternalId, id_: ExternalId, day: dt.date) -> tuple[Decimal, ...]:
        lines = self._lines(agreement, id_)
        still = [line for line in lines if line.ends is None or line.ends >= day]
        return tuple(sorted({line.least for line in still if line.least > 0}))

    def _contract_price(
        self, agreement: ExternalId, wish: PriceWish, day: dt.date
    ) -> ContractPrice:
        listed = self._by_list(agreement, wish.variant, wish.quantity, day)
        return ContractPrice(
            wish.variant,
            wish.quantity,
            listed.amount if listed else None,
            self.list_prices.get(wish.variant),
            self.currency,
            self.costs.get(wish.variant),
            includes_tax=False,
            tax_rates=self._rates(wish.variant),
            valid_until=_next_change(self._lines(agreement, wish.variant), day),
            problem=listed.problem if listed else "",
        )

    def _by_list(
        self, price_list: ExternalId, id_: ExternalId, quantity: Decimal, day: dt.date
    ) -> DatedPrice | None:
        """The line that decides; None where the list says nothing."""
        lines = self._lines(price_list, id_)
        found = next((line for line in lines if line.holds(day, quantity)), None)
        percent, usual = self.reductions.get(price_list), self.list_prices.get(id_)
        if found is None and percent is not None and usual is not None:
            return DatedPrice(usual * (_HUNDRED - percent) / _HUNDRED)
        return found

    def _lines(self, price_list: ExternalId, id_: ExternalId) -> list[DatedPrice]:
        return self.price_lists.get(price_list, {}).get(id_, [])

    def _in(self, currency: str, operation: str) -> None:
        if currency != self.currency:
            raise RejectedError(
                self.name, operation, f"no prices in {currency}", code="currency_inactive"
            )

    def _known(self, price_list: ExternalId, operation: str) -> None:
        if price_list not in self.price_lists:
            raise RejectedError(
                self.name, operation, f"no price list {price_list}", code="unknown_price_list"
            )

    def _title(self, price_list: ExternalId | None) -> str:
        return "" if price_list is None else self.titles.get(price_list, f"List {price_list}")

    def _rates(self, id_: ExternalId) -> tuple[Decimal, ...]:
        variant = self.shelf.get(id_)
        return variant.tax_rates if variant else ()


def _next_change(lines: list[DatedPrice], day: dt.date) -> dt.date | None:
    starts = [line.starts for line in lines if line.starts is not None and line.starts > day]
    ends = [
        line.ends + dt.timedelta(days=1)
        for line in lines
        if line.ends is not None and line.ends >= day
    ]
    return min(starts + ends, default=None)


def _promotion(lines: list[DatedPrice], day: dt.date) -> Promotion | None:
    """The line that counts today, else the next one to come."""
    current = [line for line in lines if line.holds(day)]
    coming = sorted(
        (line for line in lines if line.starts is not None and line.starts > day),
        key=lambda line: line.starts or day,
    )
    chosen = next((line for line in current + coming if line.amount is not None), None)
    if chosen is None or chosen.amount is None:
        return None
    return Promotion(chosen.amount, chosen.starts, chosen.ends)
