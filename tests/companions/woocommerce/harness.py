"""The WooCommerce connector with the plugin PanStore, in a real WordPress, for the suites."""

from __future__ import annotations

import asyncio
import itertools
from decimal import Decimal

from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.connector import WooConnector
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.roles import Connector
from panstore.testing.proxy import FaultProxy
from panstore.testing.suites import Disturbance
from panstore.testing.suites.proxied import disturb_through
from tests.companions.woocommerce.buyers import Session, add_product, log_in, secret_of
from tests.companions.woocommerce.wordpress import WordPress

__all__ = ["WRONG_SECRET", "CompanionHarness"]

WRONG_SECRET = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA=="
# Longer than WordPress ever needs on a busy machine: what was carried out is looked for after it.
_TIMEOUT_S = 4.0
_numbers = itertools.count(1)


class CompanionHarness:
    """A connector whose calls pass `proxy`, and the shop behind it."""

    unknown_id = ExternalId("99999999")
    currency = "EUR"
    vat_rate = Decimal(22)

    def __init__(self, wordpress: WordPress, proxy: FaultProxy) -> None:
        self.wordpress = wordpress
        self.proxy = proxy
        self.secret = secret_of(wordpress)
        self.connector: WooConnector = self.connect(self.secret)
        self.secrets = (self.secret, WRONG_SECRET, "cs_1")
        self._sessions: dict[ExternalId, Session] = {}

    def connect(self, secret: str | None) -> WooConnector:
        settings = WooSettings.model_validate({
            "url": self.proxy.url,
            "consumer_key": "ck_1",
            "consumer_secret": "cs_1",
            "companion_secret": secret,
            "timeout_s": _TIMEOUT_S,
        })
        return WooConnector(ConnectionId("shop"), settings)

    def wrong_credentials_connector(self) -> Connector:
        return self.connect(WRONG_SECRET)

    def disturb(self, what: Disturbance, *, seconds: int = 7) -> None:
        disturb_through(self.proxy, what, seconds=seconds)

    async def refuse_connections(self) -> None:
        await self.proxy.refuse()

    async def accept_connections(self) -> None:
        await self.proxy.accept()

    async def add_variant(
        self, sku: str, *, price: Decimal | None = None, stock: Decimal = Decimal(0)
    ) -> ExternalId:
        del stock
        written = "" if price is None else str(price)
        return ExternalId(str(await asyncio.to_thread(add_product, self.wordpress, sku, written)))

    async def open_account(self, email: str, *, name: str, company: str, vat_id: str) -> ExternalId:
        del name, company, vat_id
        code = "return wp_insert_user( $given );"
        login = f"buyer{next(_numbers)}"
        given = {"user_login": login, "user_email": f"{login}.{email}", "user_pass": "geslo"}
        id_ = await asyncio.to_thread(lambda: self.wordpress.php(code, **given))
        return ExternalId(str(id_))

    async def charged(
        self, account: ExternalId, product: ExternalId, quantity: Decimal
    ) -> Decimal | None:
        return await asyncio.to_thread(self._charged, account, int(product), int(quantity))

    def _charged(self, account: ExternalId, product: int, quantity: int) -> Decimal | None:
        """What the Store API says of a cart with nothing else in it."""
        if account not in self._sessions:
            self._sessions[account] = log_in(self.wordpress, int(account))
        cart = self._sessions[account].cart((product, quantity))
        if cart["errors"]:
            return None
        return Decimal(cart["lines"]["line0"])
