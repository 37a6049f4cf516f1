"""`panstore documents`: what the ERP has issued for an order, as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from panstore.cli.app import main
from panstore.cli.host import DONE, TROUBLE
from panstore.model.order import Order
from tests.engine.house import House
from tests.engine.issuing import IssuingHouse, buy_and_ship
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def host(tmp_path: Path) -> ShopHost:
    made = ShopHost(tmp_path, kind=IssuingHouse)
    made.work(House.settle)
    return made


def _issued(host: ShopHost) -> Order:
    made: list[Order] = []

    async def work(house: House) -> None:
        made.append(await buy_and_ship(house))

    host.work(work)
    return made[0]


def test_all_that_is_issued_is_written_as_files(
    host: ShopHost, capsys: Capture, tmp_path: Path
) -> None:
    order, out = _issued(host), tmp_path / "papers"
    capsys.readouterr()
    words = ["documents", order.number, "--out", str(out)]
    assert main(host, [*words, "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["route"]) == (order.id, "shop")
    invoice, note = told["documents"]
    assert (invoice["kind"], invoice["total"], invoice["problem"]) == (
        "invoice",
        str(order.total),
        "",
    )
    assert note["kind"] == "delivery_note"
    assert sorted(str(file) for file in out.iterdir()) == sorted([invoice["file"], note["file"]])
    assert main(host, [*words, "--kind", "credit_note"]) == DONE
    assert f"No credit note has been issued for order {order.number}" in capsys.readouterr().out
    assert main(host, [*words, "--kind", "invoice", "--language", "en"]) == DONE
    assert "-en.pdf" in capsys.readouterr().out


def test_one_that_cannot_be_made_is_said_and_the_others_are_written(
    host: ShopHost, capsys: Capture, tmp_path: Path
) -> None:
    order, out = _issued(host), tmp_path / "papers"
    host.scene.faults.script("print", "render", "rejected")
    capsys.readouterr()
    assert main(host, ["documents", order.id, "--out", str(out)]) == TROUBLE
    said = capsys.readouterr()
    assert "not written" in said.out
    assert "was not written:" in said.err
    assert len(list(out.iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_said(
    host: ShopHost, capsys: Capture, tmp_path: Path
) -> None:
    order = _issued(host)
    (tmp_path / "file").write_text("")
    assert main(host, ["documents", order.id, "--out", str(tmp_path / "file")]) == TROUBLE
    assert "cannot be written" in capsys.readouterr().err


def test_an_order_without_documents_and_an_unknown_one_are_said(
    host: ShopHost, capsys: Capture
) -> None:
    order = host.scene.shop.place_order((host.scene.shop_links[0].shop, 1))
    host.scene.shop.cancel(order.id)
    host.work(House.settle)
    capsys.readouterr()
    assert main(host, ["documents", order.id]) == DONE
    assert f"Nothing has been issued for order {order.number}" in capsys.readouterr().out
    assert main(host, ["documents", "none"]) == TROUBLE
    assert "is not known. Nothing was written." in capsys.readouterr().err
