"""Notices at once: what a request has changed is told at its end, signed, once."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.companions.oscar.receiver import Receiver
from tests.companions.woocommerce.shop import Shop

pytestmark = pytest.mark.wordpress


@pytest.fixture
def receiver(shop: Shop) -> Iterator[Receiver]:
    receiver = Receiver()
    shop.wordpress.settings(hook_url=receiver.url)
    shop.wordpress.php("return delete_transient( 'panstore_rest_kick' );")
    yield receiver
    receiver.close()


def _happens(shop: Shop, *hooks: list[Any]) -> None:
    """What WooCommerce does in one request: each hook with what it gives."""
    code = """
    class Standin_Order {
        public $status = '';
        public $id = 0;
        public function get_status() { return $this->status; }
        public function get_id() { return $this->id; }
    }
    foreach ( $given['hooks'] as $hook ) {
        $name = array_shift( $hook );
        $arguments = array_map( static function ( $one ) {
            if ( ! is_array( $one ) ) {
                return $one;
            }
            $order = new Standin_Order();
            foreach ( $one as $key => $value ) {
                $order->$key = $value;
            }
            return $order;
        }, $hook );
        do_action( $name, ...$arguments );
    }
    return 1;
    """
    shop.wordpress.php(code, hooks=list(hooks))


def _messages(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    until = time.monotonic() + 10
    while len(receiver.deliveries) < count and time.monotonic() < until:
        time.sleep(0.01)
    return sorted((one.message for one in receiver.deliveries), key=str)


def test_what_a_request_changed_is_told_once_at_its_end(shop: Shop, receiver: Receiver) -> None:
    _happens(
        shop,
        ["woocommerce_new_order", 727, {"status": "processing"}],
        ["woocommerce_update_order", 727, {"status": "processing"}],
        ["woocommerce_order_status_changed", 727, "pending", "processing"],
        ["woocommerce_order_refunded", 31, 728],
        ["woocommerce_product_set_stock", {"id": 40}],
        ["woocommerce_updated_product_stock", 40],
        ["woocommerce_update_product_variation", 12],
    )
    assert _messages(receiver, 2) == [
        {"type": "order.changed", "ids": [31, 727]},
        {"type": "product.changed", "ids": [12, 40]},
    ]


def test_it_is_signed_to_the_byte(shop: Shop, receiver: Receiver) -> None:
    _happens(shop, ["woocommerce_update_order", 5])
    _messages(receiver, 1)
    (delivery,) = receiver.deliveries
    Webhook(shop.secret).verify(delivery.body, delivery.headers)
    sent = dt.datetime.fromtimestamp(int(delivery.headers["webhook-timestamp"]), dt.UTC)
    assert abs(dt.datetime.now(dt.UTC) - sent) < dt.timedelta(minutes=1)
    assert delivery.headers["content-type"] == "application/json"


def test_carts_that_are_no_orders_are_not_told(shop: Shop, receiver: Receiver) -> None:
    _happens(
        shop,
        ["woocommerce_new_order", 8, {"status": "checkout-draft"}],
        ["woocommerce_update_order", 8, {"status": "checkout-draft"}],
        ["woocommerce_new_order", 9, {"status": "auto-draft"}],
    )
    _happens(shop, ["woocommerce_update_order", 10, {"status": "on-hold"}])
    assert _messages(receiver, 1) == [{"type": "order.changed", "ids": [10]}]


def test_what_people_do_in_lists_of_posts_is_told(shop: Shop, receiver: Receiver) -> None:
    product = shop.product()
    _messages(receiver, 1)
    receiver.deliveries.clear()
    shop.wordpress.php("return (bool) wp_trash_post( $given['id'] );", id=product)
    assert _messages(receiver, 1) == [{"type": "product.changed", "ids": [product]}]
    shop.wordpress.php("return (bool) wp_trash_post( 1 );")
    shop.wordpress.php("return (bool) wp_delete_post( $given['id'], true );", id=product)
    assert _messages(receiver, 2)[1] == {"type": "product.deleted", "ids": [product]}


def test_what_is_thrown_away_or_deleted_is_told_as_such(shop: Shop, receiver: Receiver) -> None:
    _happens(
        shop,
        ["woocommerce_trash_order", 5],
        ["woocommerce_untrash_order", 6],
        ["woocommerce_delete_order", 7],
        ["woocommerce_delete_product_variation", 8],
        ["woocommerce_trash_product", 9],
    )
    assert _messages(receiver, 3) == [
        {"type": "order.deleted", "ids": [5, 6, 7]},
        {"type": "product.changed", "ids": [9]},
        {"type": "product.deleted", "ids": [8]},
    ]


def test_many_ids_are_many_messages(shop: Shop, receiver: Receiver) -> None:
    _happens(shop, *(["woocommerce_update_product", n] for n in range(1, 1102)))
    messages = _messages(receiver, 3)
    assert sorted(len(one["ids"]) for one in messages) == [101, 500, 500]
    assert sorted(id_ for one in messages for id_ in one["ids"]) == list(range(1, 1102))


def test_a_request_that_changes_nothing_says_nothing(shop: Shop, receiver: Receiver) -> None:
    shop.call("GET", "ping")
    shop.wordpress.fetch("/")
    _happens(shop, ["woocommerce_update_order", 77])
    assert _messages(receiver, 1) == [{"type": "order.changed", "ids": [77]}]


def test_a_receiver_that_is_gone_is_left_alone(shop: Shop, receiver: Receiver) -> None:
    shop.wordpress.settings(hook_url="http://127.0.0.1:9/hooks/shop")
    rests = "return (bool) get_transient( 'panstore_rest_kick' );"
    _happens(shop, ["woocommerce_update_order", 5])
    # Without waiting for an answer WordPress may not learn that there is none; a slow one it does.
    receiver.delay_s = 3
    shop.wordpress.settings(hook_url=receiver.url)
    if not shop.wordpress.php(rests):
        _happens(shop, ["woocommerce_update_order", 6])
    assert shop.wordpress.php(rests)
    before = len(receiver.deliveries)
    receiver.delay_s = 0
    _happens(shop, ["woocommerce_update_order", 7])
    shop.wordpress.php("return delete_transient( 'panstore_rest_kick' );")
    _happens(shop, ["woocommerce_update_order", 8])
    _messages(receiver, before + 1)
    told = {id_ for one in receiver.deliveries for id_ in one.message["ids"]}
    assert 8 in told
    assert 7 not in told


def test_without_an_address_or_a_secret_nothing_is_sent(shop: Shop, receiver: Receiver) -> None:
    shop.wordpress.settings()
    _happens(shop, ["woocommerce_update_order", 5])
    shop.wordpress.settings(hook_url=receiver.url)
    shop.wordpress.set_options(panstore_secret="")
    _happens(shop, ["woocommerce_update_order", 6])
    shop.wordpress.set_options(panstore_secret=shop.secret)
    _happens(shop, ["woocommerce_update_order", 7])
    assert _messages(receiver, 1) == [{"type": "order.changed", "ids": [7]}]
