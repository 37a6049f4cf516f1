"""Accounts as their owners filled them in, each once, whatever is deleted meanwhile."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import msgspec
import pytest

from panstore.connectors.woocommerce.accounts import Accounts
from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.map.accounts import STAFF, account, is_buyer
from panstore.connectors.woocommerce.map.order_words import VAT_KEYS
from panstore.connectors.woocommerce.wire_orders import WireCustomer
from panstore.model.contract import Account
from panstore.model.ids import ExternalId
from panstore.sdk.errors import RejectedError
from panstore.testing.proxy import FaultProxy, Injection
from tests.connectors.woocommerce.desk import Desk
from tests.connectors.woocommerce.order_recordings import answer, encoded


def read(document: Any) -> WireCustomer:
    return msgspec.json.decode(encoded(document), type=WireCustomer)


def test_a_recorded_customer_is_an_account() -> None:
    told = account(read(answer("24-customer-read", 0)), VAT_KEYS)
    assert told == Account(
        ExternalId("4"),
        "bea@shop.example",
        "Bea Buyer",
        "Buyer GmbH",
        "DE000000000",
        opened_at=dt.datetime(2026, 11, 24, 3, 50, 31, tzinfo=dt.UTC),
    )


@pytest.mark.parametrize("written", [None, "", "0000-00-00T00:00:00", "-0001-11-30T00:00:00"])
def test_a_shop_may_have_lost_when_somebody_registered(written: str | None) -> None:
    document = answer("24-customer-read", 0) | {"date_created_gmt": written}
    assert account(read(document), VAT_KEYS).opened_at is None


def test_a_name_may_stand_in_the_address_only() -> None:
    document = copy.deepcopy(answer("24-customer-read", 0))
    document |= {"first_name": "", "last_name": None, "meta_data": []}
    document["billing"] |= {"last_name": "Novak", "vat_id": "SI1"}
    told = account(read(document), VAT_KEYS)
    assert (told.name, told.vat_id) == ("Bea Novak", "SI1")


def test_whoever_works_there_does_not_buy() -> None:
    document = answer("24-customer-read", 0)
    assert is_buyer(read({**document, "role": "wholesale_customer"}))
    assert not any(is_buyer(read({**document, "role": role})) for role in STAFF)


@pytest.fixture
def accounts(client: WooClient) -> Accounts:
    return Accounts(client, lambda: VAT_KEYS)


def register(desk: Desk, count: int) -> list[ExternalId]:
    made = [desk.call("POST", "customers", {"email": f"b{n}@shop.example"}) for n in range(count)]
    return [ExternalId(str(one["id"])) for one in made]


async def drain(accounts: Accounts, limit: int, after: str | None = None) -> list[ExternalId]:
    found: list[ExternalId] = []
    for _ in range(100):
        page = await accounts.page(after, limit)
        found += [one.id for one in page.accounts]
        if page.after is None:
            return found
        assert page.after != after
        after = page.after
    raise AssertionError("it comes to no end")


@pytest.mark.parametrize("limit", [1, 2, 3, 100, 500])
async def test_pages_give_each_once(accounts: Accounts, desk: Desk, limit: int) -> None:
    made = register(desk, 7)
    assert [one for one in await drain(accounts, limit) if one in made] == made


async def test_deleting_earlier_ones_leaves_no_later_one_out(
    accounts: Accounts, desk: Desk
) -> None:
    made = register(desk, 9)
    first = await accounts.page(None, 4)
    for id_ in made[:3]:
        desk.call("DELETE", f"customers/{id_}", force="true")
    rest = await drain(accounts, 4, first.after)
    assert set(made[3:]) <= {one.id for one in first.accounts} | set(rest)
    assert len(rest) == len(set(rest))
    for id_ in made[3:]:
        desk.call("DELETE", f"customers/{id_}", force="true")
    assert await drain(accounts, 4, first.after) == []


async def test_others_are_left_out(accounts: Accounts, desk: Desk) -> None:
    (id_,) = register(desk, 1)
    ids = [id_, ExternalId("99999999"), ExternalId("no id"), id_]
    assert [one.id for one in await accounts.of(ids)] == [id_]
    assert list(await accounts.of([])) == []


async def test_an_address_is_found_in_any_case(accounts: Accounts, desk: Desk) -> None:
    (id_,) = register(desk, 1)
    assert [one.id for one in await accounts.by_email(" B0@Shop.example ")] == [id_]
    for other in ("b@shop.example", "%", "", "no address"):
        assert list(await accounts.by_email(other)) == []


async def test_only_a_wrong_address_is_nobody_s(accounts: Accounts, proxy: FaultProxy) -> None:
    proxy.script(Injection("status", status=400))
    with pytest.raises(RejectedError):
        await accounts.by_email("b@shop.example")
