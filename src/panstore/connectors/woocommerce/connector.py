"""WooCommerce as a shop: what it is composed of, its start and its check."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable

import msgspec

from panstore.connectors.woocommerce.accounts import Accounts
from panstore.connectors.woocommerce.changes import GoodsChanges
from panstore.connectors.woocommerce.checking import Checker, read_terms
from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.companion import Companion
from panstore.connectors.woocommerce.companion_check import PluginFacts, ask_plugin
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.event_roles import EventRoles
from panstore.connectors.woocommerce.gone_goods import GoneGoods
from panstore.connectors.woocommerce.goods import GoodsRoles
from panstore.connectors.woocommerce.hooks import Hooks
from panstore.connectors.woocommerce.map.order_words import STAGES, VAT_KEYS, OrderWords
from panstore.connectors.woocommerce.map.pages import WEIGHT_DIGITS
from panstore.connectors.woocommerce.map.settings import Terms, classes_by_rate
from panstore.connectors.woocommerce.memory import Echoes
from panstore.connectors.woocommerce.order_feed import OrderFeed
from panstore.connectors.woocommerce.order_updates import OrderUpdates
from panstore.connectors.woocommerce.page_roles import (
    PAGE_BATCH,
    PAGE_FIELDS_SAID,
    PRODUCT_WINDOW,
    PageRoles,
)
from panstore.connectors.woocommerce.punctuality import Punctuality
from panstore.connectors.woocommerce.shelf import BATCH, Shelf
from panstore.connectors.woocommerce.tiers import TIERS_BATCH, TierRoles
from panstore.connectors.woocommerce.trade import TradeRoles
from panstore.model.ids import ConnectionId
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.connectors import ConnectorSpec
from panstore.sdk.roles import Report

__all__ = ["WooConnector", "connector"]

# Two batches side by side: a shop with two cores does 39 writes a second one batch at a time, 70
# with two, 71 with four (measured on 10.5). More in one call of ours would only come near the
# time after which the engine gives a call up.
_SIDE_BY_SIDE = 2

_STOCK_WINDOW = (
    "from when PanStore read the shop's orders until it reads them again right after the write: an"
    " order placed in between is taken off a stock that is then overwritten, and off the next"
    " write; the shop has no write under a lock"
)


def _machine_clock() -> dt.datetime:
    # The machine's clock itself is what signatures carry and `check` compares.
    return dt.datetime.now(dt.UTC)  # noqa: TID251


def _nonce() -> str:
    return secrets.token_hex(16)


class WooConnector(GoodsRoles, TradeRoles, EventRoles, PageRoles, TierRoles):
    """One WooCommerce shop.

    Args:
        id: name of the connection.
        settings: where the shop is.
        now: aware clock, for signatures and `check`.
        nonce: makes a word never used before, for signatures.
    """

    def __init__(
        self,
        id: ConnectionId,  # noqa: A002 - the role's word
        settings: WooSettings,
        *,
        now: Callable[[], dt.datetime] = _machine_clock,
        nonce: Callable[[], str] = _nonce,
    ) -> None:
        self._id = id
        self._settings = settings
        self._now = now
        self._nonce = nonce
        self._client = self._open(settings)
        self._companion = self._plugin_of(settings)
        self._plugin_facts = PluginFacts(None)
        self._terms = Terms("")
        self._capabilities = self._learned()
        self._shelf = Shelf(self._client)
        self._echoes = Echoes()
        self._words = _words(settings, self._terms)
        self._punctuality = Punctuality()
        self._feed = OrderFeed(id, self._client, lambda: self._words, self._punctuality, now)
        self._updates = OrderUpdates(id, self._client, lambda: self._words.stages)
        self._buyers = Accounts(self._client, lambda: self._words.vat_keys)
        gone = GoneGoods(self._client, self._shelf)
        self._changes = GoodsChanges(id, self._client, self._echoes, gone, now)
        self._hooks = Hooks(self._client, settings, self._punctuality)
        self._open_pages()

    def __repr__(self) -> str:
        return f"WooConnector({self._id}, {self._settings.url})"

    @property
    def id(self) -> ConnectionId:
        return self._id

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    async def start(self) -> None:
        """Learn currency, tax set-up and decimals; a wrong key shows here."""
        self._terms = await read_terms(self._client, "start")
        self._words = _words(self._settings, self._terms)
        self._book.forget()
        if self._companion is not None:
            self._plugin_facts = await ask_plugin(self._companion, "start")
        self._capabilities = self._learned()

    async def check(self) -> Report:
        """Versions, currency, taxes, clock and rights, and whether the settings fit the shop."""
        report = await Checker(self._settings, self._client, self._open).report()
        if not report.facts:
            return report
        report = Report({**report.facts, "messages": self._hooks.way()}, report.problems)
        if self._companion is None:
            return report
        terms = await read_terms(self._client, "check")
        found = await ask_plugin(self._companion, "check")
        more = found.report(terms.currency, includes_tax=terms.includes_tax, now=self._now())
        return Report({**report.facts, **more.facts}, (*report.problems, *more.problems))

    async def close(self) -> None:
        await self._client.close()

    def _open(self, settings: WooSettings) -> WooClient:
        return WooClient(self._id, settings, now=self._now, nonce=self._nonce)

    def _plugin_of(self, settings: WooSettings) -> Companion | None:
        if settings.companion_secret is None:
            return None
        secret = settings.companion_secret.get_secret_value()
        return Companion(self._id, self._client, secret, now=self._now, nonce=self._nonce)

    def _learned(self) -> Capabilities:
        found = _capabilities(self._settings, self._terms)
        plugin = self._plugin_facts
        pictures = frozenset({"images"} if plugin.has_pictures else ())
        return msgspec.structs.replace(
            found,
            tiers_batch=TIERS_BATCH if plugin.keeps_prices else 0,
            product_fields=found.product_fields | pictures,
            document_links=plugin.shows_documents,
        )


def _words(settings: WooSettings, terms: Terms) -> OrderWords:
    return OrderWords(
        stages=STAGES | settings.statuses,
        vat_keys=settings.vat_id_meta + VAT_KEYS,
        unpaid_methods=settings.unpaid_methods,
        rates=terms.rates_by_id,
    )


def _capabilities(settings: WooSettings, terms: Terms) -> Capabilities:
    classes = settings.tax_classes
    if classes is None or not terms.taxes:
        classes = classes_by_rate(terms.rates)
    return Capabilities(
        read_batch=BATCH * _SIDE_BY_SIDE,
        stock_batch=BATCH * _SIDE_BY_SIDE,
        price_batch=BATCH * _SIDE_BY_SIDE,
        guarded_stock=False,
        stock_window=_STOCK_WINDOW,
        prices_include_tax=terms.includes_tax,
        price_digits=terms.digits,
        dated_prices=True,
        tax_classes=classes,
        currency=terms.currency or None,
        keyed_updates=True,
        signed_headers=False,
        product_batch=PAGE_BATCH,
        product_fields=PAGE_FIELDS_SAID,
        html_text=True,
        weight_digits=WEIGHT_DIGITS,
        remakes_variants=True,
        product_window=PRODUCT_WINDOW,
    )


connector = ConnectorSpec(
    id="woocommerce", title="WooCommerce", kind="shop", settings=WooSettings, open=WooConnector
)
