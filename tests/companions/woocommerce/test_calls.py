"""The plugin's API: who may call it, what it refuses, what it keeps."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.companions.woocommerce.shop import LIST, Shop, tier

pytestmark = pytest.mark.wordpress

CALLS = [
    ("GET", "ping"),
    ("PUT", "contract-prices"),
    ("GET", "contract-prices"),
    ("DELETE", "contract-prices"),
    ("PUT", "contract-buyers"),
    ("GET", "contract-buyers"),
    ("GET", "contract-agreements"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_calls_it_without_a_signature(shop: Shop, method: str, path: str) -> None:
    body = b"{}" if method == "PUT" else None
    headers = {"Content-Type": "application/json"}
    address = f"/wp-json/panstore/v1/{path}"
    status, _, answer = shop.wordpress.fetch(address, method=method, body=body, headers=headers)
    assert (status, b"signature_missing" in answer) == (401, True)
    admin = shop.log_in(1)
    assert admin.fetch(address)[0] in {401, 404}, "not even the shop's administrator"


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"headers": {"webhook-signature": "v1,AAAA"}}, "signature_wrong"),
        ({"headers": {"webhook-id": "msg_other"}}, "signature_wrong"),
        ({"stamp": -301}, "too_old"),
        ({"stamp": 301}, "too_old"),
    ],
)
def test_a_signature_that_does_not_hold_is_named(
    shop: Shop, what: dict[str, Any], code: str
) -> None:
    if "stamp" in what:
        what = {"stamp": int(time.time()) + what["stamp"] * 2}
    answer = shop.call("GET", "ping", **what)
    assert (answer.status, answer.body["code"]) == (401, code)
    assert answer.body["message"]
    assert answer.body["data"]["time"].endswith("Z")


def test_a_signature_is_for_one_method_route_query_and_body(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier("7.00"), agreement="signed")
    query = {"agreement": "signed", "products": str(product)}
    read = shop.signed("GET", "contract-prices", query, b"")
    address = f"/wp-json/panstore/v1/contract-prices?agreement=signed&products={product}"
    for method, other in (
        ("DELETE", address),
        ("GET", address.replace("signed", "others")),
        ("GET", address + "&_method=DELETE"),
        ("GET", address + "&_fields=items"),
        ("GET", address.replace("contract-prices", "contract-buyers")),
    ):
        status, _, answer = shop.wordpress.fetch(other, method=method, headers=read)
        assert (status, b"signature_wrong" in answer) == (401, True), (method, other)
    status, _, answer = shop.wordpress.fetch(
        address, headers=read | {"X-HTTP-Method-Override": "DELETE"}
    )
    assert status == 401
    assert shop.wordpress.fetch(address, headers=read)[0] == 200, "it was not used up by those"
    status, _, answer = shop.wordpress.fetch(address, headers=read)
    assert (status, b'"replayed"' in answer) == (401, True)


def test_of_many_equal_calls_at_once_one_is_taken(shop: Shop) -> None:
    headers = shop.signed("GET", "contract-agreements", {}, b"")
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: shop.wordpress.fetch(
                    "/wp-json/panstore/v1/contract-agreements", headers=headers
                )[0],
                range(8),
            )
        )
    assert sorted(answers) == [200, *[401] * 7]


def test_a_shop_without_pretty_addresses_is_called_too(shop: Shop) -> None:
    headers = shop.signed("GET", "contract-agreements", {}, b"")
    status, _, _ = shop.wordpress.fetch(
        "/?rest_route=/panstore/v1/contract-agreements", headers=headers
    )
    assert status == 200


def test_answers_are_kept_by_no_cache(shop: Shop) -> None:
    for answer in (
        shop.call("GET", "contract-agreements"),
        shop.call("PUT", "contract-prices", {"agreement": "x"}),
    ):
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-litespeed-cache-control"] == "no-cache"


def test_a_plugin_without_a_secret_believes_nobody(shop: Shop) -> None:
    for secret in ("", "whsec_", "secret"):
        shop.wordpress.set_options(panstore_secret=secret)
        answer = shop.call("GET", "ping")
        assert (answer.status, answer.body["code"]) == (401, "secret_missing")


def test_the_ping_tells_what_panstore_must_know(shop: Shop) -> None:
    shop.wordpress.settings(hook_url="http://10.0.0.5:8443/hooks/shop")
    told = shop.call("GET", "ping").body
    assert told["shop"] == "Zlička"
    assert (told["companion"], told["woocommerce"]) == ("0.1.0", "10.5.0-standin")
    assert (told["currency"], told["prices_include_tax"], told["price_digits"]) == ("EUR", False, 2)
    assert (told["contract_source"], told["page_cache"]) == ("stored", "")
    assert told["hook_url"] == "http://10.0.0.5:8443/hooks/shop"
    assert told["cron"]["wp_cron_disabled"] is True
    assert told["cron"]["action_overdue_s"] is None


def test_scheduled_work_that_sleeps_is_seen(shop: Shop) -> None:
    shop.wordpress.php(
        """
        $wpdb->query( "CREATE TABLE {$wpdb->prefix}actionscheduler_actions
            ( status varchar(20), scheduled_date_gmt datetime )" );
        $add = "INSERT INTO {$wpdb->prefix}actionscheduler_actions VALUES (%s, %s)";
        foreach ( array( 'pending' => -600, 'complete' => -9000 ) as $status => $seconds ) {
            $date = gmdate( 'Y-m-d H:i:s', time() + $seconds );
            $wpdb->query( $wpdb->prepare( $add, $status, $date ) );
        }
        wp_schedule_single_event( time() - 1200, 'something_of_the_shop' );
        return 1;
        """
    )
    try:
        cron = shop.call("GET", "ping").body["cron"]
        assert 600 <= cron["action_overdue_s"] < 700
        assert cron["event_overdue_s"] >= 1200
    finally:
        shop.wordpress.php(
            """
            wp_clear_scheduled_hook( 'something_of_the_shop' );
            return $wpdb->query( "DROP TABLE {$wpdb->prefix}actionscheduler_actions" );
            """
        )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "rest_invalid_json"),
        (b"[]", 422, "invalid"),
        ({"items": []}, 422, "invalid"),
        ({"agreement": " ", "items": []}, 422, "invalid"),
        ({"agreement": "x" * 201, "items": []}, 422, "too_long"),
        ({"agreement": "x", "items": {"a": 1}}, 422, "invalid"),
        ({"agreement": "x", "items": [{}] * 501}, 413, "batch_too_large"),
    ],
)
def test_a_call_that_says_nothing_is_refused_whole(
    shop: Shop, body: Any, status: int, code: str
) -> None:
    answer = shop.call("PUT", "contract-prices", body)
    assert (answer.status, answer.body["code"]) == (status, code)


@pytest.mark.parametrize(
    ("tiers", "more", "code", "field"),
    [
        ([tier("7.00", least="0")], {}, "not_positive", "least"),
        ([tier("0")], {}, "not_positive", "amount"),
        ([tier("-1")], {}, "not_positive", "amount"),
        ([tier("7.001")], {}, "too_precise", "amount"),
        ([tier(None)], {}, "invalid", "amount"),
        ([tier("7", state="free")], {}, "invalid", "state"),
        ([tier("7", state="usual")], {}, "invalid", "amount"),
        ([tier("7", until="tomorrow")], {}, "invalid", "until"),
        ([tier("7", least="2"), tier("6", least="2.0")], {}, "not_ascending", "tiers"),
        ([tier("7")], {"currency": "USD"}, "currency", "currency"),
        ([tier("7")], {"includes_tax": True}, "gross", "includes_tax"),
        ([tier("7")], {"includes_tax": "no"}, "invalid", "includes_tax"),
        ([tier("7")], {"product": "x"}, "invalid", "product"),
        ([tier("7")], {"product": 77777777}, "unknown_product", "product"),
        ([1], {}, "invalid", None),
    ],
)
def test_what_the_shop_cannot_charge_is_refused(
    shop: Shop, tiers: list[Any], more: dict[str, Any], code: str, field: str | None
) -> None:
    outcome = shop.keep(shop.product(), *tiers, agreement="refused", **more)
    assert outcome["outcome"] == "refused"
    assert (outcome["error"]["code"], outcome["error"]["field"]) == (code, field)
    assert outcome["error"]["message"]
    assert "refused" not in shop.call("GET", "contract-agreements").body["agreements"]


def test_prices_are_kept_of_variations_and_not_of_what_holds_them(shop: Shop) -> None:
    parent = shop.product()
    variation = shop.product(parent=parent)
    assert shop.keep(parent, tier("7.00"))["error"]["code"] == "only_variations"
    assert shop.keep(variation, tier("7.00"))["outcome"] == "done"


def test_a_gross_shop_takes_gross_prices(shop: Shop) -> None:
    product = shop.product()
    for options in (
        {"woocommerce_prices_include_tax": "yes"},
        {"woocommerce_prices_include_tax": "no", "woocommerce_calc_taxes": "no"},
    ):
        shop.wordpress.set_options(**options)
        assert shop.keep(product, tier("7.00"), includes_tax=True)["outcome"] == "done"
        assert shop.keep(product, tier("7.00"))["error"]["code"] == "net"


def test_names_of_agreements_are_taken_by_the_letter(shop: Shop) -> None:
    """A collation of the database takes all of these for one."""
    product = shop.product()
    names = ["Lista č", "lista č", "Lista c", "Lista Č", "100 %", "100 %s", "a'b\\c", "📄"]
    for place, name in enumerate(names):
        shop.keep(product, tier(f"{place + 1}.00"), agreement=name)
    for place, name in enumerate(names):
        query = {"agreement": name, "products": str(product)}
        (kept,) = shop.call("GET", "contract-prices", query=query).body["items"]
        assert kept["tiers"] == [tier(f"{place + 1}.00")]
    assert set(names) <= set(shop.call("GET", "contract-agreements").body["agreements"])
    for name in names:
        answer = shop.call("DELETE", "contract-prices", query={"agreement": name})
        assert answer.body == {"deleted": 1}, name


def test_a_repeated_write_costs_no_write(shop: Shop) -> None:
    product, account = shop.product(), shop.account()
    shop.keep(product, tier("7.00"))
    shop.buys_under(account, LIST)
    shop.wordpress.php(
        """
        foreach ( array( 'prices', 'buyers' ) as $name ) {
            $wpdb->query( "CREATE TRIGGER no_$name BEFORE UPDATE ON {$wpdb->prefix}panstore_$name
                FOR EACH ROW SIGNAL SQLSTATE '45000'" );
        }
        return 1;
        """
    )
    try:
        assert shop.keep(product, tier("7.00"))["outcome"] == "done"
        shop.buys_under(account, LIST)
        item = {"product": product, "currency": "EUR", "tiers": [tier("8.00")]}
        other = {"product": shop.product(), "currency": "EUR", "tiers": [tier("8.00")]}
        body = {"agreement": LIST, "items": [other, item]}
        answer = shop.call("PUT", "contract-prices", body)
        assert (answer.status, answer.body["code"]) == (503, "database")
    finally:
        shop.wordpress.php(
            """
            $wpdb->query( 'DROP TRIGGER no_prices' );
            return $wpdb->query( 'DROP TRIGGER no_buyers' );
            """
        )
    query = {"agreement": LIST, "products": f"{product},{other['product']}"}
    kept = shop.call("GET", "contract-prices", query=query).body["items"]
    assert [one["tiers"] for one in kept] == [[tier("7.00")]], "all of a call, or nothing"


def test_five_hundred_products_go_at_once(shop: Shop) -> None:
    ids = shop.wordpress.php(
        """
        $wpdb->query( 'SET autocommit = 0' );
        $ids = array();
        for ( $i = 0; $i < 500; $i++ ) {
            $wpdb->insert( $wpdb->posts, array( 'post_type' => 'product',
                'post_status' => 'publish', 'post_content' => '', 'post_title' => "P$i",
                'post_excerpt' => '', 'to_ping' => '', 'pinged' => '',
                'post_content_filtered' => '' ) );
            $ids[] = $wpdb->insert_id;
        }
        $wpdb->query( 'COMMIT' );
        return $ids;
        """
    )
    tiers = [tier(f"{n}.50", least=str(10 * n)) for n in range(1, 11)]
    items = [{"product": id_, "currency": "EUR", "tiers": tiers} for id_ in ids]
    answer = shop.call("PUT", "contract-prices", {"agreement": "large", "items": items})
    assert {one["outcome"] for one in answer.body["items"]} == {"done"}
    query = {"agreement": "large", "products": ",".join(map(str, ids))}
    kept = shop.call("GET", "contract-prices", query=query).body["items"]
    assert [one["product"] for one in kept] == sorted(ids)
    assert all(one["tiers"] == tiers for one in kept)
    answer = shop.call("DELETE", "contract-prices", query={"agreement": "large"})
    assert answer.body == {"deleted": 500}
