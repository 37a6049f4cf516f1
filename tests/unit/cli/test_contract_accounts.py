"""`panstore contracts`: people see who could buy for whom, approve it, and take it back."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest

from panstore.cli.app import main
from panstore.cli.host import DONE, TROUBLE, USAGE, WAITING
from panstore.testing.world import Scene
from panstore.testing.world.pricing import DatedPrice
from tests.engine.approving import AgreementHouse, Partners, silence
from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


class _Host(ShopHost):
    """A shop some of whose buyers have an agreement."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, kind=AgreementHouse, scene=Scene())
        self.partners = Partners(self.scene)


@pytest.fixture
def agreed(tmp_path: Path) -> _Host:
    host = _Host(tmp_path)
    host.work(House.settle)
    return host


def test_an_account_is_proposed_approved_and_taken_back(agreed: _Host, capsys: Capture) -> None:
    account, party = agreed.partners.account, agreed.partners.party
    assert main(agreed, ["contracts", "list"]) == DONE
    assert "panstore contracts propose" in capsys.readouterr().out
    assert main(agreed, ["contracts", "propose"]) == WAITING
    told = capsys.readouterr().out
    for words in ("ana@novak.si", "Partnerji A", "VAT id and e-mail address", "proves nothing"):
        assert words in told
    assert "Proposed: 2. Nothing was linked." in told
    assert main(agreed, ["contracts", "link", "shop", "ana@novak.si", party]) == DONE
    told = capsys.readouterr().out
    assert f"Account {account}" in told
    assert "prices of 'Partnerji A'" in told
    assert main(agreed, ["contracts", "list", "shop", "--json"]) == DONE
    [row] = json.loads(capsys.readouterr().out)["accounts"]
    assert (row["link"]["account"], row["link"]["party"]) == (account, party)
    assert row["link"]["linked_by"] == "the command line"
    assert main(agreed, ["contracts", "list"]) == DONE
    assert "Novak d.o.o." in capsys.readouterr().out
    assert main(agreed, ["contracts", "unlink", "shop", account]) == DONE
    assert "no more" in capsys.readouterr().out
    assert main(agreed, ["contracts", "list", "shop", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["accounts"] == []


def test_accounts_are_proposed_to_programs_and_by_their_address(
    agreed: _Host, capsys: Capture
) -> None:
    agreed.scene.shop.accounts.open("nekdo@example.si", name="Nekdo")
    assert main(agreed, ["contracts", "propose", "--json", "--limit", "1"]) == WAITING
    said = json.loads(capsys.readouterr().out)
    [one] = said["proposals"]
    assert (one["route"], one["account"]["id"]) == ("shop", agreed.partners.account)
    assert one["parties"][0]["matched"] == ["vat", "email"]
    assert main(agreed, ["contracts", "propose", "--email", "Nekdo@example.si"]) == WAITING
    told = capsys.readouterr().out
    assert "nekdo@example.si (Nekdo)" in told
    assert "nothing" in told
    assert main(agreed, ["contracts", "propose", "--email", "x@example.si"]) == DONE
    assert "Accounts looked at: 0. Proposed: 0." in capsys.readouterr().out


def test_another_party_has_to_be_meant(agreed: _Host, capsys: Capture) -> None:
    partners = agreed.partners
    assert main(agreed, ["contracts", "link", "shop", partners.account, partners.party]) == DONE
    assert main(agreed, ["contracts", "link", "shop", partners.account, partners.party]) == DONE
    assert "already buys" in capsys.readouterr().out
    other = ["contracts", "link", "shop", partners.account, partners.other]
    assert main(agreed, other) == TROUBLE
    refused = capsys.readouterr().err
    assert f"buys for party {partners.party}" in refused
    assert "--replace" in refused
    assert main(agreed, [*other, "--replace", partners.party]) == DONE
    assert f"no more for {partners.party}" in capsys.readouterr().out
    plain = ["contracts", "link", "shop", "miha@novak.si", partners.plain, "--json"]
    assert main(agreed, plain) == DONE
    assert json.loads(capsys.readouterr().out)["change"] == "made"
    assert main(agreed, plain[:-1]) == DONE
    assert "has no agreement in the ERP" in capsys.readouterr().out


def test_what_is_not_there_is_said(agreed: _Host, capsys: Capture) -> None:
    twin = agreed.scene.shop.accounts.open("ana@novak.si")
    party = agreed.partners.party
    for words, code, said in (
        (["link", "shop", "nobody@example.si", party], TROUBLE, "has no account with the address"),
        (["link", "shop", "ana@novak.si", party], USAGE, twin),
        (["link", "shop", "A99", party], TROUBLE, "has no account A99"),
        (["link", "shop", agreed.partners.account, "P99"], TROUBLE, "has no party P99"),
        (["unlink", "shop", agreed.partners.account], TROUBLE, "buys for nobody"),
        (["list", "elsewhere"], USAGE, "no route 'elsewhere'"),
    ):
        assert main(agreed, ["contracts", *words]) == code
        told = capsys.readouterr().err
        assert said in told
        assert "What you can do" in told


def test_names_are_missing_while_a_system_is_silent(agreed: _Host, capsys: Capture) -> None:
    partners = agreed.partners
    assert main(agreed, ["contracts", "link", "shop", partners.account, partners.party]) == DONE

    async def fall_silent(house: House) -> None:
        silence(house)

    agreed.work(fall_silent)
    capsys.readouterr()
    assert main(agreed, ["contracts", "list"]) == TROUBLE
    told = capsys.readouterr().out
    assert partners.account in told
    assert "Names are missing: erp" in told
    assert main(agreed, ["contracts", "propose"]) == TROUBLE
    assert main(agreed, ["contracts", "unlink", "shop", partners.account]) == DONE


def test_what_nobody_knows_is_said_while_the_erp_is_silent(agreed: _Host, capsys: Capture) -> None:
    account, sku = agreed.partners.account, agreed.scene.shop_links[0].sku
    main(agreed, ["contracts", "link", "shop", account, agreed.partners.party])

    async def fall_silent(house: House) -> None:
        silence(house)

    agreed.work(fall_silent)
    capsys.readouterr()
    assert main(agreed, ["contracts", "quote", "shop", account, sku]) == WAITING
    assert "Agreement: not known" in capsys.readouterr().out


def test_without_contract_prices_it_says_how_to_switch_them_on(
    host: ShopHost, capsys: Capture
) -> None:
    for words in (["list"], ["list", "shop"], ["propose"], ["link", "shop", "A1", "P1"]):
        assert main(host, ["contracts", *words]) == USAGE
        assert "modules.S5" in capsys.readouterr().err


def test_what_somebody_pays_is_shown_with_the_reason(agreed: _Host, capsys: Capture) -> None:
    partners, (link, other, third) = agreed.partners, agreed.scene.shop_links
    ask = ["contracts", "quote", "shop", partners.account, link.sku, other.sku, third.sku]
    assert main(agreed, ask) == DONE
    assert "no agreed prices" in capsys.readouterr().out
    assert main(agreed, ["contracts", "link", "shop", partners.account, partners.party]) == DONE
    erp = agreed.scene.erp
    erp.set_list_price(
        partners.list,
        link.erp,
        DatedPrice(Decimal("20.00"), least=Decimal(5)),
        DatedPrice(Decimal("25.00"), starts=dt.date(2027, 1, 1)),
    )
    erp.set_list_price(partners.list, third.erp, DatedPrice(Decimal(0)))
    agreed.work(House.settle)
    capsys.readouterr()
    assert main(agreed, ask) == WAITING
    told = capsys.readouterr().out
    for words in ("Partnerji A", "30 EUR net", "not for sale", "contract.zero"):
        assert words in told.replace("30.00", "30"), told
    more = [*ask[:5], "--quantity", "5", "--json"]
    assert main(agreed, more) == DONE
    [line] = json.loads(capsys.readouterr().out)["lines"]
    assert Decimal(line["offer"]["amount"]) == 20
    assert main(agreed, [*ask[:5], "--at", "2027-01-02", "--json"]) == DONE
    [line] = json.loads(capsys.readouterr().out)["lines"]
    assert Decimal(line["offer"]["amount"]) == 25
    assert main(agreed, [*ask[:5], "--quantity", "0"]) == USAGE
    capsys.readouterr()
    assert main(agreed, [*ask[:5], "--at", "2099-01-01"]) == USAGE
    assert "Nothing was asked." in capsys.readouterr().err
    assert main(agreed, ["contracts", "quote", "shop", "ana@novak.si", other.sku]) == DONE
    assert "Prices are for one sales unit" in capsys.readouterr().out


def test_it_is_said_why_an_account_has_no_agreed_prices(agreed: _Host, capsys: Capture) -> None:
    partners, sku = agreed.partners, agreed.scene.shop_links[0].sku
    plain, erp = partners.plain, agreed.scene.erp
    ask = ["contracts", "quote", "shop", partners.account, sku]
    assert main(agreed, [*ask[:3], "A99", sku]) == DONE
    assert "shop has no account A99" in capsys.readouterr().out
    assert main(agreed, ask) == DONE
    assert "linked to no party" in capsys.readouterr().out
    main(agreed, ["contracts", "link", "shop", partners.account, plain])
    capsys.readouterr()
    assert main(agreed, ask) == DONE
    assert f"party {plain} has no agreement in erp" in capsys.readouterr().out
    main(agreed, [*ask[:1], "link", *ask[2:4], partners.party, "--replace", plain])

    async def retire(house: House) -> None:
        erp.retire_party(partners.party)
        await house.settle()

    agreed.work(retire)
    capsys.readouterr()
    assert main(agreed, ask) == DONE
    assert f"party {partners.party} is not active in erp" in capsys.readouterr().out


def test_it_is_said_that_nobody_fits(agreed: _Host, capsys: Capture) -> None:
    agreed.scene.shop.accounts.open("nekdo@example.si", name="Nekdo")
    assert main(agreed, ["contracts", "propose", "--email", "nekdo@example.si"]) == WAITING
    told = capsys.readouterr().out
    assert "nobody fits" in told
    assert "Proposed: 0." in told


def test_an_agreed_price_says_which_agreement_and_that_it_is_below_cost(
    agreed: _Host, capsys: Capture
) -> None:
    partners, link = agreed.partners, agreed.scene.shop_links[0]
    main(agreed, ["contracts", "link", "shop", partners.account, partners.party])
    agreed.scene.erp.set_cost(link.erp, Decimal(1000))
    agreed.work(House.settle)
    capsys.readouterr()
    main(agreed, ["contracts", "quote", "shop", partners.account, link.sku, "--quantity", "3"])
    told = capsys.readouterr().out
    words = " ".join(told[told.index("Agreement:") :].split())
    assert "as agreed in Partnerji A for 3" in words
    assert "33.33 EUR net" in words, "the list price stands beside it"
    assert "below its cost" in words
    ask = ["contracts", "quote", "shop", partners.account, link.sku, "NOPE", "--json"]
    main(agreed, ask)
    known, unknown = json.loads(capsys.readouterr().out)["lines"]
    assert (known["usual"], unknown["usual"]) == ("33.33", None)


def test_a_plan_of_contract_prices_says_what_a_shop_that_asks_is_written(
    agreed: _Host, capsys: Capture
) -> None:
    for words in (["plan", "S5"], ["plan", "s5", "--store"]):
        assert main(agreed, words) == USAGE
        told = capsys.readouterr().err
        assert "not switched on" not in told
        assert "panstore contracts quote" in told


def test_the_status_names_contract_prices(agreed: _Host, capsys: Capture) -> None:
    main(agreed, ["status"])
    told = capsys.readouterr().out
    assert "0 accounts linked" in told
    assert "S5 on shop shows agreed prices to nobody before an account was approved" in told
    main(agreed, ["contracts", "link", "shop", agreed.partners.account, agreed.partners.party])
    capsys.readouterr()
    main(agreed, ["status"])
    told = capsys.readouterr().out
    assert "1 account linked" in told
    assert "shows agreed prices to nobody" not in told


def test_a_person_is_erased_with_his_links(agreed: _Host, capsys: Capture) -> None:
    main(agreed, ["contracts", "link", "shop", agreed.partners.account, agreed.partners.party])
    capsys.readouterr()
    assert main(agreed, ["person", "export", "ana@novak.si"]) == DONE
    [one] = json.loads(capsys.readouterr().out)["accounts"]
    assert one["party"] == agreed.partners.party
    assert main(agreed, ["person", "erase", "ana@novak.si"]) == WAITING
    assert "0 messages, 1 linked account." in capsys.readouterr().out
    assert main(agreed, ["person", "erase", "ana@novak.si", "--yes", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["accounts"] == 1
    assert main(agreed, ["contracts", "list", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["accounts"] == []
    main(agreed, ["contracts", "link", "shop", agreed.partners.account, agreed.partners.party])
    assert main(agreed, ["person", "erase", "ana@novak.si", "--yes"]) == DONE
    assert "Accounts that buy for nobody any more: 1." in capsys.readouterr().out
