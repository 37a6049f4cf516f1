"""What buyers see of prices the shop keeps: pages, Store API, cart, checkout, and nobody else."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.companions.woocommerce.shop import LIST, Shop, tier

pytestmark = pytest.mark.wordpress

# Which queries a request made of the plugin's tables, noted at its end.
_WATCH = """<?php
add_action( 'shutdown', static function () {
    global $wpdb;
    $ours = array();
    foreach ( (array) $wpdb->queries as $query ) {
        if ( false !== strpos( $query[0], 'panstore_' ) && 0 === strpos( $query[0], 'SELECT' ) ) {
            $ours[] = $query[0];
        }
    }
    file_put_contents( ABSPATH . 'queries.json', json_encode( $ours ) );
}, 1 );
"""


@pytest.fixture
def queries(shop: Shop) -> Iterator[Any]:
    """Those of the last request that are about the plugin."""
    folder = shop.wordpress.root / "wp-content" / "mu-plugins"
    folder.mkdir(exist_ok=True)
    (folder / "watch.php").write_text(_WATCH)
    file = shop.wordpress.root / "queries.json"

    def last() -> list[str]:
        found: list[str] = json.loads(file.read_text())
        return found

    yield last
    (folder / "watch.php").unlink()


def test_only_the_buyer_sees_his_price(shop: Shop) -> None:
    product = shop.product("10.00", sale="9.00")
    shop.keep(product, tier("7.00"))
    buyer, other = shop.buyer(), shop.buyer("another list")
    stranger = shop.log_in(shop.account())
    told = shop.seen(buyer, product)
    assert (told["price"], told["regular_price"], told["sale_price"]) == ("7.00", "7.00", "")
    assert (told["on_sale"], told["is_purchasable"]) == (False, True)
    for somebody in (None, other, stranger):
        told = shop.seen(somebody, product)
        assert (told["price"], told["regular_price"], told["sale_price"]) == (
            *("9.00", "10.00"),
            "9.00",
        )
        assert told["on_sale"] is True
        assert "panstore" not in told["price_html"]


def test_a_page_shows_the_usual_price_beside_the_agreed_one(shop: Shop) -> None:
    product, same = shop.product("10.00"), shop.product("10.00")
    shop.keep(product, tier("7.00"))
    shop.keep(same, tier("10.00"))
    buyer = shop.buyer()
    html = shop.seen(buyer, product)["price_html"]
    assert "7.00" in html
    assert 'class="panstore-usual"' in html
    assert "10.00" in html
    assert "panstore" not in shop.seen(buyer, same)["price_html"], "it is the usual one"
    shop.wordpress.settings(show_usual="no")
    assert "10.00" not in shop.seen(buyer, product)["price_html"]


def test_what_is_withheld_is_not_for_sale_to_him(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier(None, state="withheld"))
    buyer = shop.buyer()
    told = shop.seen(buyer, product)
    assert (told["price"], told["is_purchasable"]) == ("", False)
    assert "panstore-withheld" in told["price_html"]
    assert "10.00" not in told["price_html"]
    cart = buyer.cart((product, 1))
    assert "not_purchasable" in cart["errors"]
    assert cart["lines"]["line0"] == "10.00", "never for nothing, whatever lets it pass"
    assert shop.seen(None, product)["is_purchasable"] is True


def test_a_line_of_the_cart_pays_by_its_quantity(shop: Shop) -> None:
    product, other = shop.product("10.00"), shop.product("3.00")
    shop.keep(product, tier("7.25", "2"), tier(None, "5", "usual"), tier("4.10", "20"))
    buyer = shop.buyer()
    for quantity, price in ((1, "10.00"), (2, "7.25"), (5, "10.00"), (19, "10.00"), (20, "4.10")):
        cart = buyer.cart((product, quantity), (other, 2))
        assert cart["lines"] == {"line0": price, "line1": "3.00"}
        assert cart["total"] == pytest.approx(quantity * float(price) + 6)
        assert cart["errors"] == []
    cart = buyer.cart((product, 1), (product, 2))
    assert cart["lines"] == {"line0": "10.00", "line1": "7.25"}, "two lines of one product"


def test_a_tier_that_is_over_is_charged_nobody(shop: Shop) -> None:
    product = shop.product()
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    buyer = shop.buyer()
    shop.keep(product, tier("7.00", until=soon.isoformat()))
    assert shop.seen(buyer, product)["price"] == "7.00"
    shop.keep(product, tier("7.00", until="2026-11-01T00:00:00Z"))
    assert shop.seen(buyer, product)["price"] == ""
    shop.wordpress.settings(down="usual")
    assert shop.seen(buyer, product)["price"] == "10.00"


def test_prices_in_other_terms_than_the_shop_s_are_not_charged(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier("7.00"))
    buyer = shop.buyer()
    shop.wordpress.set_options(woocommerce_prices_include_tax="yes")
    assert shop.seen(buyer, product)["price"] == ""
    shop.wordpress.set_options(woocommerce_prices_include_tax="no", woocommerce_currency="USD")
    assert shop.seen(buyer, product)["price"] == ""


def test_a_shop_shown_in_another_currency_shows_no_agreed_price(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier("7.00"))
    buyer = shop.buyer()
    (shop.wordpress.root / "extra-config.php").write_text(
        "<?php require_once __DIR__ . '/wp-includes/plugin.php';"
        " add_filter( 'woocommerce_currency', static function () { return 'USD'; } );"
    )
    assert shop.seen(buyer, product)["price"] == ""
    assert shop.seen(None, product)["price"] == "10.00"


def test_variations_cost_what_is_agreed_and_nobody_is_given_another_s(shop: Shop) -> None:
    parent = shop.product("10.00")
    one, two = shop.product("10.00", parent=parent), shop.product("12.00", parent=parent)
    shop.keep(one, tier("7.00"))
    shop.keep(one, tier("6.00"), agreement="another list")
    shop.keep(two, tier(None, state="withheld"), agreement="another list")
    first, same, other = shop.buyer(), shop.buyer(), shop.buyer("another list")
    everybody = {str(one): "10.00", str(two): "12.00"}
    for _ in range(2):
        assert shop.seen(None, parent)["variations"] == everybody
        for buyer in (first, same):
            assert shop.seen(buyer, parent)["variations"] == {str(one): "7.00", str(two): "12.00"}
        assert shop.seen(other, parent)["variations"] == {str(one): "6.00"}
    shop.keep(one, tier("7.50"))
    assert shop.seen(first, parent)["variations"][str(one)] == "7.50", "the kept one is not his"
    assert shop.seen(None, parent)["variations"] == everybody


def test_a_product_with_variations_costs_what_the_least_of_them_costs_him(shop: Shop) -> None:
    """The Store API says no range where all cost the same, and then this price alone."""
    parent = shop.product("10.00")
    one, two = shop.product("10.00", parent=parent), shop.product("12.00", parent=parent)
    buyer = shop.buyer()
    assert shop.seen(buyer, parent)["price"] == "10.00"
    for product in (one, two):
        shop.keep(product, tier("7.00"))
    assert shop.seen(buyer, parent)["price"] == "7.00"
    assert shop.seen(None, parent)["price"] == "10.00"
    for product in (one, two):
        shop.keep(product, tier(None, state="withheld"))
    told = shop.seen(buyer, parent)
    assert (told["price"], told["is_purchasable"]) == ("", False)


def test_unlinking_and_relinking_hold_from_the_next_page_on(shop: Shop) -> None:
    product, account = shop.product(), shop.account()
    shop.keep(product, tier("7.00"))
    shop.keep(product, tier("6.00"), agreement="another list")
    buyer = shop.log_in(account)
    for agreement, price in ((LIST, "7.00"), ("another list", "6.00"), (None, "10.00")):
        shop.buys_under(account, agreement)
        assert shop.seen(buyer, product)["price"] == price


def test_guests_and_other_customers_cause_no_query(shop: Shop, queries: Any) -> None:
    products = [shop.product() for _ in range(5)]
    for product in products:
        shop.keep(product, tier("7.00"))
    buyer, stranger = shop.buyer(), shop.log_in(shop.account())
    listed = "/wp-json/wc/store/v1/products?include=" + ",".join(map(str, products))
    assert shop.wordpress.fetch(listed)[0] == 200
    assert queries() == []
    stranger.get(listed)
    assert queries() == []
    stranger.cart(*((product, 2) for product in products))
    assert queries() == []
    told = buyer.get(listed)
    assert {one["price"] for one in told.values()} == {"7.00"}
    assert 2 <= len(queries()) <= 1 + len(products)


def test_a_page_of_many_products_is_two_queries(shop: Shop, queries: Any) -> None:
    products = [shop.product() for _ in range(12)]
    for product in products:
        shop.keep(product, tier("7.00"))
    buyer = shop.buyer()
    shop.wordpress.set_options(standin_page=products, posts_per_page=500)
    # The page's own query, as that of a list of products, is what says early what it shows.
    status, headers, body = buyer.fetch("/?post_type=product", nonce=False)
    assert status == 200
    assert body.count(b"7.00") == len(products)
    assert len(queries()) == 2
    assert headers["cache-control"] == "private, no-store"
    assert "Cookie" in headers["vary"]


def test_answers_of_the_store_api_are_kept_by_no_cache(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier("7.00"))
    path = f"/wp-json/wc/store/v1/products?include={product}"
    _, headers, _ = shop.buyer().fetch(path)
    assert headers["cache-control"] == "private, no-store"
    assert "Cookie" in headers["vary"]


def test_programs_and_the_back_office_see_the_shop_s_own_prices(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier("7.00"))
    shop.buys_under(1, LIST)
    try:
        owner = shop.log_in(1)
        told = owner.get(f"/wp-json/wc/v3/products?include={product}")[str(product)]
        assert told["price"] == "10.00", "what PanStore reads there depends on nobody's key"
        assert shop.seen(owner, product)["price"] == "7.00"
    finally:
        shop.buys_under(1, None)


def test_a_product_and_an_account_that_are_deleted_leave_nothing(shop: Shop) -> None:
    product, account = shop.product(), shop.account()
    shop.keep(product, tier("7.00"), agreement="short-lived")
    shop.buys_under(account, "short-lived")
    shop.wordpress.php(
        """
        require_once ABSPATH . 'wp-admin/includes/user.php';
        wp_delete_post( $given['product'], true );
        return wp_delete_user( $given['account'] );
        """,
        product=product,
        account=account,
    )
    assert "short-lived" not in shop.call("GET", "contract-agreements").body["agreements"]


def test_a_shop_that_is_switched_off_shows_its_own_prices(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier("7.00"))
    buyer = shop.buyer()
    shop.wordpress.settings(source="off")
    assert shop.seen(buyer, product)["price"] == "10.00"


def test_tables_that_cannot_be_read_sell_nothing_at_a_guessed_price(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier("7.00"))
    buyer = shop.buyer()
    rename = 'return $wpdb->query( "RENAME TABLE {$wpdb->prefix}%s TO {$wpdb->prefix}%s" );'
    shop.wordpress.php(rename % ("panstore_prices", "panstore_gone"))
    try:
        assert shop.seen(buyer, product)["price"] == ""
        assert shop.seen(None, product)["price"] == "10.00"
    finally:
        shop.wordpress.php(rename % ("panstore_gone", "panstore_prices"))
    assert shop.seen(buyer, product)["price"] == "7.00"


def test_nothing_is_complained_of(shop: Shop) -> None:
    """PHP's notices about the plugin's own lines, over a few pages of everything."""
    product = shop.product()
    shop.keep(product, tier("7.00"), tier(None, "5", "withheld"))
    buyer = shop.buyer()
    shop.wordpress.set_options(standin_page=[product])
    shop.wordpress.log()
    for somebody in (None, buyer):
        shop.seen(somebody, product)
    buyer.cart((product, 2))
    buyer.checkout((product, 2))
    buyer.fetch("/", nonce=False)
    shop.call("GET", "ping")
    complaints = [line for line in shop.wordpress.log().splitlines() if "panstore" in line.lower()]
    assert complaints == []
