"""What a shop may ask, and what nobody can mean."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from panstore.engine.contracts.question import BadQuestionError, check_question, too_many
from panstore.model.contract import QuoteLine, QuoteRequest
from panstore.model.ids import ExternalId

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (QuoteRequest(ExternalId(""), ()), "names no account"),
        (QuoteRequest(ExternalId("a"), (QuoteLine(),)), "line 1 names no article"),
        (QuoteRequest(ExternalId("a"), (QuoteLine(sku="x", quantity=Decimal(0)),)), "no quantity"),
        (QuoteRequest(ExternalId("a"), (QuoteLine(sku="x", quantity=-Decimal(1)),)), "no quantity"),
        (QuoteRequest(ExternalId("a"), (QuoteLine(sku="x", quantity=Decimal("NaN")),)), "no quan"),
        (QuoteRequest(ExternalId("a"), (QuoteLine(sku="x", quantity=Decimal("1E-9")),)), "decimal"),
        (QuoteRequest(ExternalId("a"), (QuoteLine(sku="x"),) * 501), "501 lines are too many"),
        (QuoteRequest(ExternalId("a\0"), ()), "NUL"),
        (QuoteRequest(ExternalId("a"), (QuoteLine(sku="\0"),)), "NUL"),
        (QuoteRequest(ExternalId("a"), (), currency="eur"), "no currency"),
        (QuoteRequest(ExternalId("a"), (), at=dt.datetime(2026, 3, 2)), "no time zone"),  # noqa: DTZ001
        (QuoteRequest(ExternalId("a"), (), at=dt.datetime(2030, 3, 2, tzinfo=dt.UTC)), "400 days"),
        (QuoteRequest(ExternalId("a"), (), at=dt.datetime(2020, 3, 2, tzinfo=dt.UTC)), "400 days"),
    ],
)
def test_what_nobody_can_mean_is_refused(request_: QuoteRequest, says: str) -> None:
    with pytest.raises(BadQuestionError, match=says):
        check_question(request_, NOW)


def test_a_whole_page_for_another_day_may_be_asked_for() -> None:
    lines = (QuoteLine(sku="x", quantity=Decimal("0.125")), QuoteLine(ExternalId("7"))) * 250
    at = NOW + dt.timedelta(days=400)
    check_question(QuoteRequest(ExternalId("a"), lines, currency="EUR", at=at), NOW)


def test_a_line_of_more_than_anybody_means_does_not_spoil_the_question() -> None:
    lines = (QuoteLine(sku="x", quantity=Decimal("1E20")), QuoteLine(sku="y"))
    check_question(QuoteRequest(ExternalId("a"), lines), NOW)
    assert [too_many(one) for one in lines] == [True, False]
