"""Settings that cannot work stop the start, without showing what was entered."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from panstore.connectors.oscar.config import OscarSettings
from panstore.connectors.oscar.connector import connector
from panstore.model.ids import ConnectionId

SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="
GOOD: dict[str, Any] = {"url": "https://shop.example/", "api_token": "pst_abc"}


def settings(**changes: Any) -> OscarSettings:
    return OscarSettings.model_validate(GOOD | changes)


def test_two_values_are_enough() -> None:
    found = settings()
    assert str(found.url) == "https://shop.example/"
    assert (found.webhook_secret, found.tax_classes, found.statuses) == (None, None, {})
    assert connector.id == "oscar"
    assert connector.kind == "shop"


def test_secrets_are_not_shown() -> None:
    found = settings(api_token="pst_hidden", webhook_secret=SECRET)
    opened = connector.open(ConnectionId("shop"), found)
    shown = f"{found!r} {found} {opened!r} {opened} {found.model_dump()}"
    assert "pst_hidden" not in shown
    assert SECRET not in shown


def test_rates_are_normalised() -> None:
    assert settings(tax_classes={"22.0": "vat", "9.50": "low"}).tax_classes == {
        "22": "vat",
        "9.5": "low",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "ftp://shop.example"},
        {"url": "https://user:hidden@shop.example"},
        {"url": "https://shop.example/?token=hidden"},
        {"url": "shop.example"},
        {"api_token": ""},
        {"api_token": "hidden token"},
        {"api_token": "hidden\n"},
        {"api_token": "hiddenč"},
        {"webhook_secret": "hidden"},
        {"webhook_secret": "whsec_"},
        {"webhook_secret": "whsec_hidden!"},
        {"tax_classes": {"high": "22"}},
        {"tax_classes": {"-1": "22"}},
        {"tax_classes": {"101": "22"}},
        {"tax_classes": {"NaN": "22"}},
        {"statuses": {"Paid": "sold"}},
        {"timeout_s": 0},
        {"concurrency": 0},
        {"password": "hidden"},
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    assert "hidden" not in str(caught.value)
