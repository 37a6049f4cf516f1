"""Settings that cannot work stop the start and name the key; they never show a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from panstore.app.aside import LeaveToOthers
from panstore.app.settings import load
from panstore.app.wiring import build
from panstore.sdk.errors import ConfigError
from panstore.store.database import Store

SECRET = "very-secret-token"

SETTINGS = f"""
[web]
api_token = "{SECRET}"

[connections.erp]
connector = "tryton"
url = "http://127.0.0.1:1"
database = "d"
user = "u"
password = "{SECRET}"

[connections.shop]
connector = "oscar"
url = "http://127.0.0.1:2"
api_token = "{SECRET}"

[routes.shop]
erp = "erp"
shop = "shop"

[routes.shop.modules.S1]
warehouses = ["LJ"]
"""


def _file(folder: Path, text: str) -> Path:
    file = folder / "panstore.toml"
    file.write_text(text)
    return file


async def _refused(folder: Path, text: str) -> ConfigError:
    store = Store(f"sqlite:///{folder}/panstore.sqlite")
    try:
        with pytest.raises(ConfigError) as caught:
            build(load(_file(folder, text)), store, LeaveToOthers())
    finally:
        await store.close()
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("[web]", "[web]\nhots = 'x'", "web.hots"),
        (f'api_token = "{SECRET}"', "", "web.api_token"),
        ('connector = "oscar"', 'connector = "osca"', "connections.shop.connector"),
        ('connector = "oscar"\n', "", "connections.shop.connector"),
        ('erp = "erp"\n', 'erp = "shop"\n', "routes.shop.erp"),
        ('shop = "shop"\n', 'shop = "shop"\nzone = "Mars"\n', "routes.shop.zone"),
        ("modules.S1", "modules.S99", "routes.shop.modules.S99"),
        ('["LJ"]', "[]", "routes.shop.modules.S1.warehouses"),
        (f'"{SECRET}"\n\n[routes', "{ env = 'NOT_SET' }\n\n[routes", "connections.shop.api_token"),
        (f'"{SECRET}"\n\n[routes', "{ file = 'none' }\n\n[routes", "connections.shop.api_token"),
    ],
)
async def test_a_wrong_setting_is_named(tmp_path: Path, old: str, new: str, path: str) -> None:
    assert old in SETTINGS
    error = await _refused(tmp_path, SETTINGS.replace(old, new, 1))
    assert error.path == path


@pytest.mark.parametrize(
    "address",
    [
        "http://documents.example.com",
        "documents.example.com",
        "https://",
        "https://documents.example.com:0",
        "https://documents.example.com:x",
        "https://documents.example.com/?a=1",
        "https://documents.example.com/#a",
        "https://user:secret@documents.example.com",
        "https://documents.example.com/a b",
        "https://dokumenti.čaj.si",
    ],
)
async def test_an_address_for_buyers_is_a_plain_safe_one(tmp_path: Path, address: str) -> None:
    error = await _refused(
        tmp_path, SETTINGS.replace("[web]", f"[web]\npublic_url = '{address}'", 1)
    )
    assert error.path == "web.public_url"


def test_an_address_for_buyers_may_have_a_path_and_a_slash_at_its_end(tmp_path: Path) -> None:
    address = "https://example.com:8443/documents"
    text = SETTINGS.replace("[web]", f"[web]\npublic_url = '{address}/'", 1)
    assert load(_file(tmp_path, text)).web.public_url == address


async def test_two_routes_cannot_share_a_shop(tmp_path: Path) -> None:
    second = '\n[routes.other]\nerp = "erp"\nshop = "shop"\n'
    error = await _refused(tmp_path, SETTINGS + second)
    assert error.path == "routes.other.shop"
    assert "'shop'" in str(error)


@pytest.mark.parametrize(("code", "rule"), [("P1", "order.paid"), ("P2", "true")])
async def test_a_module_without_the_one_it_stands_on_is_refused(
    tmp_path: Path, code: str, rule: str
) -> None:
    alone = f"\n[routes.shop.modules.{code}]\nrule = '{rule}'\n"
    error = await _refused(tmp_path, SETTINGS + alone)
    assert error.path == f"routes.shop.modules.{code}"
    assert "nothing without S4" in str(error)
    orders = '\n[routes.shop.modules.S4]\nwarehouse = "LJ"\n'
    store = Store(f"sqlite:///{tmp_path}/other.sqlite")
    engine = build(load(_file(tmp_path, SETTINGS + alone + orders)), store, LeaveToOthers())
    await store.close()
    [route] = engine.context.routes.values()
    assert set(route.flow_modules) == {code, "S4"}


async def test_a_rule_with_a_wrong_name_stops_the_start_at_its_place(tmp_path: Path) -> None:
    wrong = "\n[routes.shop.modules.P1]\nrule = 'order.payed'\n"
    error = await _refused(tmp_path, SETTINGS + wrong)
    assert error.path == "routes.shop.modules.P1.rule"
    assert "order.paid" in str(error)


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANSTORE__WEB__PORT", "8700")
    monkeypatch.setenv("PANSTORE__ROUTES__SHOP__MODULES__S1__SAFETY_STOCK", "3")
    config = load(_file(tmp_path, SETTINGS))
    assert config.web.port == 8700
    assert config.routes["shop"].modules["S1"]["safety_stock"] == "3"
    assert SECRET not in repr(config.web)


async def test_pages_are_made_by_a_printer_or_by_the_erp_itself(tmp_path: Path) -> None:
    named = 'shop = "shop"\nprinter = "{}"\n'.format
    shop = SETTINGS.replace('shop = "shop"\n', named("shop"), 1)
    error = await _refused(tmp_path, shop)
    assert error.path == "routes.shop.printer"
    assert "no printer connection" in str(error)
    own = SETTINGS.replace('shop = "shop"\n', named("erp"), 1)
    store = Store(f"sqlite:///{tmp_path}/panstore.sqlite")
    engine = build(load(_file(tmp_path, own)), store, LeaveToOthers())
    assert [route.printer for route in engine.context.routes.values()] == ["erp"]
    await store.close()


def test_a_path_is_looked_for_beside_the_settings(tmp_path: Path) -> None:
    paper = '\n[connections.paper]\nconnector = "typst"\nlogo = { path = "pictures/logo.svg" }\n'
    config = load(_file(tmp_path, SETTINGS + paper))
    assert config.connections["paper"]["logo"] == str(tmp_path / "pictures" / "logo.svg")


async def test_a_path_from_nowhere_is_refused_with_how_to_say_it(tmp_path: Path) -> None:
    paper = '\n[connections.paper]\nconnector = "typst"\nlogo = "logo.svg"\n'
    error = await _refused(tmp_path, SETTINGS + paper)
    assert error.path == "connections.paper.logo"
    assert '{ path = "logo.svg" }' in str(error)
