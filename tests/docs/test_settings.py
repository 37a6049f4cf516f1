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
    "SHOP_WEBHOOK_SECRET",
)


def _without(tables: set[str], text: str) -> str:
    """The text without the tables that the page shows itself."""
    kept, keep = [], True
    for line in text.splitlines():
        if line.startswith("["):
            keep = line.partition("]")[0] + "]" not in tables
        if keep:
            kept.append(line)
    return "\n".join(kept)


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
async def test_shown_settings_work(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "whsec_" + base64.b64encode(bytes(24)).decode()
    for name in SECRETS:
        monkeypatch.setenv(name, secret)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "erp").write_text("from a file\n")
    shown = {line.partition("]")[0] + "]" for line in block.text.splitlines() if line[:1] == "["}
    file = tmp_path / "panstore.toml"
    file.write_text(f"{_without(shown, TEMPLATE)}\n{block.text}\n")
    config = settings.load(file)
    store = Store(f"sqlite:///{tmp_path}/panstore.sqlite")
    engine = build(config, store, LeaveToOthers())
    assert engine.context.routes
    for connector in engine.context.connectors.values():
        await connector.close()
    await store.close()
