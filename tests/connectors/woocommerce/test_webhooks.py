"""What a real shop sent is believed to the byte, and nothing else is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from panstore.connectors.woocommerce.memory import Echoes
from panstore.connectors.woocommerce.webhooks import Heard, received, signature
from panstore.model.change import Signal
from panstore.model.ids import ExternalId
from panstore.sdk.errors import ForgedError
from tests.connectors.woocommerce.order_recordings import deliveries

FILES = ("47-webhook-order", "48-webhook-product", "49-webhook-customer", "50-webhook-disabled")
SENT = [one for name in FILES for one in deliveries(name) if "secret" in one]
PINGS = [one for name in (*FILES, "46-webhook-crud") for one in deliveries(name)
         if "secret" not in one]  # fmt: skip
SECRET = "exchange-secret"


def hear(sent: dict[str, Any], secret: str | None = SECRET, echoes: Echoes | None = None) -> Heard:
    kept = echoes or Echoes()
    return received("shop", secret, sent["headers"], sent["body"].encode(), kept.seems_ours)


def about(topic: str, number: int = 0) -> dict[str, Any]:
    return [one for one in SENT if one["headers"]["x-wc-webhook-topic"] == topic][number]


def everything(id_: str) -> tuple[Signal, ...]:
    kinds = ("stock", "price", "product")
    return tuple(Signal(kind, ExternalId(id_)) for kind in kinds)  # type: ignore[arg-type]


@pytest.mark.parametrize("sent", SENT, ids=[str(n) for n in range(len(SENT))])
def test_every_recorded_delivery_is_believed_and_no_other(sent: dict[str, Any]) -> None:
    assert hear(sent).delivery.id
    changed = {**sent, "body": sent["body"][:-1] + " }"}
    with pytest.raises(ForgedError, match="not made with our webhook_secret"):
        hear(changed)
    with pytest.raises(ForgedError, match="not made with our webhook_secret"):
        hear(sent, "another-secret")
    with pytest.raises(ForgedError, match="no webhook_secret is set"):
        hear(sent, None)
    bare = {**sent, "headers": {}}
    with pytest.raises(ForgedError):
        hear(bare)


def test_no_two_recorded_deliveries_are_taken_for_one() -> None:
    assert len({hear(one).delivery.id for one in SENT}) == len(SENT)


def test_two_messages_of_one_second_are_two() -> None:
    # The shop makes its id of the webhook and the second.
    def with_body(body: str) -> dict[str, Any]:
        headers = {**about("order.updated")["headers"]}
        headers["x-wc-webhook-signature"] = signature(SECRET, body.encode())
        return {"headers": headers, "body": body}

    one, two = with_body('{"id":1}'), with_body('{"id":2}')
    assert hear(one).delivery.id == hear(one).delivery.id != hear(two).delivery.id


def test_an_order_wakes() -> None:
    for topic in ("order.created", "order.updated", "order.deleted"):
        heard = hear(about(topic))
        assert (heard.delivery.wake, heard.delivery.signals) == (True, ())
        assert heard.order == 922
    made = hear(about("order.created"))
    assert made.modified_at == dt.datetime(2026, 11, 24, 3, 51, 13, tzinfo=dt.UTC)
    assert hear(about("order.deleted")).modified_at is None


def test_a_product_says_where_to_look() -> None:
    heard = hear(about("product.updated"))
    assert (heard.delivery.signals, heard.delivery.wake) == (everything("923"), False)
    variation = hear(about("product.updated", 1))
    parent = Signal("product", ExternalId("863"))
    assert variation.delivery.signals == (*everything("864"), parent)
    gone = hear(about("product.deleted"))
    assert gone.delivery.signals == (Signal("product", ExternalId("923"), deleted=True),)


def test_what_our_own_write_left_says_nothing() -> None:
    sent, echoes = about("product.updated"), Echoes()
    echoes.note(sent["body"].encode())
    heard = hear(sent, echoes=echoes)
    assert (heard.delivery.signals, heard.delivery.wake) == ((), False)


def test_customers_concern_nobody() -> None:
    heard = hear(about("customer.updated"))
    assert (heard.delivery.signals, heard.delivery.wake) == ((), False)


@pytest.mark.parametrize("ping", PINGS, ids=[str(n) for n in range(len(PINGS))])
def test_a_ping_is_answered_and_says_nothing(ping: dict[str, Any]) -> None:
    for secret in (SECRET, None):
        heard = hear(ping, secret)
        assert (heard.delivery.signals, heard.delivery.wake, heard.order) == ((), False, None)


def test_what_looks_like_a_ping_and_is_signed_is_none() -> None:
    forged = {"headers": {"x-wc-webhook-signature": "x"}, "body": "webhook_id=9"}
    with pytest.raises(ForgedError):
        hear(forged)


@pytest.mark.parametrize("body", ['{"code":"woocommerce_rest_shop_order_invalid_id"}', "\\xff{"])
def test_what_was_gone_when_it_was_told_leads_to_a_look(body: str) -> None:
    headers = {
        **about("order.updated")["headers"],
        "x-wc-webhook-signature": signature(SECRET, body.encode()),
    }
    heard = hear({"headers": headers, "body": body})
    assert (heard.delivery.wake, heard.delivery.signals, heard.order) == (True, (), None)


def test_a_time_that_is_none_is_none() -> None:
    body = '{"id":5,"date_modified_gmt":"soon"}'
    headers = {
        **about("order.updated")["headers"],
        "x-wc-webhook-signature": signature(SECRET, body.encode()),
    }
    assert hear({"headers": headers, "body": body}).modified_at is None
