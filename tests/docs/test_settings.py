"""Settings that pages show are understood by the product."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from panstore.app import settings
from panstore.app.aside import LeaveToOthers
from panstore.app.template import TEMPLATE
from panstore.app.wiring import build
from panstore.store.database import Store
from tests.docs.blocks import Block, blocks

SECRETS = (
    "PANSTORE_API_TOKEN",
    "ERP_PASSWORD",
    "ERP_WEBHOOK_SECRET",
    "SHOP_API_TOKEN",
    "SHOP_COMPANION_SECRET",
    "SHOP_WEBHOOK_SECRET",
    "MAIL_PASSWORD",
    "SMS_CALLBACK_SECRET",
)
SENDERS = {
    "paper": ("printer", 'connector = "typst"'),
    "post": ("mail", 'connector = "smtp"\nhost = "mail.example.com"\nsender = "a@example.com"'),
    "sms": (
        "sms",
        'connector = "smpp"\nhost = "smpp.example.com"\nuser = "a"\npassword = "b"\nsender = "A"',
    ),
}
"""Who prints and hands messages over, for pages that speak of the messages alone."""


def _without(tables: set[str], text: str) -> str:
    """The text without the tables that the page shows itself."""
    kept, keep = [], True
    for line in text.splitlines():
        if line.startswith("["):
            keep = line.partition("]")[0] + "]" not in tables
        if keep:
            kept.append(line)
    return "\n".join(kept)


def _with_senders(text: str) -> str:
    """The settings with the connections that modules with messages need and nobody has shown."""
    route, head = text.partition("[routes.shop]\n")[2], text.partition("[routes.shop]\n")[0]
    own = route.partition("\n[")[0]
    added = [f'{key} = "{key}"' for key in ("erp", "shop") if f"\n{key} = " not in f"\n{own}"]
    connections = ""
    for name, (key, values) in SENDERS.items():
        if f"\n{key} = " not in f"\n{own}":
            added.append(f'{key} = "{name}"')
        if f"[connections.{name}]" not in text:
            connections += f"[connections.{name}]\n{values}\n\n"
    return "\n".join([head + connections + "[routes.shop]", *added, route])


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
async def test_shown_settings_work(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "whsec_" + base64.b64encode(bytes(24)).decode()
    for name in SECRETS:
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("SHOP_CONSUMER_KEY", "ck_shown")
    monkeypatch.setenv("SHOP_CONSUMER_SECRET", "cs_shown")
    monkeypatch.setenv("SMS_PASSWORD", "stamp")  # SMPP takes at most eight letters
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "erp").write_text("from a file\n")
    shown = {line.partition("]")[0] + "]" for line in block.text.splitlines() if line[:1] == "["}
    file = tmp_path / "panstore.toml"
    text = f"{_without(shown, TEMPLATE)}\n{block.text}\n"
    # The template's ERP prints nothing of its own where nobody has a message to send.
    file.write_text(_with_senders(text) if ".P3" in text or ".P4" in text else text)
    config = settings.load(file)
    store = Store(f"sqlite:///{tmp_path}/panstore.sqlite")
    engine = build(config, store, LeaveToOthers())
    assert engine.context.routes
    for connector in engine.context.connectors.values():
        await connector.close()
    await store.close()
