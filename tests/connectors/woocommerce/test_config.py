"""Settings that cannot work stop the start, without showing what was entered."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.connector import connector
from panstore.model.ids import ConnectionId

GOOD: dict[str, Any] = {
    "url": "https://shop.example/",
    "consumer_key": "ck_abc",
    "consumer_secret": "cs_def",
}


def settings(**changes: Any) -> WooSettings:
    return WooSettings.model_validate(GOOD | changes)


def test_three_values_are_enough() -> None:
    found = settings()
    assert (found.signs, found.home, found.webhook_secret, found.tax_classes) == (
        False,
        None,
        None,
        None,
    )
    assert (connector.id, connector.kind) == ("woocommerce", "shop")


@pytest.mark.parametrize(
    ("changes", "signs"),
    [
        ({"url": "http://shop.example"}, True),
        ({"url": "http://shop.example", "auth": "basic"}, False),
        ({"auth": "oauth"}, True),
    ],
)
def test_calls_are_signed_where_basic_is_not_believed(changes: dict[str, Any], signs: bool) -> None:
    assert settings(**changes).signs is signs


def test_secrets_are_not_shown() -> None:
    hidden = {
        "consumer_key": "ck_hidden",
        "consumer_secret": "cs_hidden",
        "webhook_secret": "hidden words",
        "companion_secret": "whsec_aGlkZGVu",
    }
    found = settings(**hidden)
    opened = connector.open(ConnectionId("shop"), found)
    shown = f"{found!r} {found} {opened!r} {opened} {found.model_dump()}"
    assert not [secret for secret in hidden.values() if secret in shown]


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "ftp://shop.example"},
        {"url": "https://user:hidden@shop.example"},
        {"url": "https://shop.example/?consumer_key=hidden"},
        {"url": "https://shop.example/wp-json/wc/v3/"},
        {"url": "https://shop.example/wp-admin"},
        {"home": "https://shop.example/wp-json"},
        {"consumer_key": "cs_hidden"},
        {"consumer_key": "hidden"},
        {"consumer_key": "ck_hidden\n"},
        {"consumer_secret": "ck_hidden"},
        {"consumer_secret": ""},
        {"auth": "hidden"},
        {"webhook_secret": ""},
        {"webhook_secret": " hidden"},
        {"webhook_secret": "hiddenč"},
        {"webhook_secret": "hidden&words"},
        {"webhook_secret": "hidden  words"},
        {"companion_secret": "hidden"},
        {"tax_classes": {"high": "standard"}},
        {"statuses": {"custom": "sold"}},
        {"timeout_s": 0},
        {"concurrency": 0},
        {"concurrency": 17},
        {"password": "hidden"},
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    assert "hidden" not in str(caught.value)
