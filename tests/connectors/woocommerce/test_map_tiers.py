"""Kept contract prices in the plugin's shapes and back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panstore.connectors.woocommerce import wire_tiers
from panstore.connectors.woocommerce.map import tiers as translate
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
    includes_tax=True,
)
PRODUCT = ExternalId("38")


def test_a_write_says_every_tier_as_text() -> None:
    assert translate.tiers_item(TiersWrite(PRODUCT, TIERS)) == {
        "product": 38,
        "currency": "EUR",
        "includes_tax": True,
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
        includes_tax=True,
    )
    assert translate.tiers(told) == TIERS


@given(
    st.lists(
        st.builds(
            PriceTier,
            st.decimals("0.01", 9999, places=2),
            st.just("agreed"),
            st.decimals("0.01", 9999, places=2),
            st.none() | st.datetimes(timezones=st.just(dt.UTC)),
        ),
        max_size=5,
    )
)
def test_a_write_and_a_reading_of_it_say_the_same(tiers: list[PriceTier]) -> None:
    written = PriceTiers(tuple(tiers), "EUR")
    item = translate.tiers_item(TiersWrite(PRODUCT, written))
    assert isinstance(item, dict)
    raw = item["tiers"]
    assert isinstance(raw, list)
    told = [
        wire_tiers.WireTier(
            one["least"],
            one["state"],
            one["amount"],
            None if one["until"] is None else dt.datetime.fromisoformat(one["until"]),
        )
        for one in raw
    ]
    assert translate.tiers(wire_tiers.WireTiers(38, "EUR", told)) == written


def test_what_the_shop_cannot_know_is_refused_before_it_is_asked() -> None:
    refused = translate.tiers_item(TiersWrite(ExternalId("x"), TIERS))
    assert isinstance(refused, TiersOutcome)
    assert (refused.state, refused.code) == ("refused", "unknown_product")
    nobody = translate.buyer_item(Buyer(ExternalId("0"), ExternalId("3")))
    assert isinstance(nobody, BuyerOutcome)
    assert (nobody.state, nobody.code) == ("refused", "unknown_account")


@pytest.mark.parametrize(
    ("error", "code"),
    [(wire_tiers.WireItemRefusal("currency", "USD"), "currency"), (None, "refused")],
)
def test_outcomes_are_the_shops_words(error: wire_tiers.WireItemRefusal | None, code: str) -> None:
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
