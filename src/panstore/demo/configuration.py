"""The demo's `panstore.toml`: what a person would write, with the demo's addresses and secrets."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Messengers", "write_settings"]

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
{lines}
[routes.shop.modules.S1]
warehouses = ["LJ"]
safety_stock = "0"

[routes.shop.modules.S2]
currency = "EUR"

[routes.shop.modules.S3]
first_sync = "apply"
publish_new = true

[routes.shop.modules.S5]

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


_LINES = """\
printer = "pages"
mail = "mail"
sms = "sms"
"""

_TELLING = """
[connections.pages]
connector = "typst"
logo = {logo}
color = "#1f6b45"
thanks = {{ sl = "Hvala, ker kupujete pri nas.", en = "Thank you for buying from us." }}

[connections.mail]
connector = "smtp"
host = "127.0.0.1"
port = {smtp}
security = "none"
sender = "racuni@zelena-skodelica.example"
sender_name = "Zelena skodelica"
reply_to = "trgovina@zelena-skodelica.example"

[connections.sms]
connector = "smpp"
host = "127.0.0.1"
port = {sms}
user = "panstore"
password = "demo"
sender = "Skodelica"

[routes.shop.modules.P3]

[routes.shop.modules.P4]
events = ["reserved", "partly_reserved", "dispatched", "ready_for_pickup", "cancelled"]
consent = "true"
name = "Zelena skodelica"
"""


@dataclass(frozen=True)
class Messengers:
    """Ports on which mails and SMS are taken."""

    smtp: int
    sms: int


def write_settings(
    directory: Path,
    erp: dict[str, Any],
    shop: dict[str, Any],
    secrets: dict[str, str],
    port: int,
    *,
    messengers: Messengers | None = None,
) -> Path:
    """Write the file, readable by its owner only, and return its path.

    Args:
        port: of the console.
        messengers: None to tell buyers nothing.
    """
    services = erp["services"]
    text = _TEMPLATE.format(
        port=port,
        lines="" if messengers is None else _LINES,
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
    if messengers is not None:
        text += _TELLING.format(
            smtp=messengers.smtp,
            sms=messengers.sms,
            logo=_quoted(str(Path(__file__).parent / "logo.svg")),
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
