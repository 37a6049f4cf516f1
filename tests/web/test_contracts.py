"""Contract prices in the console and the API: approving, taking back, looking at what is shown."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from panstore.testing.world import Scene
from panstore.testing.world.pricing import DatedPrice
from tests.engine.approving import (
    AgreementHouse,
    Partners,
    linked_pairs,
    silence,
)
from tests.web.counter import NASTY, Counter, open_counter


class Office(Counter):
    """A counter whose shop has buyers with an agreement."""

    partners: Partners

    async def form(self, path: str, **fields: str) -> Any:
        """Send one of the console's forms."""
        data = {"csrf": await self.csrf(), **fields}
        return await self.client.post(f"/contracts/{path}", data=data, follow_redirects=False)

    async def page(self, query: str = "") -> str:
        """The page on contract prices."""
        answer = await self.client.get(f"/contracts{query}")
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    scene = Scene()
    async with open_counter(tmp_path, kind=AgreementHouse, scene=scene) as counter:
        made = Office(counter.house)
        made.partners = Partners(scene)
        async with made.client:
            yield made


async def test_only_who_is_signed_in_sees_or_decides(office: Office) -> None:
    partners = office.partners
    asked = await office.client.get("/contracts", follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/contracts")
    fields = {"account": partners.account, "party": partners.party}
    for path in ("shop/link", "shop/unlink", "shop/find", "shop/try"):
        answer = await office.client.post(f"/contracts/{path}", data=fields, follow_redirects=False)
        assert answer.status_code == 303
    await office.log_in()
    for path in ("shop/link", "shop/unlink", "shop/find", "shop/try"):
        answer = await office.client.post(f"/contracts/{path}", data=fields)
        assert answer.status_code == 403
    for path in ("shop", "shop/proposals"):
        answer = await office.client.get(f"/api/v1/contracts/{path}")
        assert answer.status_code == 401
    for path in ("shop/link", "shop/unlink", "shop/quote"):
        answer = await office.client.post(f"/api/v1/contracts/{path}", json=fields)
        assert answer.status_code == 401
    assert await linked_pairs(office.house) == {}


async def test_a_proposal_is_approved_and_taken_back(office: Office) -> None:
    await office.log_in()
    account, party = office.partners.account, office.partners.party
    assert "No account buys for a party yet" in await office.page()
    found = (await office.form("shop/find")).text
    for words in ("ana@novak.si", "Partnerji A", "proves nothing", "VAT id and e-mail address"):
        assert words in found
    assert f'name="account" value="{account}"' in found
    answer = await office.form("shop/link", account=account, party=party)
    assert (answer.status_code, answer.headers["location"]) == (303, "/contracts?route=shop")
    assert await linked_pairs(office.house) == {account: party}
    page = await office.page("?route=shop")
    for words in ("Novak d.o.o.", "Partnerji A", "at the console", "Unlink"):
        assert words in page
    answer = await office.form("shop/unlink", account=account, party=party)
    assert answer.status_code == 303
    assert await linked_pairs(office.house) == {}
    live = (await office.client.get("/live")).text
    assert "said by a person at the console" in live


async def test_what_was_seen_must_still_be_so(office: Office) -> None:
    await office.log_in()
    partners = office.partners
    account = partners.account
    await office.form("shop/link", account=account, party=partners.party)
    for path in ("shop/link", "shop/unlink"):
        stale = await office.form(path, account=account, party=partners.other)
        assert stale.status_code == 409
        assert f"buys for party {partners.party}" in stale.text
        assert "Nothing was changed" in stale.text
    assert await linked_pairs(office.house) == {account: partners.party}
    await office.form("shop/unlink", account=account, party=partners.party)
    again = await office.form("shop/unlink", account=account, party=partners.party)
    assert again.status_code == 404
    for fields, status in (
        ({"account": "A99", "party": partners.party}, 404),
        ({"account": account, "party": "P99"}, 404),
        ({"account": account}, 400),
        ({"party": partners.party}, 400),
    ):
        refused = await office.form("shop/link", **fields)
        assert refused.status_code == status
        assert "Nothing was changed" in refused.text
    elsewhere = await office.form("elsewhere/link", account=account, party=partners.party)
    assert elsewhere.status_code == 404
    assert await linked_pairs(office.house) == {}


async def test_an_account_is_found_by_its_address(office: Office) -> None:
    await office.log_in()
    partners = office.partners
    stranger = office.scene.shop.accounts.open("nekdo@example.si", name=NASTY)
    page = (await office.form("shop/find", email="nekdo@example.si")).text
    assert "No party with an agreement" in page
    assert NASTY not in page
    await office.form("shop/link", account=stranger, party=partners.other)
    assert await linked_pairs(office.house) == {stranger: partners.other}
    assert NASTY not in await office.page()
    page = (await office.form("shop/find", email="nekdo@example.si")).text
    assert "buys for a party already" in page
    page = (await office.form("shop/find", email="x@example.si")).text
    assert "No account has this address" in page


async def test_proposals_and_links_go_on_behind_a_page(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panstore.web.contracts._LOOKED", 1)
    monkeypatch.setattr("panstore.web.contracts._ROWS", 1)
    await office.log_in()
    partners = office.partners
    first = (await office.form("shop/find")).text
    assert "ana@novak.si" in first
    assert "miha@novak.si" not in first
    assert 'name="after" value="1"' in first
    assert "miha@novak.si" in (await office.form("shop/find", after="1")).text
    for account in (partners.account, partners.colleague):
        await office.form("shop/link", account=account, party=partners.party)
    page = await office.page()
    assert "miha@novak.si" not in page
    assert "miha@novak.si" in await office.page(f"?route=shop&after={partners.account}")


async def test_links_are_shown_and_parted_while_both_systems_are_silent(office: Office) -> None:
    await office.log_in()
    account, party = office.partners.account, office.partners.party
    await office.form("shop/link", account=account, party=party)
    silence(office.house)
    page = await office.page()
    assert "Names are missing" in page
    assert f"Account {account}" in page
    found = await office.form("shop/find")
    assert found.status_code == 503
    assert "Nothing was changed" in found.text
    refused = await office.form("shop/link", account=office.partners.colleague, party=party)
    assert refused.status_code == 503
    assert (await office.form("shop/unlink", account=account, party=party)).status_code == 303
    assert await linked_pairs(office.house) == {}


async def test_programs_see_and_decide_the_same(office: Office) -> None:
    partners, client, api = office.partners, office.client, office.api
    base = "/api/v1/contracts/shop"
    found = (await client.get(f"{base}/proposals?limit=1", headers=api)).json()
    assert found["proposals"][0]["account"]["id"] == partners.account
    assert (found["looked"], found["after"]) == (1, "1")
    wish = {"account": partners.account, "party": partners.party}
    made = await client.post(f"{base}/link", headers=api, json=wish)
    assert (made.status_code, made.json()["change"]) == (200, "made")
    other = wish | {"party": partners.other}
    refused = await client.post(f"{base}/link", headers=api, json=other)
    assert refused.status_code == 409
    wrong = other | {"replace": partners.plain}
    assert (await client.post(f"{base}/link", headers=api, json=wrong)).status_code == 409
    done = await client.post(f"{base}/link", headers=api, json=other | {"replace": partners.party})
    assert (done.json()["change"], done.json()["before"]) == ("replaced", partners.party)
    rows = (await client.get(base, headers=api)).json()
    assert [one["link"]["party"] for one in rows["accounts"]] == [partners.other]
    assert rows["accounts"][0]["link"]["linked_by"] == "the API"
    assert rows["silent"] == []
    stale = await client.post(f"{base}/unlink", headers=api, json=wish)
    assert stale.status_code == 409
    gone = await client.post(f"{base}/unlink", headers=api, json={"account": partners.account})
    assert gone.json()["party"] == partners.other
    for path, body in (("unlink", {"account": partners.account}), ("link", wish | {"party": "x"})):
        assert (await client.post(f"{base}/{path}", headers=api, json=body)).status_code == 404
    assert (await client.get("/api/v1/contracts/nowhere", headers=api)).status_code == 404
    unknown = await client.post(f"{base}/link", headers=api, json=wish | {"sure": True})
    assert unknown.status_code == 400
    assert await linked_pairs(office.house) == {}


async def test_what_somebody_sees_is_tried_out(office: Office) -> None:
    await office.log_in()
    partners, (link, zero, *_) = office.partners, office.scene.shop_links
    wish = {"account": "ana@novak.si", "sku": link.sku, "quantity": "2"}
    assert "no agreed prices" in (await office.form("shop/try", **wish)).text
    await office.form("shop/link", account=partners.account, party=partners.party)
    office.scene.erp.set_list_price(partners.list, zero.erp, DatedPrice(Decimal(0)))
    await office.house.settle()
    page = (await office.form("shop/try", **wish)).text
    words = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "30.00 EUR" in words
    assert "By the ERP's list price: 33.33 EUR net." in words
    office.scene.erp.set_cost(link.erp, Decimal(1000))
    await office.house.settle()
    page = (await office.form("shop/try", **wish)).text
    assert "below its cost" in page
    base = "/api/v1/contracts/shop/quote"
    question = {"account": partners.account, "lines": [{"sku": link.sku, "quantity": "2"}]}
    told = (await office.client.post(base, headers=office.api, json=question)).text
    assert "cost" not in told
    assert 'name="account" value="ana@novak.si"' in page
    page = (await office.form("shop/try", **wish | {"sku": zero.sku})).text
    assert "Not for sale to this buyer" in page
    page = (await office.form("shop/try", **wish | {"sku": "NOPE"})).text
    assert "The shop&#39;s own price" in page or "The shop's own price" in page
    for wrong, status in (
        ({"quantity": "many"}, 400),
        ({"quantity": "-1"}, 400),
        ({"quantity": "NaN"}, 400),
    ):
        assert (await office.form("shop/try", **wish | wrong)).status_code == status, wrong
    page = (await office.form("shop/try", **wish | {"account": "nobody@example.si"})).text
    assert "No account has the address nobody@example.si" in page
    assert 'name="account" value="nobody@example.si"' in page
    question = {"account": partners.account, "lines": [{"sku": link.sku, "quantity": "2"}]}
    base = "/api/v1/contracts/shop/quote"
    answer = (await office.client.post(base, headers=office.api, json=question)).json()
    assert (answer["contract"], answer["title"], answer["certain"]) == (True, "Partnerji A", True)
    assert answer["lines"][0]["offer"]["amount"] == "30.00"
    nothing = question | {"lines": [{"sku": link.sku, "quantity": "0"}]}
    refused = await office.client.post(base, headers=office.api, json=nothing)
    assert refused.status_code == 400


async def test_what_was_last_known_is_marked(office: Office) -> None:
    await office.log_in()
    partners, link = office.partners, office.scene.shop_links[0]
    await office.form("shop/link", account=partners.account, party=partners.party)
    wish = {"account": partners.account, "sku": link.sku, "quantity": "1"}
    assert "does not answer now" not in (await office.form("shop/try", **wish)).text
    silence(office.house)
    office.scene.erp.set_price(link.erp, Decimal(50))
    await office.house.restart()
    other = Office(office.house)
    async with other.client:
        await other.log_in()
        page = (await other.form("shop/try", **wish)).text
    assert "does not answer now" in page
    assert "Last known to be true" in page
    assert "30.00" in page


async def test_without_contract_prices_there_is_no_such_page(counter: Counter) -> None:
    await counter.log_in()
    assert "/contracts" not in (await counter.client.get("/")).text
    assert (await counter.client.get("/contracts")).status_code == 404
    answer = await counter.client.get("/api/v1/contracts/shop", headers=counter.api)
    assert answer.status_code == 404


async def test_the_page_is_named_where_it_is_of_use(office: Office) -> None:
    await office.log_in()
    page = (await office.client.get("/")).text
    assert 'href="/contracts"' in page
    assert "shows agreed prices to nobody" in page
    partners = office.partners
    await office.form("shop/link", account=partners.account, party=partners.party)
    page = (await office.client.get("/")).text
    assert "1 account linked" in page
    assert "read as they are asked for" in page
