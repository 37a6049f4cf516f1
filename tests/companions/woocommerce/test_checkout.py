"""The price shown is the price charged, in the classic checkout and in the Store API's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.companions.woocommerce.shop import LIST, Shop, tier

pytestmark = pytest.mark.wordpress

_CLASSIC = """
wp_set_current_user( $given['account'] );
foreach ( $given['steps'] as $step ) {
    $_GET = $step['query'];
    if ( isset( $step['sql'] ) ) {
        $wpdb->query( $step['sql'] );
        continue;
    }
    WC()->cart->load( $given['lines'] );
    $answers[] = 'show' === $step['do'] ? standin_notices() : WC()->cart->check_out();
}
return $answers;
"""
_SHOW = {"do": "show", "query": {"wc-ajax": "update_order_review"}}
_ORDER = {"do": "order", "query": {"wc-ajax": "checkout"}}


def _classic(
    shop: Shop, account: int, product: int, *steps: dict[str, Any], quantity: int = 1
) -> list[Any]:
    lines = {"a": {"product": product, "quantity": quantity}}
    answers: list[Any] = shop.wordpress.php(
        _CLASSIC, account=account, lines=lines, steps=list(steps)
    )
    return answers


def _now_costs(price: str) -> dict[str, Any]:
    """As PanStore writes it in the middle of somebody's checkout."""
    sql = (
        "UPDATE wp_panstore_prices SET tiers ="
        f' \'[{{"least":"1","state":"agreed","amount":"{price}","until":null}}]\''
        f" WHERE agreement = '{LIST}'"
    )
    return {"do": "sql", "query": {}, "sql": sql}


def test_an_order_has_the_agreed_price_and_names_the_agreement(shop: Shop) -> None:
    product, account = shop.product(), shop.account()
    shop.keep(product, tier("7.00"))
    shop.buys_under(account, LIST, "Veleprodaja č")
    _, answer = _classic(shop, account, product, _SHOW, _ORDER)
    expected = {
        "price": "7.00",
        "_panstore_agreement": "Veleprodaja č",
        "_panstore_price": "7.00",
    }
    assert answer == {"lines": {"a": expected}}


def test_an_order_at_the_shop_s_own_price_names_nothing(shop: Shop) -> None:
    product, account = shop.product(), shop.account()
    shop.keep(product, tier("7.00", "5"))
    shop.buys_under(account, LIST)
    _, answer = _classic(shop, account, product, _SHOW, _ORDER)
    assert answer == {"lines": {"a": {"price": "10.00"}}}
    _, answer = _classic(shop, shop.account(), product, _SHOW, _ORDER, quantity=5)
    assert answer == {"lines": {"a": {"price": "10.00"}}}


def test_a_price_that_changed_since_it_was_shown_orders_nothing(shop: Shop) -> None:
    product, account = shop.product(), shop.account()
    shop.keep(product, tier("7.00"))
    shop.buys_under(account, LIST)
    _, refused, again = _classic(shop, account, product, _SHOW, _now_costs("8.00"), _ORDER, _ORDER)
    (error,) = refused["errors"]
    assert "has just changed" in error
    assert "Nothing was ordered" in error
    assert again["lines"]["a"]["price"] == "8.00", "he was told, and orders again"


def test_what_is_withheld_blocks_the_checkout_and_stays_in_the_cart(shop: Shop) -> None:
    product, account = shop.product(), shop.account()
    shop.keep(product, tier("7.00"), tier(None, "3", "withheld"))
    shop.buys_under(account, LIST)
    _, answer = _classic(shop, account, product, _SHOW, _ORDER, quantity=3)
    assert answer["errors"]
    assert all("no price for you" in error for error in answer["errors"])
    (_, answer) = _classic(shop, account, product, _SHOW, _ORDER, quantity=2)
    assert answer["lines"]["a"]["price"] == "7.00"


def test_the_store_api_orders_nothing_at_another_price(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier("7.00"))
    buyer = shop.buyer()
    assert buyer.cart((product, 2))["errors"] == []
    assert buyer.checkout((product, 2)) == {"errors": [], "total": 14}
    shop.keep(product, tier("8.00"))
    answer = buyer.checkout((product, 2))
    assert answer["errors"] == ["panstore_price_changed"]
    assert buyer.checkout((product, 2)) == {"errors": [], "total": 16}
    assert buyer.cart((product, 2))["errors"] == []
    shop.keep(product, tier(None, state="withheld"))
    assert "panstore_withheld" in buyer.checkout((product, 2))["errors"]


def test_a_link_that_is_taken_away_is_a_changed_price(shop: Shop) -> None:
    product, account = shop.product(), shop.account()
    shop.keep(product, tier("7.00"))
    shop.buys_under(account, LIST)
    buyer = shop.log_in(account)
    assert buyer.cart((product, 1))["lines"] == {"line0": "7.00"}
    shop.buys_under(account, None)
    assert buyer.checkout((product, 1))["errors"] == ["panstore_price_changed"]
    assert buyer.checkout((product, 1)) == {"errors": [], "total": 10}
