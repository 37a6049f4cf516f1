"""Modules with messages need somebody who prints and somebody who hands over, told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from panstore.app.aside import LeaveToOthers
from panstore.app.settings import load
from panstore.app.wiring import build
from panstore.model.ids import RouteId
from panstore.sdk.errors import ConfigError
from panstore.store.database import Store
from tests.unit.app.test_settings import SETTINGS

MAILING = (
    SETTINGS.replace(
        '[routes.shop]\nerp = "erp"\nshop = "shop"',
        """[connections.paper]
connector = "typst"

[connections.post]
connector = "smtp"
host = "mail.example.com"
sender = "shop@example.com"

[routes.shop]
erp = "erp"
shop = "shop"
printer = "paper"
mail = "post"
language = "sl\"""",
    )
    + """
[routes.shop.modules.S4]
warehouse = "LJ"

[routes.shop.modules.P3]
copies_to = ["archive@example.com"]

[routes.shop.modules.P3.texts.invoice.sl]
subject = "Račun {{ document.number }}"
"""
)


async def _build(folder: Path, text: str) -> RouteId:
    file = folder / "panstore.toml"
    file.write_text(text)
    store = Store(f"sqlite:///{folder}/panstore.sqlite")
    try:
        engine = build(load(file), store, LeaveToOthers())
    finally:
        await store.close()
    [route] = engine.context.routes.values()
    assert list(route.message_modules) == ["P3"]
    assert (route.printer, route.mail, route.sms, route.language) == ("paper", "post", None, "sl")
    return route.id


async def test_a_route_with_a_printer_and_a_mail_server(tmp_path: Path) -> None:
    assert await _build(tmp_path, MAILING) == "shop"


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ('mail = "post"\n', "", "routes.shop.modules.P3", "name a connection at routes.shop.mail"),
        ('printer = "paper"\n', "", "routes.shop.modules.P3", "routes.shop.printer"),
        ('mail = "post"', 'mail = "paper"', "routes.shop.mail", "is no mail connection"),
        ('mail = "post"', 'mail = "nobody"', "routes.shop.mail", "connections that are one: post"),
        ('printer = "paper"', 'printer = "post"', "routes.shop.printer", "is no printer"),
        ('language = "sl"', 'language = "de"', "routes.shop.language", "'sl' or 'en'"),
        (
            "{{ document.number }}",
            "{{ document.nr }}",
            "routes.shop.modules.P3.texts.invoice.sl.subject",
            "line 1: there is no name document.nr; allowed: order.number",
        ),
        ("archive@", "archive at ", "routes.shop.modules.P3.copies_to.0", "is no mail address"),
        (
            "[routes.shop.modules.S4]\nwarehouse",
            "[routes.shop.modules.S9]\nwarehouse",
            "routes.shop.modules",
            "",
        ),
    ],
)
async def test_what_cannot_work_stops_the_start(
    tmp_path: Path, old: str, new: str, path: str, said: str
) -> None:
    assert MAILING.count(old) == 1
    with pytest.raises(ConfigError) as refused:
        await _build(tmp_path, MAILING.replace(old, new))
    assert refused.value.path.startswith(path)
    assert said in str(refused.value)
