"""What speaks for two variants being the same article, and what against it."""

from __future__ import annotations

import pytest

from panstore.model.ids import ExternalId
from panstore.model.link_proposal import code_form, gtin_form, weigh, words
from panstore.model.product import Variant


def _variant(**said: object) -> Variant:
    return Variant(**{"id": ExternalId("1"), "sku": "", "title": "", **said})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "form"), [("00-12 a.B", "12ab"), ("Č-1", "č1"), ("-. ", ""), ("0", "")]
)
def test_a_code_is_compared_without_what_people_write_differently(text: str, form: str) -> None:
    assert code_form(text) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("4006381333931", "04006381333931"),
        ("400-6381 333931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("4006381333932", ""),
        ("12345", ""),
        ("00000000", ""),
        ("A006381333931", ""),
    ],
)
def test_an_ean_counts_only_with_its_check_digit(text: str, form: str) -> None:
    assert gtin_form(text) == form


def test_a_name_is_its_words_without_accents_and_escapes() -> None:
    assert words("Čaj &amp; med, 500ml") == {"caj", "med", "500", "ml"}


@pytest.mark.parametrize(
    ("erp", "shop", "parents", "confidence", "reason"),
    [
        ({"sku": "A-1"}, {"sku": " a-1"}, None, 95, "same code"),
        ({"sku": "A-1"}, {"sku": "a1"}, None, 85, "but for dashes"),
        ({"gtin": "4006381333931"}, {"gtin": "04006381333931"}, None, 92, "same EAN"),
        ({"title": "Majica S"}, {"title": "s, MAJICA"}, None, 75, "same name"),
        (
            {"title": "lep rdeč lesen stol"},
            {"title": "rdeč lesen stol"},
            None,
            64,
            "alike to 85 %",
        ),
        ({"title": "Majica S"}, {"title": "Majica S"}, True, 80, "stay together"),
        ({"title": "Majica S"}, {"title": "Majica S"}, False, 65, "go elsewhere"),
        (
            {"sku": "A", "gtin": "4006381333931"},
            {"sku": "A", "gtin": "036000291452"},
            None,
            75,
            "EAN differ",
        ),
        ({"sku": "A", "title": "Miza"}, {"sku": "A", "title": "Stol"}, None, 80, "no word"),
        ({"sku": "A", "active": False}, {"sku": "A"}, None, 50, "archived"),
    ],
)
def test_a_pair_has_a_confidence_and_a_reason(
    erp: dict[str, object],
    shop: dict[str, object],
    parents: bool | None,
    confidence: int,
    reason: str,
) -> None:
    weight = weigh(_variant(**erp), _variant(**shop), parents=parents)
    assert weight is not None
    assert weight.confidence == confidence
    assert reason in weight.reason


@pytest.mark.parametrize(
    ("erp", "shop"),
    [
        ({"title": "Majica modra S"}, {"title": "Majica modra M"}),
        ({"title": "Vijak 10"}, {"title": "Vijak 12"}),
        ({"title": "Stol"}, {"title": "Miza"}),
        ({}, {}),
        ({"title": "Stol"}, {}),
    ],
)
def test_sizes_numbers_and_nothing_in_common_make_no_pair(
    erp: dict[str, object], shop: dict[str, object]
) -> None:
    assert weigh(_variant(**erp), _variant(**shop)) is None
