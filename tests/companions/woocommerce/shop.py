"""The running shop in few words: goods, buyers, and the calls PanStore makes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from panstore.connectors.woocommerce.companion import signed_content
from tests.companions.woocommerce.buyers import Session, add_product, log_in, secret_of
from tests.companions.woocommerce.wordpress import WordPress

__all__ = ["LIST", "Answer", "Shop", "tier"]

LIST = "list-7"
_numbers = itertools.count(1)


def tier(
    amount: str | None, least: str = "1", state: str = "agreed", until: str | None = None
) -> dict[str, Any]:
    """One tier as PanStore writes it."""
    return {"least": least, "state": state, "amount": amount, "until": until}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any


class Shop:
    """Attributes:
    secret: shared with PanStore.
    """

    def __init__(self, wordpress: WordPress) -> None:
        self.wordpress = wordpress
        self.secret = secret_of(wordpress)

    def reset(self) -> None:
        self.wordpress.set_options(
            panstore_settings={},
            panstore_secret=self.secret,
            woocommerce_currency="EUR",
            woocommerce_calc_taxes="yes",
            woocommerce_prices_include_tax="no",
            woocommerce_price_num_decimals=2,
            standin_page=[],
        )
        (self.wordpress.root / "extra-config.php").unlink(missing_ok=True)
        self.wordpress.log()

    def product(self, price: str = "10.00", *, parent: int = 0, sale: str = "") -> int:
        title = f"Izdelek {next(_numbers)}"
        return add_product(self.wordpress, title, price, parent=parent, sale=sale)

    def account(self) -> int:
        login = f"kupec{next(_numbers)}-{secrets.token_hex(3)}"
        id_: int = self.wordpress.php(
            "return wp_insert_user( $given );",
            user_login=login,
            user_email=f"{login}@example.com",
            user_pass="geslo",
        )
        return id_

    def log_in(self, account: int) -> Session:
        return log_in(self.wordpress, account)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stamp: int | None = None,
    ) -> Answer:
        """A signed call.

        Args:
            path: below `panstore/v1/`.
            body: goes as JSON; bytes go as they are.
            headers: in place of those of the signature.
            stamp: when it says it was made, seconds since 1970.
        """
        content = b"" if body is None else body
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        asked = query or {}
        made = self.signed(method, path, asked, raw, stamp)
        address = "&".join(f"{name}={quote(text, safe='')}" for name, text in asked.items())
        status, told, answer = self.wordpress.fetch(
            f"/wp-json/panstore/v1/{path}" + (f"?{address}" if address else ""),
            method=method,
            body=raw or None,
            headers={"Content-Type": "application/json", **made, **(headers or {})},
        )
        return Answer(status, told, json.loads(answer))

    def signed(
        self, method: str, path: str, query: Mapping[str, str], raw: bytes, stamp: int | None = None
    ) -> dict[str, str]:
        """Headers of a call."""
        id_ = f"msg_{secrets.token_hex(8)}"
        written = str(int(time.time()) if stamp is None else stamp)
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        content = f"{id_}.{written}.".encode() + signed_content(method, path, query, raw)
        mac = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return {
            "webhook-id": id_,
            "webhook-timestamp": written,
            "webhook-signature": f"v1,{mac}",
        }

    def keep(
        self, product: int, /, *tiers: dict[str, Any], agreement: str = LIST, **more: Any
    ) -> dict[str, Any]:
        """Have the shop keep the tiers of one product; what it said of it."""
        item = {"product": product, "currency": "EUR", "includes_tax": False, "tiers": list(tiers)}
        answer = self.call(
            "PUT", "contract-prices", {"agreement": agreement, "items": [item | more]}
        )
        assert answer.status == 200, answer
        (outcome,) = answer.body["items"]
        found: dict[str, Any] = outcome
        return found

    def buys_under(self, account: int, agreement: str | None, title: str = "Veleprodaja") -> None:
        """From now on that account buys under an agreement, or none."""
        item = {"account": account, "agreement": agreement, "title": title}
        answer = self.call("PUT", "contract-buyers", {"buyers": [item]})
        assert answer.status == 200, answer
        assert [one["outcome"] for one in answer.body["buyers"]] == ["done"]

    def buyer(self, agreement: str = LIST) -> Session:
        """Somebody new who buys under an agreement, logged in."""
        account = self.account()
        self.buys_under(account, agreement)
        return self.log_in(account)

    def seen(self, buyer: Session | None, product: int) -> dict[str, Any]:
        """What the Store API tells of a product."""
        path = f"/wp-json/wc/store/v1/products?include={product}"
        if buyer is None:
            status, _, body = self.wordpress.fetch(path)
            assert status == 200, body
            told = json.loads(body)
        else:
            told = buyer.get(path)
        found: dict[str, Any] = told[str(product)]
        return found
