"""The demo's `panstore.toml`: what a person would write, with the demo's addresses and secrets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["write_settings"]

_TEMPLATE = """\
# Settings of this demo. Written at every start; change the copy of it, not this file.
log = "info"

[store]
url = "sqlite:///panstore.sqlite"

[web]
host = "127.0.0.1"
port = {port}
api_token = {console_api}

[engine]
poll_seconds = 2.0

[connections.erp]
connector = "tryton"
url = {erp_url}
database = {database}
user = {user}
password = {password}
webhook_secret = {erp_webhook}
web_shop = "Zelena skodelica"
carriers = {carriers}
shipping_product = {shipping}
rounding_product = {rounding}

[connections.shop]
connector = "oscar"
url = {shop_url}
api_token = {shop_api}
webhook_secret = {shop_webhook}

[routes.shop]
erp = "erp"
shop = "shop"
zone = "Europe/Ljubljana"

[routes.shop.modules.S1]
warehouses = ["LJ"]
safety_stock = "0"

[routes.shop.modules.S2]
currency = "EUR"

[routes.shop.modules.S4]
warehouse = "LJ"
match = ["vat", "email", "address"]
delivery_methods = {{ posta = "post", prevzem = "pickup" }}

[routes.shop.modules.S4.tell]
waiting = "Waiting for goods"
reserved = "Being processed"
partly_shipped = "Partly shipped"
shipped = "Shipped"
cancelled = "Cancelled"
refunded = "Refunded"

[routes.shop.modules.P2]
rule = "true"
shortage = "part"
unpaid_hours = 72
unpaid_rule = '!order.paid && order.payment_method == "Bank transfer"'

[routes.shop.modules.P1]
rule = '''
order.paid || order.payment_method == "Invoice"
|| order.guest && order.payment_method == ""
|| order.payment_method == "Cash on delivery" && order.shipped
'''
"""


def write_settings(
    directory: Path,
    erp: dict[str, Any],
    shop: dict[str, Any],
    secrets: dict[str, str],
    port: int,
) -> Path:
    """Write the file, readable by its owner only, and return its path."""
    services = erp["services"]
    text = _TEMPLATE.format(
        port=port,
        erp_url=_quoted(erp["url"]),
        database=_quoted(erp["database"]),
        user=_quoted(erp["user"]),
        password=_quoted(erp["password"]),
        carriers=_table({code: str(id_) for code, id_ in erp["carriers"].items()}),
        shipping=_quoted(str(services["shipping"])),
        rounding=_quoted(str(services["rounding"])),
        shop_url=_quoted(shop["url"]),
        **{name: _quoted(value) for name, value in secrets.items()},
    )
    path = directory / "panstore.toml"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    return path


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _table(values: dict[str, str]) -> str:
    return "{ " + ", ".join(f"{_quoted(k)} = {_quoted(v)}" for k, v in values.items()) + " }"
