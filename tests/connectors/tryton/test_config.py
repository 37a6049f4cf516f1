"""Settings: wrong ones are named, secrets are never shown."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from panstore.connectors.tryton.config import TrytonSettings

GOOD = {
    "url": "https://erp.example.com/",
    "database": "demo",
    "user": "panstore",
    "password": "very secret",
    "webhook_secret": "whsec_dGhpcyBpcyBhIHZlcnkgZ29vZCBrZXk=",
}


def test_good_settings_are_normalised() -> None:
    settings = TrytonSettings.model_validate(GOOD | {"taxes": {"9.50": "3"}})
    assert settings.url == "https://erp.example.com"
    assert settings.taxes == {"9.5": "3"}
    assert settings.concurrency == 1
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "very secret" not in shown
        assert "whsec_" not in shown


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "erp.example.com"),
        ("url", "ftp://erp.example.com"),
        ("url", "https://panstore:very@erp.example.com"),
        ("database", "../demo"),
        ("user", ""),
        ("webhook_secret", "not a key"),
        ("webhook_secret", "whsec_%%%"),
        ("webhook_secret", "whsec_c2hvcnQ="),
        ("taxes", {"many": "3"}),
        ("taxes", {"-1": "3"}),
        ("taxes", {"NaN": "3"}),
        ("taxes", {"22": "DDV"}),
        ("carriers", {"post": "0"}),
        ("shipping_product", "DOSTAVA"),
        ("timeout_s", 0),
        ("concurrency", 0),
        ("pasword", "typo"),
    ],
)
def test_a_wrong_setting_is_named(key: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        TrytonSettings.model_validate(GOOD | {key: value})
    assert key in str(caught.value)
    assert "very secret" not in str(caught.value)
