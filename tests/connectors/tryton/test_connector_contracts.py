"""Agreements before a server that answers as recorded: what is asked, and what an answer means."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from panstore.connectors.tryton.connector import TrytonConnector
from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.ids import ExternalId
from panstore.sdk.errors import RejectedError
from tests.connectors.tryton.replay import Replay

DAY = dt.date(2026, 11, 24)
LIST = ExternalId("378")


def wish(product: str, quantity: str = "1") -> PriceWish:
    return PriceWish(ExternalId(product), Decimal(quantity))


async def test_parties_are_asked_for_by_id_and_told_with_their_list(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.usually("agreements")
    found = await erp.agreements([ExternalId(one) for one in ("410", "405", "P7")])
    assert found == [
        Agreement(ExternalId("405"), None, "Zelena skodelica d.o.o."),
        Agreement(ExternalId("410"), LIST, "Kavarna Žlička d.o.o.", "Pogodbeni cenik"),
    ]
    assert [params[0] for _, params, _ in replay.calls] == [[410, 405]]


async def test_prices_of_one_list_are_one_question(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("contract_prices")
    wishes = [wish("161", "10"), wish("161", "2.5"), wish("162"), wish("999999"), wish("sku")]
    agreed, silent, failed = await erp.contract_prices(LIST, wishes, "EUR", DAY)
    assert agreed == ContractPrice(
        ExternalId("161"),
        Decimal(10),
        Decimal("6.3100"),
        Decimal("7.1700"),
        "EUR",
        Decimal("4.30"),
        tax_rates=(Decimal("9.5"),),
    )
    assert (silent.quantity, silent.amount, silent.usual) == (
        Decimal("2.5"),
        None,
        Decimal("7.1700"),
    )
    assert (failed.amount, failed.usual) == (None, Decimal("25.9800"))
    assert "DivisionByZero" in failed.problem
    [(_, params, _)] = replay.calls
    quantities = [(line["product"], line["quantity"]["decimal"]) for line in params[1]]
    assert quantities == [(161, "10"), (161, "2.5"), (162, "1"), (999999, "1")]
    day = {"__class__": "date", "year": 2026, "month": 11, "day": 24}
    assert (params[0], params[2:4]) == (378, ["EUR", day])


async def test_many_wishes_are_asked_in_parts(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("contract_prices")
    most = erp.capabilities.contract_batch
    await erp.contract_prices(LIST, [wish(str(n)) for n in range(1, most + 2)], "EUR", DAY)
    assert [len(params[1]) for _, params, _ in replay.calls] == [most, 1]


async def test_a_list_that_is_gone_is_refused_by_its_code(
    replay: Replay, erp: TrytonConnector
) -> None:
    replay.usually("unknown_price_list")
    for agreement in ("999999", "Pogodbeni cenik"):
        with pytest.raises(RejectedError) as caught:
            await erp.contract_prices(ExternalId(agreement), [wish("161")], "EUR", DAY)
        assert caught.value.code == "unknown_price_list"
    assert replay.methods() == ["contract_prices"]


async def test_breaks_of_one_list_are_one_question(replay: Replay, erp: TrytonConnector) -> None:
    replay.usually("price_breaks")
    asked = [ExternalId(one) for one in ("185", "309", "999999", "sku")]
    assert await erp.price_breaks(LIST, asked, DAY) == {
        ExternalId("185"): (Decimal("2.5"), Decimal(12)),
        ExternalId("309"): (),
    }
    [(_, params, _)] = replay.calls
    day = {"__class__": "date", "year": 2026, "month": 11, "day": 24}
    assert params[:3] == [378, [185, 309, 999999], day]
    most = erp.capabilities.contract_batch
    await erp.price_breaks(LIST, [ExternalId(str(n)) for n in range(1, most + 2)], DAY)
    assert [len(params[1]) for _, params, _ in replay.calls] == [3, most, 1]


async def test_breaks_of_what_is_no_list_are_refused_unasked(
    replay: Replay, erp: TrytonConnector
) -> None:
    with pytest.raises(RejectedError) as caught:
        await erp.price_breaks(ExternalId("Pogodbeni cenik"), [ExternalId("185")], DAY)
    assert caught.value.code == "unknown_price_list"
    assert replay.methods() == []
