"""Every rule of the cookbook takes what it says it takes, and nothing else."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from panstore.app import settings
from panstore.app.aside import LeaveToOthers
from panstore.app.template import TEMPLATE
from panstore.app.wiring import build
from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId
from panstore.model.order import OrderLine, Payment, PickupPoint
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk.errors import ConfigError
from panstore.sdk.modules import OrderCase
from panstore.sdk.rules import Rule
from panstore.store.database import Store
from tests.docs.blocks import ROOT, blocks
from tests.docs.test_settings import SECRETS
from tests.unit.modules.order_life import an_order, case, goods, paid, parcel, refund, sale

PAID = paid()
OPEN = sale(goods("2"))
RESERVED = sale(goods("2", reserved="2"))
HALF = sale(goods("2", shipped="1"), shipments=(parcel("shipped", "1"),))
GONE = sale(goods("2", shipped="2"), shipments=(parcel("shipped"),))
KNOWN = Customer(ExternalId("1077"), "Ana", "ana@example.si")
OURS = Customer(None, "Ana", "Ana@Shop.example")
COMPANY = Customer(None, "Ana", "a@b.si", company="Ana d.o.o.", vat_id="SI1")
ABROAD = Address("Ana", "Ulica 1", "9020", "Celovec", "AT")
ISLAND = Address("Ana", "Ulica 1", "51550", "Mali Lošinj", "HR")


def one(*sales: Any, **changes: Any) -> OrderCase:
    return case(an_order(**changes), sales)


def line(**changes: Any) -> tuple[OrderLine, ...]:
    return (msgspec.structs.replace(an_order().lines[0], **changes),)


def received(amount: str) -> tuple[Payment, ...]:
    return (Payment("card", Decimal(100), Decimal(amount)),)


TRIED: dict[str, tuple[list[OrderCase], list[OrderCase]]] = {
    "order.paid": ([one(payments=PAID)], [one(), one(payments=paid("12.19"))]),
    "order.shipped": ([one(GONE)], [one(), one(OPEN), one(HALF)]),
    'order.payment_method == "cod" ? order.shipped : order.paid': (
        [one(GONE, payments=paid("0", "cod")), one(OPEN, payments=PAID)],
        [one(OPEN, payments=paid("0", "cod")), one(GONE)],
    ),
    'order.paid && order.payment_method == "bank_transfer" && !order.partly_shipped'
    " && !order.shipped": (
        [one(OPEN, payments=paid(method="bank_transfer"))],
        [
            one(OPEN, payments=PAID),
            one(HALF, payments=paid(method="bank_transfer")),
            one(GONE, payments=paid(method="bank_transfer")),
        ],
    ),
    "order.received_minor * 100 >= order.total_minor * 30": (
        [one(total="100", payments=received("30")), one(total="100", payments=received("100"))],
        [one(total="100", payments=received("29.99")), one()],
    ),
    "order.paid || order.total <= 100 || (order.has_vat_id && order.total <= 2000)": (
        [one(total="100"), one(total="2000", customer=COMPANY), one(total="9", payments=PAID)],
        [one(total="100.01"), one(total="2000.01", customer=COMPANY)],
    ),
    'order.paid || order.account in ["1042", "1077"]': (
        [one(customer=KNOWN), one(payments=PAID)],
        [one()],
    ),
    'order.paid && order.total < 500.0 && !("backorder" in order.tags)': (
        [one(total="499.99", payments=paid("499.99"))],
        [
            one(total="500.00", payments=paid("500.00")),
            one(total="500.01", payments=paid("500.01")),
            one(payments=PAID, tags=("backorder",)),
            one(),
        ],
    ),
    "order.paid && order.reserved": (
        [one(RESERVED, payments=PAID), one(GONE, payments=PAID)],
        [one(OPEN, payments=PAID), one(RESERVED)],
    ),
    'order.pickup && order.pickup_point.startsWith("shop-")': (
        [one(pickup=PickupPoint("shop-1", "Ljubljana"))],
        [one(), one(pickup=PickupPoint("locker-1", "Paketnik"))],
    ),
    "!order.lines.exists(line, line.has_note)": ([one()], [one(lines=line(note="Za Ano"))]),
    'order.paid && order.skus.all(sku, sku.startsWith("DIG-"))': (
        [one(payments=PAID, lines=line(sku="DIG-1"))],
        [one(payments=PAID), one(lines=line(sku="DIG-1"))],
    ),
    "order.lines.all(line, line.quantity <= 10)": (
        [one(lines=line(quantity=Decimal(10)))],
        [one(lines=line(quantity=Decimal("10.5")))],
    ),
    'order.country == "SI" && order.billing_country == "SI"': (
        [one()],
        [one(shipping=ABROAD), one(billing=ABROAD)],
    ),
    'order.paid && order.placed_on >= "2027-01-01"': (
        [one(payments=PAID, placed_at=dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC))],
        [one(payments=PAID)],
    ),
    'order.paid && !order.email.endsWith("@shop.example")': (
        [one(payments=PAID)],
        [one(payments=PAID, customer=OURS)],
    ),
    '!order.postcode.matches(r"^(51|52)[0-9]+$")': ([one()], [one(shipping=ISLAND)]),
    "order.paid && order.refunded == 0": (
        [one(payments=PAID)],
        [one(payments=PAID, refunds=(refund("0.01"),))],
    ),
}
SHOWN = [" ".join(block.text.split()) for block in blocks("cel")]


def test_every_rule_of_the_cookbook_is_tried() -> None:
    assert sorted(SHOWN) == sorted(TRIED)
    assert len(SHOWN) >= 10


@pytest.mark.parametrize("rule", TRIED)
def test_a_rule_takes_what_it_says(rule: str) -> None:
    taken, left = TRIED[rule]
    assert [Rule(rule).explain(order).words() for order in taken] == [""] * len(taken)
    assert [Rule(rule).holds(order) for order in left] == [False] * len(left)


@pytest.mark.parametrize("page", ["rules.md", "invoices.md", "reservations.md"])
def test_rules_inside_tables_and_sentences_can_be_used(page: str) -> None:
    text = (ROOT / "docs" / "howto" / page).read_text(encoding="utf-8").replace(r"\|", "|")
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    found = [
        code for code in re.findall(r"`([^`]+)`", outside) if re.search(r"order\.\w+\W* \W", code)
    ]
    assert [Rule(rule).text for rule in found] == found
    assert found or page == "reservations.md"


@pytest.mark.parametrize(
    ("module", "shape"), [("P1", InvoiceSettings), ("P2", ReservationSettings)]
)
def test_the_defaults_load(module: str, shape: Any) -> None:
    assert shape() == shape.model_validate({}), module


def test_a_wrong_rule_stops_the_start_with_the_text_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "whsec_" + "A" * 32)
    file = tmp_path / "panstore.toml"
    file.write_text(f"{TEMPLATE}\n[routes.shop.modules.P1]\nrule = 'order.payed'\n")
    store = Store(f"sqlite:///{tmp_path}/panstore.sqlite")
    with pytest.raises(ConfigError) as caught:
        build(settings.load(file), store, LeaveToOthers())
    text = (ROOT / "docs" / "howto" / "rules.md").read_text(encoding="utf-8")
    [shown] = [one.strip() for one in text.splitlines() if "modules.P1.rule: " in one]
    assert str(caught.value).startswith(shown.removesuffix("..."))
