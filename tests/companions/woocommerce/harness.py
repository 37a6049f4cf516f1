"""The WooCommerce connector with the plugin PanStore, in a real WordPress, for the suites."""

from __future__ import annotations

import asyncio
import itertools
import json
from decimal import Decimal
from typing import Any

from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.connector import WooConnector
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.roles import Connector
from panstore.testing.proxy import FaultProxy
from panstore.testing.suites import Disturbance
from panstore.testing.suites.proxied import disturb_through
from tests.companions.woocommerce.wordpress import WordPress

__all__ = ["WRONG_SECRET", "CompanionHarness", "Session", "add_product", "log_in", "secret_of"]

WRONG_SECRET = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA=="
# Longer than WordPress ever needs on a busy machine: what was carried out is looked for after it.
_TIMEOUT_S = 4.0
_numbers = itertools.count(1)


class Session:
    """A buyer's browser: his cookie, and the nonce his pages carry."""

    def __init__(self, wordpress: WordPress, account: int) -> None:
        told = wordpress.php(
            """
            $user  = $given['account'];
            $until = time() + 3600;
            $token = WP_Session_Tokens::get_instance( $user )->create( $until );
            $value = wp_generate_auth_cookie( $user, $until, 'logged_in', $token );
            $_COOKIE[ LOGGED_IN_COOKIE ] = $value;
            wp_set_current_user( $user );
            $cookie = LOGGED_IN_COOKIE . '=' . rawurlencode( $value );
            return array( $cookie, wp_create_nonce( 'wp_rest' ) );
            """,
            account=account,
        )
        self._wordpress = wordpress
        self.cookie, self.nonce = told

    def fetch(
        self, path: str, *, nonce: bool = True, **cookies: str
    ) -> tuple[int, dict[str, str], bytes]:
        """A page or an answer of the API, as this buyer gets it."""
        return self._wordpress.fetch(path, headers=self._headers(nonce=nonce, **cookies))

    def get(self, path: str) -> Any:
        """The API's JSON."""
        status, _, body = self.fetch(path)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, body: Any) -> Any:
        """The same, to a call that takes something."""
        status, _, answer = self._wordpress.fetch(
            path,
            method="POST",
            body=json.dumps(body).encode(),
            headers=self._headers() | {"Content-Type": "application/json"},
        )
        assert status == 200, answer
        return json.loads(answer)

    def cart(self, *lines: tuple[int, int]) -> Any:
        """What the Store API says of a cart of (product, quantity)."""
        return self.post("/wp-json/wc/store/v1/cart", _lines(lines))

    def checkout(self, *lines: tuple[int, int]) -> Any:
        """What it says when an order for them is to be placed."""
        return self.post("/wp-json/wc/store/v1/checkout", _lines(lines))

    def _headers(self, *, nonce: bool = True, **cookies: str) -> dict[str, str]:
        more = "".join(f"; {name}={value}" for name, value in cookies.items())
        headers = {"Cookie": self.cookie + more}
        return headers | {"X-WP-Nonce": self.nonce} if nonce else headers


def log_in(wordpress: WordPress, account: int) -> Session:
    return Session(wordpress, account)


def secret_of(wordpress: WordPress) -> str:
    secret: str = wordpress.php("return get_option( 'panstore_secret' );")
    return secret


def add_product(
    wordpress: WordPress, title: str, price: str, *, parent: int = 0, sale: str = ""
) -> int:
    """A product, or a variation of one."""
    id_: int = wordpress.php(
        """
        return wp_insert_post( array(
            'post_type'   => $given['parent'] ? 'product_variation' : 'product',
            'post_parent' => $given['parent'],
            'post_title'  => $given['title'],
            'post_status' => 'publish',
            'meta_input'  => array(
                '_price'         => $given['sale'] ? $given['sale'] : $given['price'],
                '_regular_price' => $given['price'],
                '_sale_price'    => $given['sale'],
            ),
        ) );
        """,
        title=title,
        price=price,
        parent=parent,
        sale=sale,
    )
    assert id_ > 0
    return id_


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


def _lines(lines: tuple[tuple[int, int], ...]) -> dict[str, dict[str, int]]:
    return {
        f"line{place}": {"product": product, "quantity": quantity}
        for place, (product, quantity) in enumerate(lines)
    }
