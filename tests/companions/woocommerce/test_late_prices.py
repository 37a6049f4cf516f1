"""Where a page cache is, pages are the same for everybody and own prices come afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.companions.woocommerce.buyers import Session
from tests.companions.woocommerce.shop import Shop, tier

pytestmark = pytest.mark.wordpress

MINE = "/wp-json/panstore/v1/my-prices?products="


@pytest.fixture
def product(shop: Shop) -> int:
    product = shop.product()
    shop.keep(product, tier("7.00"))
    shop.wordpress.set_options(standin_page=[product])
    return product


@pytest.fixture
def cached(shop: Shop, product: int) -> Iterator[Session]:
    """A buyer of a shop in which a page cache is at work."""
    del product
    (shop.wordpress.root / "extra-config.php").write_text(
        "<?php define( 'WP_ROCKET_VERSION', '3' );"
    )
    yield shop.buyer()
    (shop.wordpress.root / "extra-config.php").unlink()


def test_a_page_has_nothing_of_the_buyer_in_it(shop: Shop, product: int, cached: Session) -> None:
    status, headers, page = cached.fetch("/", nonce=False)
    assert status == 200
    assert b"7.00" not in page
    assert b"10.00" in page
    assert b"panstore-usual" not in page
    assert f'class="panstore-price" data-panstore-product="{product}"'.encode() in page
    assert b"late-prices.js" in page
    assert headers["set-cookie"].startswith("panstore_buyer=1")
    _, headers, guests = shop.wordpress.fetch("/")
    assert "panstore_buyer" not in headers.get("set-cookie", "")
    assert b"late-prices.js" in guests, "a kept page is given to buyers as well"
    mine = page.partition(b"<p id=")[2].partition(b"</p>")[0]
    assert mine == guests.partition(b"<p id=")[2].partition(b"</p>")[0]


def test_his_prices_come_by_his_session_and_no_other_way(
    shop: Shop, product: int, cached: Session
) -> None:
    other = shop.product()
    told = cached.get(f"{MINE}{product},{other},77777777")
    assert set(told["prices"]) == {str(product), str(other)}
    assert "7.00" in told["prices"][str(product)]
    assert "panstore-price" not in told["prices"][str(product)], "it goes into that place"
    assert told["prices"][str(other)] is None
    _, headers, _ = cached.fetch(f"{MINE}{product}")
    assert headers["cache-control"] == "private, no-store"
    for status, _, body in (
        shop.wordpress.fetch(f"{MINE}{product}"),
        cached.fetch(f"{MINE}{product}", nonce=False),
        shop.wordpress.fetch(f"{MINE}{product}", headers={"Cookie": "panstore_buyer=1"}),
    ):
        assert status == 401
        assert b"7.00" not in body
    stranger = shop.log_in(shop.account())
    assert stranger.get(f"{MINE}{product}")["prices"] == {str(product): None}


def test_the_nonce_comes_from_wordpress_itself(shop: Shop, product: int, cached: Session) -> None:
    """As the script asks for it: a kept page has nobody's."""
    status, _, nonce = cached.fetch("/wp-admin/admin-ajax.php?action=rest-nonce", nonce=False)
    assert status == 200
    headers = {"Cookie": cached.cookie, "X-WP-Nonce": nonce.decode()}
    status, _, body = shop.wordpress.fetch(f"{MINE}{product}", headers=headers)
    assert status == 200
    assert "7.00" in json.loads(body)["prices"][str(product)]


def test_a_draft_s_price_is_told_nobody(shop: Shop, product: int, cached: Session) -> None:
    code = "return wp_update_post( array( 'ID' => $given['id'], 'post_status' => 'draft' ) );"
    shop.wordpress.php(code, id=product)
    assert cached.get(f"{MINE}{product}")["prices"] == {}


def test_cart_and_checkout_know_his_price_at_once(product: int, cached: Session) -> None:
    assert cached.cart((product, 1))["lines"] == {"line0": "7.00"}


def test_a_variation_of_it_with_an_own_price_is_one(shop: Shop, cached: Session) -> None:
    parent = shop.product()
    variation = shop.product(parent=parent)
    shop.keep(variation, tier("7.00"))
    told = cached.get(f"{MINE}{parent},{variation}")["prices"]
    assert told[str(parent)] is not None
    assert "7.00" in told[str(variation)]


def test_a_person_may_say_otherwise(shop: Shop, product: int, cached: Session) -> None:
    shop.wordpress.settings(late="never")
    page = cached.fetch("/", nonce=False)[2]
    assert b"7.00" in page
    assert b"late-prices.js" not in page
    (shop.wordpress.root / "extra-config.php").write_text("<?php\n")
    shop.wordpress.settings(late="always")
    page = cached.fetch("/", nonce=False)[2]
    assert b"7.00" not in page
    assert f'data-panstore-product="{product}"'.encode() in page


def test_what_guests_get_is_as_before_where_no_cache_is(shop: Shop, product: int) -> None:
    page = shop.wordpress.fetch("/")[2]
    assert b"panstore" not in page.partition(b"<body>")[2]
    assert str(product).encode() in page
