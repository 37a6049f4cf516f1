"""Who has an account in the shop, as PanStore reads it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from panstore.demo import catalogue
from panstore.demo import shop as demo_shop
from tests.companions.oscar.client import ShopClient
from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real

ACCOUNTS = "/panstore/v1/accounts"


def found(shop: RunningShop, query: str) -> list[dict[str, Any]]:
    accounts: list[dict[str, Any]] = shop.api.get(f"{ACCOUNTS}?{query}")["accounts"]
    return accounts


def test_a_company_is_told_with_its_vat_id_and_a_person_without(shop: RunningShop) -> None:
    customers = catalogue.customers()
    company = next(one for one in customers if one.company)
    person = next(one for one in customers if not one.company)
    (told,) = found(shop, f"email={company.email.upper()}")
    assert told == {
        "id": told["id"],
        "email": company.email,
        "name": told["name"],
        "company": company.name,
        "vat_id": company.vat_id,
        "active": True,
        "opened_at": told["opened_at"],
    }
    opened = dt.datetime.fromisoformat(told["opened_at"])
    assert dt.timedelta(0) < dt.datetime.now(dt.UTC) - opened < dt.timedelta(days=365)
    (other,) = found(shop, f"email={person.email}")
    assert (other["company"], other["vat_id"], other["name"]) == ("", "", person.name)
    assert found(shop, f"ids={other['id']},99999999,{other['id']}") == [other]


def test_pages_end_and_staff_is_left_out(shop: RunningShop) -> None:
    listed: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = shop.api.get(f"{ACCOUNTS}?limit=2&after={after}")
        assert len(page["accounts"]) <= 2
        listed += page["accounts"]
        after = page["next"]
    ids = [one["id"] for one in listed]
    assert ids == sorted(set(ids))
    emails = {one["email"] for one in listed}
    assert {one.email for one in catalogue.customers()} <= emails
    assert demo_shop.facts(shop.directory)["admin"]["user"] not in emails


@pytest.mark.parametrize("query", ["ids=x", "limit=0", "after=-1", "ids=" + "1," * 501])
def test_a_question_that_is_none_is_refused(shop: RunningShop, query: str) -> None:
    assert shop.api.call("GET", f"{ACCOUNTS}?{query}").status in {413, 422}


def test_nobody_reads_accounts_without_a_token(shop: RunningShop) -> None:
    assert ShopClient(shop.url).call("GET", ACCOUNTS).status == 401
    assert shop.api.call("POST", ACCOUNTS, {}).status == 405
