"""Kept contract prices in the companion's shapes and back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from panstore.connectors.oscar import map as translate
from panstore.connectors.oscar import wire, wire_tiers
from panstore.model.ids import ExternalId
from panstore.model.price_tiers import (
    Buyer,
    BuyerOutcome,
    PriceTier,
    PriceTiers,
    TiersOutcome,
    TiersWrite,
)

UNTIL = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
TIERS = PriceTiers(
    (
        PriceTier(Decimal(1), "agreed", Decimal("7.00"), UNTIL),
        PriceTier(Decimal("12.5"), "withheld"),
    ),
    "EUR",
)
PRODUCT = ExternalId("38")


def test_a_write_says_every_tier_as_text() -> None:
    assert translate.tiers_item(TiersWrite(PRODUCT, TIERS)) == {
        "product": 38,
        "currency": "EUR",
        "includes_tax": False,
        "tiers": [
            {
                "least": "1",
                "state": "agreed",
                "amount": "7",
                "until": "2026-12-01T00:00:00+00:00",
            },
            {"least": "12.5", "state": "withheld", "amount": None, "until": None},
        ],
    }


def test_what_is_kept_is_read_as_it_was_written() -> None:
    told = wire_tiers.WireTiers(
        38,
        "EUR",
        [
            wire_tiers.WireTier("1", "agreed", "7.00", UNTIL),
            wire_tiers.WireTier("12.5", "withheld"),
        ],
    )
    assert translate.tiers(told) == TIERS


def test_what_the_shop_cannot_know_is_refused_before_it_is_asked() -> None:
    refused = translate.tiers_item(TiersWrite(ExternalId("x"), TIERS))
    assert isinstance(refused, TiersOutcome)
    assert (refused.state, refused.code) == ("refused", "unknown_product")
    nobody = translate.buyer_item(Buyer(ExternalId("x"), ExternalId("3")))
    assert isinstance(nobody, BuyerOutcome)
    assert (nobody.state, nobody.code) == ("refused", "unknown_account")


@pytest.mark.parametrize(
    ("error", "code"),
    [(wire.WireError("wrong_currency", "USD"), "wrong_currency"), (None, "refused")],
)
def test_outcomes_are_the_shops_words(error: wire.WireError | None, code: str) -> None:
    done = wire_tiers.WireTiersOutcome(38, "done")
    assert translate.tiers_outcome(PRODUCT, done) == TiersOutcome(PRODUCT, "done")
    said = translate.tiers_outcome(PRODUCT, wire_tiers.WireTiersOutcome(38, "refused", error))
    assert (said.state, said.code) == ("refused", code)
    assert translate.tiers_outcome(PRODUCT, None).state == "unknown"
    account = ExternalId("3")
    told = wire_tiers.WireBuyerOutcome(3, "refused", error)
    assert translate.buyer_outcome(account, told).code == code
    assert translate.buyer_outcome(account, None).state == "unknown"


def test_a_buyer_is_told_with_a_title_the_shop_can_keep_and_read_back() -> None:
    buyer = Buyer(ExternalId("3"), ExternalId("378"), "x" * 300)
    assert translate.buyer_item(buyer) == {"account": 3, "agreement": "378", "title": "x" * 255}
    told = wire_tiers.WireBuyer(3, "378", "Pogodbeni cenik")
    assert translate.buyer(told) == Buyer(ExternalId("3"), ExternalId("378"), "Pogodbeni cenik")
