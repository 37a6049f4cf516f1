"""Buyers of the shop and what they look at."""

from __future__ import annotations

import json
from typing import Any

from tests.companions.woocommerce.wordpress import WordPress

__all__ = ["Session", "add_product", "log_in", "secret_of"]


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


def _lines(lines: tuple[tuple[int, int], ...]) -> dict[str, dict[str, int]]:
    return {
        f"line{place}": {"product": product, "quantity": quantity}
        for place, (product, quantity) in enumerate(lines)
    }
