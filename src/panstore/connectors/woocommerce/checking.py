"""Looks at a shop for `check`: what it is, what does not fit, and why it does not let us in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from pydantic import HttpUrl, TypeAdapter

from panstore.connectors.woocommerce.client import ApiMissingError, Call, NotLetInError, WooClient
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.map.order_words import DRAFTS, STAGES
from panstore.connectors.woocommerce.map.settings import Terms, terms
from panstore.connectors.woocommerce.wire import (
    WireIndex,
    WireOffer,
    WireOrderStatus,
    WireSetting,
    WireStatus,
    WireTaxClass,
    WireTaxRate,
)
from panstore.connectors.woocommerce.wire_errors import said
from panstore.model.errors import sentence
from panstore.model.money import minor_digits
from panstore.model.quantity import plain
from panstore.sdk.errors import NotFoundError, RemoteError
from panstore.sdk.roles import Report

__all__ = ["Checker", "read_terms"]

_SETTINGS = msgspec.json.Decoder(list[WireSetting])
_RATES = msgspec.json.Decoder(list[WireTaxRate])
_CLASSES = msgspec.json.Decoder(list[WireTaxClass])
_STATUSES = msgspec.json.Decoder(list[WireOrderStatus])
_STATUS = msgspec.json.Decoder(WireStatus)
_INDEX = msgspec.json.Decoder(WireIndex)
_OFFERS = msgspec.json.Decoder(list[WireOffer])
_ANY = msgspec.json.Decoder(msgspec.Raw)
_ADDRESS = TypeAdapter(HttpUrl)

_PAGE = 100
# A table of every place in the world has some thousand rows.
_MOST_RATE_PAGES = 100
_MOST_GOODS_PAGES = 10
_NAMED = 5
# A signature is refused from 15 minutes on (recorded 45-oauth1).
_CLOCK_SKEW = dt.timedelta(minutes=5)
# The list of all variations came with 10.3 (the plugin's class-wc-rest-variations-controller.php).
_OLDEST = (10, 3)
_KEYS = "WooCommerce, Settings, Advanced, REST API"


async def read_terms(client: WooClient, operation: str) -> Terms:
    """How the shop states prices: its settings, its tax classes and its whole tax table."""
    general = await client.ask(Call(operation, "settings/general"), _SETTINGS)
    tax = await client.ask(Call(operation, "settings/tax"), _SETTINGS)
    classes = await client.ask(Call(operation, "taxes/classes"), _CLASSES)
    rates: list[WireTaxRate] = []
    for page in range(1, _MOST_RATE_PAGES + 1):
        query = {"per_page": str(_PAGE), "page": str(page), "orderby": "id", "order": "asc"}
        rows = await client.ask(Call(operation, "taxes", query), _RATES)
        rates += rows
        if len(rows) < _PAGE:
            break
    return terms(general, tax, rates, classes)


@dataclass(frozen=True, slots=True)
class Checker:
    """Answers `check` for one connection.

    Attributes:
        settings: of the connection.
        client: how the shop is asked.
        another: makes a client with other settings, to find out what a shop does accept.
    """

    settings: WooSettings
    client: WooClient
    another: Callable[[WooSettings], WooClient]

    async def report(self) -> Report:
        """Versions, currency, taxes, clock and rights, and whether the settings fit them."""
        try:
            found = await read_terms(self.client, "check")
        except NotLetInError as error:
            return Report({}, (await self._why_not(error),))
        except ApiMissingError as error:
            return Report({}, (sentence(error.what),))
        call = Call("check", "system_status", {"_fields": "environment,settings"})
        answer = await self.client.answer(call)
        status = self.client.decoded(call, answer, _STATUS)
        skew = self.client.skew(answer)
        index = await self._index()
        facts = {
            "WooCommerce": status.environment.version or "unknown",
            "WordPress": status.environment.wp_version or "unknown",
            "currency": found.currency,
            "prices": "with tax" if found.includes_tax else "without tax",
            "taxes": _taxes(found),
            "calls": self._calls(),
            "order tables": _tables(status.settings.hpos),
        }
        if index is not None:
            facts = {"shop": index.name, **facts, "time zone": index.timezone_string or "UTC only"}
        if skew is not None:
            facts["clock difference"] = f"{skew.total_seconds():.1f} s"
        problems = [
            *_version(status.environment.version),
            *_decimals(found),
            *self._classes(found),
            *self._clock(skew),
            *await self._variations(),
            *await self._rights(),
            *await self._counting(),
            *await self._statuses(),
            *await self._backorders(),
        ]
        return Report(facts, tuple(problems))

    def _calls(self) -> str:
        how = "signed (OAuth 1.0a)" if self.settings.signs else "Basic"
        if self.settings.url.scheme == "https":
            return f"{how}, over https"
        return f"{how}, over plain http: whoever is on the way can read names and addresses"

    async def _index(self) -> WireIndex | None:
        """What the site says to anybody; security plugins may keep it back, which does not harm."""
        try:
            return await self.client.ask(Call("check", "", root=""), _INDEX)
        except RemoteError:
            return None

    async def _variations(self) -> Sequence[str]:
        """Variations of all products in one list: an older WooCommerce has no such list."""
        query = {"per_page": "1", "_fields": "id"}
        try:
            await self.client.ask(Call("check", "variations", query), _ANY)
        except ApiMissingError:
            return [
                "The shop cannot list the variations of all products at once, so they would not"
                " be found. Update WooCommerce to version 10.3 or later."
            ]
        return []

    async def _rights(self) -> Sequence[str]:
        """A batch without items changes nothing, and shows whether the key may write."""
        call = Call("check", "products/batch", body=b'{"update":[]}')
        try:
            await self.client.ask(call, _ANY)
        except NotLetInError as error:
            return [sentence(f"The key may not write: {error.what}")]
        return []

    async def _counting(self) -> Sequence[str]:
        """A shop may keep no stock at all; what is written to it then is dropped."""
        rows = await self.client.ask(Call("check", "settings/products"), _SETTINGS)
        if {row.id: row.value for row in rows}.get("woocommerce_manage_stock") != "no":
            return []
        return [
            "The shop counts no stock, so it drops what PanStore writes and sells without limit."
            " Tick Enable stock management in WooCommerce, Settings, Products, Inventory."
        ]

    async def _statuses(self) -> Sequence[str]:
        """Statuses of orders that plugins have added."""
        try:
            found = await self.client.ask(Call("check", "orders/statuses"), _STATUSES)
        except (ApiMissingError, NotFoundError):
            return []
        known = STAGES.keys() | self.settings.statuses.keys() | DRAFTS
        unknown = [f"{one.slug} ({said(one.name)})" for one in found if one.slug not in known]
        if not unknown:
            return []
        return [
            "The shop has order statuses whose meaning nobody has said: "
            f"{', '.join(sorted(unknown))}. Orders in them would be parked. Add them to `statuses`"
            " as open, shipped or cancelled."
        ]

    async def _backorders(self) -> Sequence[str]:
        """Goods the shop may sell below zero: it does not stop at what PanStore writes.

        Those below zero now are found by a filter, the others only by looking, which is done for
        the first thousand products and variations.
        """
        query = {"_fields": "id,sku,manage_stock,backorders", "orderby": "id", "order": "asc"}
        out = query | {"stock_status": "onbackorder", "per_page": str(_NAMED + 1)}
        rows = await self.client.ask(Call("check", "products", out), _OFFERS)
        for path in ("products", "variations"):
            for page in range(1, _MOST_GOODS_PAGES + 1):
                here = query | {"per_page": str(_PAGE), "page": str(page)}
                found = await self.client.ask(Call("check", path, here), _OFFERS)
                rows += [one for one in found if one.manage_stock is True and one.goes_below_zero]
                if len(found) < _PAGE or len(rows) > _NAMED:
                    break
        names = list(dict.fromkeys(str(row.sku or row.id) for row in rows))
        if not names:
            return []
        more = " and more" if len(names) > _NAMED else ""
        return [
            "The shop may take orders for what it has not got (backorders are allowed):"
            f" {', '.join(names[:_NAMED])}{more}. PanStore writes their stock, but the shop sells"
            " on below zero. Set Allow backorders to Do not allow for them (Product data,"
            " Inventory)."
        ]

    def _clock(self, skew: dt.timedelta | None) -> Iterator[str]:
        if skew is not None and abs(skew) > _CLOCK_SKEW:
            yield (
                f"The clocks of shop and PanStore differ by {abs(skew).total_seconds():.0f} s; from"
                " 900 s on signed calls are refused. Let both set their time over the network."
            )

    def _classes(self, found: Terms) -> Iterator[str]:
        for rate, slug in (self.settings.tax_classes or {}).items():
            known = found.rates.get(slug)
            if known is None or plain(known) != rate:
                says = "unknown" if known is None else f"{plain(known)} %"
                yield (
                    f"tax_classes says that {rate} % is the shop's class {slug!r}, but there it is"
                    f" {says}. Correct `tax_classes` here or the tax table in WooCommerce,"
                    " Settings, Tax."
                )
        if found.taxes and not any(found.rates.values()):
            yield (
                f"The shop calculates taxes, but its tax table has no rate for its own country"
                f" {found.country or '(none is set)'}. Enter them in WooCommerce, Settings, Tax."
            )

    async def _why_not(self, error: NotLetInError) -> str:
        """Why the shop does not let us in; where Basic was used, signed calls tell more."""
        what = sentence(f"The shop does not let PanStore in: {error.what}")
        address = str(self.settings.home or self.settings.url)
        if self.settings.signs:
            home = await self._home(error, address)
            if home is None:
                return what
            return (
                f"The shop goes by another address than {address}, so it does not accept what is"
                f' signed for that. Set `home = "{home}"`.'
            )
        if not error.unseen:
            return what
        plain_http = address.replace("https://", "http://", 1)
        for home in dict.fromkeys((address, plain_http)):
            answer = await self._signed(home)
            if answer is None:
                add = f' and `home = "{home}"`' if home != address else ""
                return (
                    "The key is good, but the shop does not see it: the web server keeps the"
                    " Authorization header from PHP, or TLS ends before the shop and WordPress"
                    " takes the call for plain http. Signed calls are accepted: set `auth ="
                    f' "oauth"`{add}, or have the host mend it.'
                )
            if "key is invalid" in answer.lower():
                return (
                    "The shop does not know the key (`consumer_key`). Make a new one for a user"
                    f" with the role Shop manager ({_KEYS}) and enter both halves."
                )
        return what

    async def _home(self, error: NotLetInError, address: str) -> str | None:
        """The address for which signed calls are accepted, None if none was found.

        The shop checks them against its own address, with the scheme it was called by
        (class-wc-rest-authentication.php).
        """
        if "signature" not in error.what.lower():
            return None
        index = await self._index()
        try:
            own = str(_ADDRESS.validate_python("" if index is None else index.home))
        except ValueError:
            return None
        rest = own.split("://", 1)[1]
        for home in (f"{self.settings.url.scheme}://{rest}", f"http://{rest}", f"https://{rest}"):
            if home != address and await self._signed(home) is None:
                return home
        return None

    async def _signed(self, home: str) -> str | None:
        """What the shop says to a signed call, None if it accepts it."""
        entered = self.settings.model_dump() | {"auth": "oauth", "home": home}
        client = self.another(WooSettings.model_validate(entered))
        try:
            await client.answer(Call("check", "settings/general"))
        except RemoteError as error:
            return error.what
        finally:
            await client.close()
        return None


def _taxes(found: Terms) -> str:
    if not found.taxes:
        return "off: buyers pay the price as it is stored"
    rates = (f"{slug} {plain(rate)} %" for slug, rate in found.rates.items())
    return ", ".join(rates) or "no class"


def _tables(hpos: bool | None) -> str:  # noqa: FBT001 - a value, not a switch
    if hpos is None:
        return "unknown"
    return "WooCommerce's own" if hpos else "WordPress posts (not tried)"


def _version(version: str) -> Iterator[str]:
    parts = [part for part in version.split(".")[:2] if part.isascii() and part.isdigit()]
    if parts and tuple(map(int, parts)) < _OLDEST:
        yield (
            f"The shop runs WooCommerce {version}; PanStore was tried with 10.5. Update it to"
            " version 10.3 or later."
        )


def _decimals(found: Terms) -> Iterator[str]:
    needed = minor_digits(found.currency)
    if found.digits < needed:
        yield (
            f"The shop rounds prices and totals to {found.digits} decimal places, but"
            f" {found.currency} has {needed}. Set Number of decimals to {needed} in WooCommerce,"
            " Settings, General."
        )
