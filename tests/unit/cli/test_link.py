"""`panstore link`: proposals are printed and written, and linked when somebody says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from panstore.cli.app import main
from panstore.engine.context import LINKS
from panstore.model.ids import RouteId
from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def unlinked(host: ShopHost) -> ShopHost:
    """An article on either side with codes that are written differently."""
    host.scene.erp.add_variant("ERP-0 9")
    host.scene.shop.add_variant("erp.09")

    async def read(house: House) -> None:
        await house.engine.full_run(RouteId("shop"), [LINKS])
        await house.settle()

    host.work(read)
    return host


def test_proposed_written_to_a_file_edited_and_linked(
    unlinked: ShopHost, capsys: Capture, tmp_path: Path
) -> None:
    sheet = tmp_path / "pairs.csv"
    assert main(unlinked, ["link", "--out", str(sheet)]) == 2
    assert "Pairs proposed: 1" in capsys.readouterr().out
    assert main(unlinked, ["link", "propose", "--out", str(sheet)]) == 1
    assert "there already" in capsys.readouterr().err
    text = sheet.read_text("utf-8-sig")
    sheet.write_text(text.replace("shop;;", "shop;da;", 1), "utf-8-sig")
    assert main(unlinked, ["link", "apply", str(sheet)]) == 2
    assert "Nothing was changed" in capsys.readouterr().out
    assert main(unlinked, ["link", "apply", str(sheet), "--yes"]) == 0
    assert "Linked: 1." in capsys.readouterr().out
    assert main(unlinked, ["link", "propose"]) == 0


def test_by_confidence_and_errors_that_change_nothing(
    unlinked: ShopHost, capsys: Capture, tmp_path: Path
) -> None:
    assert main(unlinked, ["link", "apply", "--min-confidence", "0.99", "--yes"]) == 0
    assert "Linked: 0." in capsys.readouterr().out
    bad = tmp_path / "bad.csv"
    bad.write_text("route;take;erp_id;shop_id;factor\nshop;yes;none;none;1\n")
    assert main(unlinked, ["link", "apply", str(bad), "--yes"]) == 1
    assert "line 2" in capsys.readouterr().err
    assert main(unlinked, ["link", "apply"]) == 64
    assert main(unlinked, ["link", "apply", str(tmp_path / "no.csv")]) == 1
    assert main(unlinked, ["link", "apply", "--min-confidence", "0.5", "--yes"]) == 0
    assert "Linked: 1." in capsys.readouterr().out
