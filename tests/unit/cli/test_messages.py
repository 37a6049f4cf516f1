"""`panstore messages`: seen, sent once more, left, stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from panstore.cli.app import main
from panstore.cli.host import DONE, TROUBLE, USAGE, WAITING
from panstore.model.message import MessageState
from panstore.model.order import Order
from tests.engine.house import House
from tests.engine.telling import TellingHouse
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


class Told:
    """A shop with an order and two mails about it."""

    def __init__(self, directory: Path) -> None:
        self.host = ShopHost(directory, kind=TellingHouse)
        self.host.work(House.settle)
        self.order = self._order()
        self.sent = self.tell("sent", "2026-1")
        self.refused = self.tell("refused", "2026-2")

    def _order(self) -> Order:
        scene = self.host.scene
        order = scene.shop.place_order((scene.shop_links[0].shop, 2))
        self.host.work(House.settle)
        return order

    def tell(self, state: MessageState, number: str) -> str:
        made: list[str] = []

        async def work(house: House) -> None:
            assert isinstance(house, TellingHouse)
            note = "550 no such mailbox" if state == "refused" else ""
            made.append(await house.tell(self.order, state, number=number, note=note))

        self.host.work(work)
        return made[0]


@pytest.fixture
def told(tmp_path: Path, capsys: Capture) -> Told:
    made = Told(tmp_path)
    capsys.readouterr()
    return made


def _json(told: Told, capsys: Capture, *words: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(told.host, ["messages", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_they_are_listed_without_who_they_go_to(told: Told, capsys: Capture) -> None:
    assert main(told.host, ["messages", "list"]) == WAITING
    text = capsys.readouterr().out
    assert "mail: Invoice 2026-1" in text
    assert "550 no such mailbox" in text
    assert told.order.customer.email not in text
    code, found = _json(told, capsys, "list", "--state", "sent", "--order", told.order.number)
    assert code == DONE
    assert [one["id"] for one in found["messages"]] == [told.sent]
    assert main(told.host, ["messages", "list", "--order", "none"]) == TROUBLE
    assert main(told.host, ["messages", "list", "--channel", "sms"]) == DONE
    assert "No messages here." in capsys.readouterr().out


def test_one_is_shown_with_what_can_be_done(told: Told, capsys: Capture) -> None:
    assert main(told.host, ["messages", "show", told.refused]) == DONE
    text = capsys.readouterr().out
    assert f"The mail with invoice 2026-2 of order {told.order.number}: refused" in text
    assert f"`panstore messages resend {told.refused}`" in text
    code, one = _json(told, capsys, "show", told.sent)
    assert (code, one["state"], one["number"]) == (DONE, "sent", told.order.number)
    assert main(told.host, ["orders", "show", told.order.id]) == DONE
    assert "Mail sent. Invoice 2026-1." in capsys.readouterr().out


def test_it_is_sent_once_more_or_left(told: Told, capsys: Capture) -> None:
    code, new = _json(told, capsys, "resend", told.sent)
    assert (code, new["id"]) == (DONE, told.sent)
    assert new["new"].endswith("/1")
    assert main(told.host, ["messages", "resend", new["new"]]) == TROUBLE
    assert "it will go out by itself. Nothing was changed." in capsys.readouterr().err
    assert main(told.host, ["messages", "skip", new["new"]]) == DONE
    assert "It is not sent any more." in capsys.readouterr().out
    assert _json(told, capsys, "show", new["new"])[1]["state"] == "skipped"
    assert main(told.host, ["messages", "bounced", told.sent, "--reason", "gone"]) == DONE
    capsys.readouterr()
    code, parked = main(told.host, ["parked", "list"]), capsys.readouterr().out
    assert code == WAITING
    assert "gone" in parked


@pytest.mark.parametrize("command", ["show", "resend", "skip", "bounced"])
def test_an_unknown_message_is_said_to_be_unknown(
    told: Told, capsys: Capture, command: str
) -> None:
    assert main(told.host, ["messages", command, "none"]) == TROUBLE
    assert "there is no message 'none'. Nothing was changed." in capsys.readouterr().err


def test_an_address_is_stopped_and_allowed_again(told: Told, capsys: Capture) -> None:
    assert main(told.host, ["messages", "stop", "+386 41 555 666", "--reason", "by phone"]) == DONE
    assert main(told.host, ["messages", "stop", "ANA@example.si"]) == DONE
    _, found = _json(told, capsys, "list", "--stopped")
    assert {(one["channel"], one["reason"]) for one in found["stopped"]} == {
        ("sms", "by phone"),
        ("mail", "asked for"),
    }
    assert main(told.host, ["messages", "list", "--stopped"]) == DONE
    assert "555" not in capsys.readouterr().out
    assert main(told.host, ["messages", "allow", "+38641555666"]) == DONE
    assert main(told.host, ["messages", "allow", "+38641555666"]) == TROUBLE
    assert "is not on the stop list" in capsys.readouterr().err
    assert main(told.host, ["messages", "allow", "ana@example.si", "--channel", "mail"]) == DONE
    assert main(told.host, ["messages", "list", "--stopped"]) == DONE
    assert "The stop list is empty." in capsys.readouterr().out


@pytest.mark.parametrize("address", ["041 555 666", "Ana", "+1", ""])
def test_what_is_no_address_cannot_be_stopped(told: Told, capsys: Capture, address: str) -> None:
    assert main(told.host, ["messages", "stop", address]) == USAGE
    assert "Nothing was changed" in capsys.readouterr().err
