"""A guest buys, and hears of it: the invoice by mail, the parcel by mail and SMS, all by itself."""

from __future__ import annotations

import email
import email.policy
import io
import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest

from tests.e2e.demo import Demo, eventually
from tests.e2e.life import Life, Sold

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

GOAL_S = 10.0
"""From the click to the mail and the SMS in the buyer's hands."""

PHONE = "38640123456"
TRACKING = "RR473829104SI"
_TOLD = 1
"""SMS before anything leaves: the goods are set aside."""


@dataclass(frozen=True)
class Paper:
    """A PDF that came by mail."""

    name: str
    content: bytes

    @property
    def text(self) -> str:
        """What stands on its pages, blanks of all kinds made one."""
        pdf = pypdfium2.PdfDocument(self.content)
        try:
            pages = [page.get_textpage().get_text_range() for page in pdf]
        finally:
            pdf.close()
        return " ".join(" ".join(pages).split())

    def amounts(self) -> set[Decimal]:
        """Every amount of money on it, in Slovene or English writing."""
        found = re.findall(r"\d[\d.,]*[.,]\d\d\b", self.text)
        return {_amount(one) for one in found}

    def codes(self, folder: Path) -> str:
        """What the codes on its first page say."""
        pdf = pypdfium2.PdfDocument(self.content)
        try:
            pdf[0].render(scale=4).to_pil().save(folder / "page.png")
        finally:
            pdf.close()
        read = subprocess.run(
            ["zbarimg", "--quiet", "--raw", str(folder / "page.png")],
            capture_output=True,
            check=True,
        )
        return read.stdout.decode("utf-8", "replace")


def _amount(text: str) -> Decimal:
    whole, cents = text[:-3], text[-2:]
    return Decimal(re.sub(r"[.,]", "", whole) + "." + cents)


class Buyer:
    """Somebody with a mail address of his own and a telephone, and what lands there."""

    def __init__(self, demo: Demo, address: str) -> None:
        self.address = address
        self._mails = Path(demo.facts["mail"]["dir"])
        self._texts = Path(demo.facts["sms"]["log"])

    def mails(self) -> list[EmailMessage]:
        """In the order in which they came."""
        found = []
        for file in sorted(self._mails.glob("*.eml")):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if f"<{self.address}>" in [str(to) for to in message.get_all("X-Envelope-To", [])]:
                found.append(message)
        return found

    def texts(self, number: str) -> list[str]:
        """SMS about an order; guests of other tests have the same telephone."""
        lines = self._texts.read_text(encoding="utf-8").splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [
            str(one["text"])
            for one in found
            if one["to"].removeprefix("+") == PHONE and number in one["text"]
        ]


def _buy(demo: Demo, life: Life, goods: dict[str, Any], address: str) -> Sold:
    visitor = demo.visitor()
    assert visitor.put_in(goods["shop_id"], 2).status == 200
    before = life.shop.watermark()
    done = visitor.check_out(guest_email=address)
    assert done.status == 200, done
    [placed] = life.shop.orders_after(before)
    return Sold(int(placed["id"]), str(placed["number"]), address, goods)


def _paper(mail: EmailMessage) -> Paper:
    [part] = mail.iter_attachments()
    content = part.get_content()
    assert isinstance(content, bytes)
    return Paper(str(part.get_filename()), content)


def _totals(xml: bytes) -> dict[str, Decimal]:
    """Sums of an electronic invoice, by their names in the standard."""
    found = {}
    for element in ET.fromstring(xml).iter():
        name = element.tag.rpartition("}")[2]
        if name in {"GrandTotalAmount", "DuePayableAmount", "TaxTotalAmount", "LineTotalAmount"}:
            # The sums of the whole come last, after those of the lines.
            found[name] = Decimal(element.text or "")
    return found


def _assert_the_invoice(paper: Paper, total: Decimal, words: list[str], folder: Path) -> None:
    """The page, its code to pay by, and the electronic invoice inside say the same."""
    for word in words:
        assert word in paper.text
    assert total in paper.amounts()
    if shutil.which("zbarimg"):
        code = paper.codes(folder)
        assert code.startswith("UPNQR\n")
        assert f"\n{int(total * 100):011d}\n" in code
    with pikepdf.open(io.BytesIO(paper.content)) as pdf:
        [name] = pdf.attachments
        sums = _totals(pdf.attachments[name].get_file().read_bytes())
    assert name == "factur-x.xml"
    assert (sums["GrandTotalAmount"], sums["DuePayableAmount"]) == (total, total)
    assert {sums["TaxTotalAmount"], sums["LineTotalAmount"]} <= paper.amounts()


def test_the_buyer_has_the_invoice_and_hears_of_the_parcel(
    demo: Demo, life: Life, tmp_path: Path
) -> None:
    goods = life.goods(on_hand=9)
    buyer = Buyer(demo, f"told-{time.time_ns()}@example.com")
    begun = time.monotonic()
    sold = _buy(demo, life, goods, buyer.address)
    mails = eventually(buyer.mails, bool, within_s=60)
    told = eventually(
        lambda: buyer.texts(sold.number), lambda texts: len(texts) >= _TOLD, within_s=60
    )
    took = time.monotonic() - begun
    assert (len(mails), len(told)) == (1, _TOLD), told
    assert took <= GOAL_S

    total = life.total(sold)
    ((number, booked),) = life.papers(sold)
    assert booked == total
    assert life.set_aside(goods) == 2
    [mail] = mails
    assert number in str(mail["Subject"])
    body, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert body is not None
    assert html is not None
    assert number in body.get_content()
    assert str(mail["Message-ID"]).endswith("@zelena-skodelica.example>")
    invoice = _paper(mail)
    words = [number, sold.number, "Zupančič", "Zelena skodelica"]
    _assert_the_invoice(invoice, total, words, tmp_path)

    life.people.ship_part(life.sale(sold), {goods["erp_id"]: Decimal(2)}, TRACKING)
    _, sent = eventually(buyer.mails, lambda found: len(found) == 2, within_s=60)
    note = _paper(sent)
    assert TRACKING in note.text
    assert total not in note.amounts()
    tracked = eventually(
        lambda: [one for one in buyer.texts(sold.number) if TRACKING in one], bool, within_s=60
    )
    assert len(tracked) == 1
    assert len(buyer.texts(sold.number)) == _TOLD + 1
    _assert_panstore_says_so(demo, sold, number, invoice, tmp_path)


def _assert_panstore_says_so(
    demo: Demo, sold: Sold, number: str, invoice: Paper, folder: Path
) -> None:
    """Nobody was told twice, and whoever asks for the invoice now gets it."""
    story = demo.console(f"orders/shop/{sold.id}")
    states = [(one["channel"], one["state"]) for one in story["messages"]]
    assert states.count(("mail", "sent")) == 2
    assert len(states) == 2 + _TOLD + 1
    assert {state for _, state in states} <= {"sent", "delivered"}
    listed = demo.console(f"routes/shop/orders/{sold.id}/documents")["documents"]
    assert [one["number"] for one in listed if one["kind"] == "invoice"] == [number]
    done = demo.panstore("documents", sold.number, "--out", str(folder))
    assert done.returncode == 0, done.stderr
    # Since it was mailed the goods have left; the amounts are what they were.
    again = Paper(invoice.name, (folder / invoice.name).read_bytes())
    assert again.amounts() == invoice.amounts()
