"""`panstore sms`: shown, sent once, refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from panstore.cli.app import main
from panstore.cli.host import DONE, TROUBLE, USAGE
from panstore.modules.p4_sms.settings import SmsSettings
from panstore.testing.world import Scene
from tests.engine.house import P4, S1, S2, S4, House, Post
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


class SmsHouse(House):
    """With P4 on, and a provider."""

    def __init__(self, scene: Scene, url: str, **options: Any) -> None:
        settings = SmsSettings.model_validate({
            "consent": "order.total > 0",
            "price_per_part": "0.05",
            "texts": {"call_us": {"sl": "Pokličite nas.", "en": "Please call us."}},
        })
        given: dict[str, Any] = {"modules": frozenset({S1, S2, S4, P4}), "post": Post(scene)}
        super().__init__(scene, url, **given | options, p4_settings=settings)


@pytest.fixture
def host(tmp_path: Path, capsys: Capture) -> ShopHost:
    made = ShopHost(tmp_path, kind=SmsHouse)
    made.work(House.settle)
    scene = made.scene
    order = scene.shop.place_order((scene.shop_links[0].shop, 1))
    scene.shop.put(replace(order, customer=replace(order.customer, phone="040 123 456")))
    made.work(House.settle)
    capsys.readouterr()
    return made


def _number(host: ShopHost) -> str:
    [entry] = host.scene.shop.orders.all()
    return entry.order.number


def _json(host: ShopHost, capsys: Capture, *words: str) -> tuple[int, dict[str, Any]]:
    code = main(host, ["sms", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_templates_are_listed(host: ShopHost, capsys: Capture) -> None:
    assert main(host, ["sms", "templates"]) == DONE
    text = capsys.readouterr().out
    assert "call_us" in text
    assert "on demand" in text
    code, found = _json(host, capsys, "templates", "--route", "shop")
    assert code == DONE
    assert {one["name"] for one in found["templates"]} >= {"call_us", "dispatched"}


def test_one_is_shown_before_with_its_price_and_without_the_number(
    host: ShopHost, capsys: Capture
) -> None:
    number = _number(host)
    assert main(host, ["sms", "preview", number, "--template", "call_us"]) == DONE
    text = capsys.readouterr().out
    for part in ("Pokličite nas.", "parts: 1", "price: 0.05 EUR", "all letters", "+386******"):
        assert part in text
    assert "123456" not in text
    code, found = _json(host, capsys, "preview", number, "--template", "call_us")
    assert (code, found["encoding"], found["problem"]) == (DONE, "ucs2", "")


def test_one_is_sent_once_unless_asked_again(host: ShopHost, capsys: Capture) -> None:
    number = _number(host)
    assert main(host, ["sms", "send", number, "--template", "call_us"]) == DONE
    assert f'The SMS "call_us" of order {number} is on its way' in capsys.readouterr().out
    host.work(House.settle)
    assert main(host, ["sms", "send", number, "--template", "call_us"]) == TROUBLE
    said = capsys.readouterr().err
    assert "is sent" in said
    assert "--again" in said
    code, asked = _json(host, capsys, "send", number, "--template", "call_us", "--again")
    assert (code, asked["number"]) == (DONE, number)
    host.work(House.settle)
    assert main(host, ["messages", "list", "--channel", "sms"]) == DONE
    assert capsys.readouterr().out.count("Call us") == 2


def test_what_cannot_be_sent_is_said(host: ShopHost, capsys: Capture) -> None:
    number = _number(host)
    assert main(host, ["sms", "send", number, "--template", "cal_us"]) == USAGE
    assert "there are order_received" in capsys.readouterr().err
    assert main(host, ["sms", "send", "none", "--template", "call_us"]) == TROUBLE
    assert "is not known" in capsys.readouterr().err
    [entry] = host.scene.shop.orders.all()
    landline = replace(entry.order.customer, phone="01 234 56 78")
    host.scene.shop.put(replace(entry.order, customer=landline))
    host.work(House.settle)
    capsys.readouterr()
    assert main(host, ["sms", "send", number, "--template", "call_us"]) == TROUBLE
    assert "landline" in capsys.readouterr().err
    assert main(host, ["sms", "preview", number, "--template", "call_us"]) == TROUBLE
    assert "would not be sent: " in capsys.readouterr().out
