"""`panstore person`: shown as one document, deleted only when it is really meant."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from panstore.cli.app import main
from panstore.cli.host import DONE, TROUBLE, USAGE, WAITING
from panstore.model.order import Order
from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


def _order(host: ShopHost) -> Order:
    order = host.scene.shop.place_order((host.scene.shop_links[0].shop, 2))
    host.work(House.settle)
    return order


def test_all_that_is_held_is_printed_or_written_to_a_file_of_its_owner(
    host: ShopHost, capsys: Capture, tmp_path: Path
) -> None:
    order = _order(host)
    capsys.readouterr()
    assert main(host, ["person", "export", order.customer.email]) == DONE
    printed = json.loads(capsys.readouterr().out)
    assert printed["orders"][0]["content"]["customer"]["name"] == order.customer.name

    file = tmp_path / "held.json"
    assert main(host, ["person", "export", order.customer.email, "--out", str(file)]) == DONE
    assert f"Written to {file}: 1 order, 0 messages." in capsys.readouterr().out
    assert json.loads(file.read_text())["orders"] == printed["orders"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert main(host, ["person", "export", order.customer.email, "--out", str(file)]) == TROUBLE
    assert "was left as it is" in capsys.readouterr().err


def test_erasing_says_what_it_would_do_until_it_is_confirmed(
    host: ShopHost, capsys: Capture
) -> None:
    order = _order(host)
    host.scene.shop.cancel(order.id)
    host.work(House.settle)
    capsys.readouterr()
    assert main(host, ["person", "erase", order.customer.email]) == WAITING
    assert "Held: 1 order, 0 messages. Nothing was deleted" in capsys.readouterr().out
    assert main(host, ["person", "erase", order.customer.email, "--yes", "--stop"]) == DONE
    told = capsys.readouterr().out
    assert "Erased: 1 order, 0 messages." in told
    assert "Nothing is sent to this address any more." in told
    assert "erase the person there as well" in told
    assert main(host, ["orders", "show", order.id]) == DONE
    assert order.number in capsys.readouterr().out


def test_an_open_order_is_erased_only_if_that_is_asked_for(host: ShopHost, capsys: Capture) -> None:
    order = _order(host)
    capsys.readouterr()
    assert main(host, ["person", "erase", order.customer.email, "--yes"]) == TROUBLE
    said = capsys.readouterr().err
    assert f"order {order.number} is not finished. Nothing was deleted." in said
    assert "--also-open" in said
    words = ["person", "erase", order.customer.email, "--yes", "--also-open", "--json"]
    assert main(host, words) == DONE
    assert json.loads(capsys.readouterr().out) == {
        "orders": 1,
        "messages": 0,
        "accounts": 0,
        "erased": True,
        "skipped": 1,
        "stopped_messages": 0,
    }


@pytest.mark.parametrize("command", ["export", "erase"])
@pytest.mark.parametrize(
    ("person", "code", "said"),
    [
        ("nobody@example.si", TROUBLE, "nothing is held about this person"),
        ("Ana", USAGE, "neither an e-mail address nor a telephone number"),
    ],
)
def test_who_is_not_known_is_said_to_be_unknown(
    host: ShopHost, capsys: Capture, command: str, person: str, code: int, said: str
) -> None:
    words = ["person", command, person, *(["--yes"] if command == "erase" else [])]
    assert main(host, words) == code
    assert said in capsys.readouterr().err
