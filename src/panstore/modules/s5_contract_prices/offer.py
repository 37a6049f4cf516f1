"""What a shop may show a buyer with an agreement for one article."""

from __future__ import annotations

from decimal import Decimal

from panstore.model.contract import ContractPrice, Offer, OfferState
from panstore.model.link import say_factor
from panstore.model.plan import Held
from panstore.model.price import midnight, sales_price
from panstore.model.quantity import plain
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.contracts import ContractItem, Offered
from panstore.sdk.modules import RouteView

__all__ = ["make_offer"]

_DID: dict[OfferState, str] = {
    "agreed": "It is sold at the agreed price all the same",
    "usual": "Buyers under this agreement see the shop's usual price",
    "withheld": "PanStore withholds it from buyers under this agreement, so that no wrong price is"
    " shown; everybody else buys it as before",
}


def make_offer(item: ContractItem, settings: ContractPriceSettings, view: RouteView) -> Offered:
    """The ERP's price in the shop's terms, or why it cannot be shown.

    Args:
        item: one variant under one agreement, with the ERP's price of one stock unit.
        settings: the route's.
        view: says how the shop stores prices.

    Returns:
        An offer of the agreed price, > 0 and rounded as the shop stores prices; else one without
        an amount. What a buyer might read there says nothing of costs or of the ERP.
    """
    return _Item(item, settings, view).offer()


class _Item:
    """One item with all it is judged by."""

    def __init__(
        self, item: ContractItem, settings: ContractPriceSettings, view: RouteView
    ) -> None:
        self.item = item
        self.settings = settings
        self.view = view

    def offer(self) -> Offered:
        """The first reason not to show the agreed price, else that price."""
        item, price = self.item, self.item.price
        factor = item.link.factor
        if factor is None or factor <= 0:
            return self._held(
                "contract.no_factor",
                "nobody has said how many stock units of the ERP make one sales unit in the shop,"
                " so its agreed price cannot be computed",
                f"Say it with `{say_factor(item.link)}`; it then goes on by itself",
            )
        if price is None:
            return self._unknown()
        if price.problem:
            return self._held(
                "contract.formula",
                f"the ERP could not compute its price: {price.problem.rstrip('.')}",
                "Correct the agreement in the ERP; the price is then asked for again",
            )
        if price.amount is None:
            return self._unsaid(price)
        if price.amount <= 0:
            return self._held(
                "contract.zero",
                f"the ERP computes the price {plain(price.amount)} {price.currency}"
                f"{_beside(price)}, and that is never shown as a bargain",
                "Correct the agreement or the article's price in the ERP",
            )
        wrong = self._terms(price)
        return self._agreed(price, price.amount, factor) if wrong is None else wrong

    def _unknown(self) -> Offered:
        if self.item.reachable:
            return self._held(
                "contract.unknown_article",
                "the ERP no longer knows this article, so nobody knows what was agreed",
                "Sell it in the ERP again, or link the article of the shop to another one",
            )
        return self._without(
            "usual",
            "contract.not_known",
            "the ERP cannot be asked at present, and no agreed price is known that still holds",
        )

    def _unsaid(self, price: ContractPrice) -> Offered:
        """The agreement says nothing about the article."""
        if price.usual is None or price.usual <= 0:
            return self._held(
                "contract.missing",
                "neither the agreement nor the ERP's list price gives a price for it",
                "Enter a price above zero in the ERP",
            )
        if self.settings.missing == "withhold":
            return self._held(
                "contract.missing",
                'the agreement says nothing about it, and missing = "withhold" in the settings of'
                " S5 wants such articles withheld",
                'Add it to the agreement in the ERP, or set missing = "usual"',
            )
        return self._without(
            "usual", "contract.missing", "the agreement says nothing about this article"
        )

    def _terms(self, price: ContractPrice) -> Offered | None:
        """Whether the price cannot be said in the shop's currency and kind; None if it can."""
        shop = self.view.shop
        if shop.currency is not None and price.currency != shop.currency:
            return self._held(
                "contract.currency",
                f"the ERP gives its price in {price.currency}, the shop sells in {shop.currency},"
                " and PanStore never converts",
                f'Set currency = "{shop.currency}" for S5, or make the agreement in that currency',
            )
        if price.includes_tax != shop.prices_include_tax and len(price.tax_rates) != 1:
            rates = ", ".join(f"{plain(rate)} %" for rate in price.tax_rates) or "no VAT rate"
            return self._held(
                "contract.tax",
                f"the ERP puts {rates} on a sale of it, and exactly one is needed to make"
                f" {_kind(shop.prices_include_tax)} prices of {_kind(price.includes_tax)} ones",
                "Give the article one customer tax in the ERP (0 % where no VAT is due)",
            )
        return self._class(price, shop)

    def _class(self, price: ContractPrice, shop: Capabilities) -> Offered | None:
        """The shop must be able to charge the VAT that the ERP will invoice."""
        strange = [plain(rate) for rate in price.tax_rates if plain(rate) not in shop.tax_classes]
        if not shop.tax_classes or not strange:
            return None
        known = ", ".join(f"{key} %" for key in sorted(shop.tax_classes))
        return self._held(
            "contract.tax",
            f"the shop has no tax class for {', '.join(strange)} % VAT (it has {known})",
            "Add the class in the settings of the shop's connection, or correct the tax in the ERP",
        )

    def _agreed(self, price: ContractPrice, amount: Decimal, factor: Decimal) -> Offered:
        shop = self.view.shop
        shown = sales_price(
            amount,
            factor=factor,
            given_gross=price.includes_tax,
            wanted_gross=shop.prices_include_tax,
            rate=price.tax_rates[0] if len(price.tax_rates) == 1 else None,
            digits=shop.price_digits,
        )
        if shown <= 0:
            return self._held(
                "contract.zero",
                f"its price {plain(amount)} {price.currency} rounds to zero in the"
                f" {shop.price_digits} decimal places the shop stores",
                "Sell it by a bigger unit (the factor on the link) or correct the price in the ERP",
            )
        agreed = self._offer("agreed", amount=shown)
        net, cost = price.net, price.cost
        if net is None or cost is None or not price.is_below_cost:
            return Offered(agreed)
        return self._below(agreed, price, net, cost)

    def _below(self, agreed: Offer, price: ContractPrice, net: Decimal, cost: Decimal) -> Offered:
        """Not what anybody wants, whatever is done about it: an alarm in any case."""
        state: OfferState = "agreed"
        if self.settings.below_cost != "sell":
            usual = price.usual is not None and price.usual > 0
            state = "usual" if self.settings.below_cost == "usual" and usual else "withheld"
        # Rounded for people only: ERPs divide, and 28 digits help nobody.
        low, high = (plain(round(one, 4)) for one in (net, cost))
        held = self._parked(
            "contract.below_cost",
            f"its agreed price {low} {price.currency} net{_beside(price)} is below its cost {high}"
            f" {price.currency}, for one stock unit",
            "Correct the agreement or the cost in the ERP, or skip this if it is meant so;"
            ' below_cost in the settings of S5 says what is done ("sell", "usual" or "withhold")',
            state,
        )
        if state == "agreed":
            return Offered(agreed, held)
        why = "the agreed price has to be looked at"
        return Offered(self._offer(state, code=held.code, reason=why), held)

    def _without(self, state: OfferState, code: str, reason: str) -> Offered:
        return Offered(self._offer(state, code=code, reason=reason))

    def _held(self, code: str, what: str, remedy: str) -> Offered:
        why = "it is not for sale under this agreement until a person has mended something"
        offer = self._offer("withheld", code=code, reason=why)
        return Offered(offer, self._parked(code, what, remedy, "withheld"))

    def _parked(self, code: str, what: str, remedy: str, state: OfferState) -> Held:
        link = self.item.link
        name = link.sku or f"article {link.shop} of the shop"
        under = f"agreement {self.item.agreement}" if self.item.agreement else "an agreement"
        return Held(
            item=link.item,
            code=code,
            reason=f"{name} under {under}: {what}. {_DID[state]}. {remedy}.",
            sku=link.sku,
        )

    def _offer(
        self, state: OfferState, *, amount: Decimal | None = None, code: str = "", reason: str = ""
    ) -> Offer:
        price, shop = self.item.price, self.view.shop
        asked = shop.currency or self.settings.currency
        day = None if price is None else price.valid_until
        return Offer(
            state=state,
            currency=asked if price is None else price.currency,
            amount=amount,
            includes_tax=shop.prices_include_tax,
            valid_until=None if day is None else midnight(day, self.view.zone),
            as_of=None if price is None else self.item.as_of,
            code=code,
            reason=reason,
            certain=self.item.reachable and self.item.as_of is None,
        )


def _beside(price: ContractPrice) -> str:
    """What everybody pays, so that a person sees how far off the agreed price is."""
    usual = price.usual_net
    if usual is None or usual <= 0:
        return ""
    return f" (list price {plain(round(usual, 4))} {price.currency} net)"


def _kind(gross: bool) -> str:  # noqa: FBT001
    return "gross" if gross else "net"
