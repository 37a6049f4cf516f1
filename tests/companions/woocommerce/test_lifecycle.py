"""Switching the plugin on, moving its tables on, its page, and taking it away without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.companions.woocommerce.shop import Shop, tier
from tests.companions.woocommerce.wordpress import running_wordpress

pytestmark = pytest.mark.wordpress

_LEFT = """
return array(
    $wpdb->get_col( "SHOW TABLES LIKE '%panstore%'" ),
    $wpdb->get_col( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%panstore%'" ),
    $wpdb->get_col( "SELECT meta_key FROM $wpdb->usermeta WHERE meta_key LIKE '%panstore%'" ),
    false !== strpos( wp_json_encode( _get_cron_array() ), 'panstore' ),
);
"""


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Shop]:
    """One that a test may take apart."""
    with running_wordpress(tmp_path / "wordpress") as wordpress:
        yield Shop(wordpress)


def test_it_comes_and_goes_without_a_trace(fresh: Shop) -> None:
    _, options, _, _ = fresh.wordpress.php(_LEFT)
    assert {"panstore_secret", "panstore_settings", "panstore_schema"} <= set(options)
    fresh.reset()
    product, account = fresh.product(), fresh.account()
    assert fresh.keep(product, tier("7.00"))["outcome"] == "done"
    fresh.buys_under(account, "list-7")
    fresh.wordpress.php(
        "set_transient( 'panstore_known_7', array( 'contract' => false ), 60 );"
        " return set_transient( 'panstore_rest_kick', 1, 60 );"
    )
    tables, options, flags, scheduled = fresh.wordpress.php(_LEFT)
    assert sorted(tables) == ["wp_panstore_buyers", "wp_panstore_messages", "wp_panstore_prices"]
    assert flags
    assert scheduled
    deactivate = "deactivate_plugins( 'panstore/panstore.php' );"
    fresh.wordpress.php(
        f"require_once ABSPATH . 'wp-admin/includes/plugin.php'; {deactivate} return 1;"
    )
    tables, _, _, scheduled = fresh.wordpress.php(_LEFT)
    assert len(tables) == 3, "switched off, it keeps what it has"
    assert not scheduled
    assert fresh.wordpress.fetch("/wp-json/panstore/v1/ping")[0] == 404
    fresh.wordpress.php(
        """
        require_once ABSPATH . 'wp-admin/includes/plugin.php';
        require_once ABSPATH . 'wp-admin/includes/file.php';
        uninstall_plugin( 'panstore/panstore.php' );
        return 1;
        """
    )
    assert fresh.wordpress.php(_LEFT) == [[], [], [], False]
    complaints = [one for one in fresh.wordpress.log().splitlines() if "panstore" in one.lower()]
    assert complaints == []


def test_a_second_activation_keeps_what_there_is(shop: Shop) -> None:
    product = shop.product()
    shop.keep(product, tier("7.00"), agreement="stays")
    shop.wordpress.php("PanStore_Plugin::activate(); PanStore_Plugin::activate(); return 1;")
    assert shop.call("GET", "ping").status == 200, "with the same secret"
    assert "stays" in shop.call("GET", "contract-agreements").body["agreements"]


def test_tables_of_an_older_version_are_moved_on(shop: Shop) -> None:
    shop.keep(shop.product(), tier("7.00"), agreement="older")
    shop.wordpress.php(
        """
        $wpdb->query( "ALTER TABLE {$wpdb->prefix}panstore_prices DROP KEY product" );
        $wpdb->query( "ALTER TABLE {$wpdb->prefix}panstore_buyers DROP COLUMN title" );
        $wpdb->query( "DROP TABLE {$wpdb->prefix}panstore_messages" );
        return update_option( 'panstore_schema', 0 );
        """
    )
    keys = 'return $wpdb->get_col( "SHOW KEYS FROM {$wpdb->prefix}panstore_prices", 2 );'
    assert "product" in shop.wordpress.php(keys)
    shop.buys_under(shop.account(), "older", "with a title")
    assert "older" in shop.call("GET", "contract-agreements").body["agreements"]


def test_calls_that_were_taken_are_forgotten_when_they_are_too_old(shop: Shop) -> None:
    shop.call("GET", "ping")
    count = (
        'return (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->prefix}panstore_messages" );'
    )
    assert shop.wordpress.php(count) > 0
    shop.wordpress.php("do_action( 'panstore_clean' ); return 1;")
    kept = shop.wordpress.php(count)
    assert kept > 0, "it could still be made again"
    shop.wordpress.php(
        '$wpdb->query( "UPDATE {$wpdb->prefix}panstore_messages SET expires = expires - 601" );'
        " do_action( 'panstore_clean' ); return 1;"
    )
    assert shop.wordpress.php(count) == 0


_PAGE = """
wp_set_current_user( $given['user'] );
require_once ABSPATH . 'wp-admin/includes/admin.php';
do_action( 'admin_init' );
ob_start();
( new PanStore_Settings_Page() )->show();
return ob_get_clean();
"""


def test_the_page_shows_settings_and_the_secret_to_who_may_see_it(shop: Shop) -> None:
    shop.wordpress.php("get_role( 'administrator' )->add_cap( 'manage_woocommerce' ); return 1;")
    page = shop.wordpress.php(_PAGE, user=1)
    assert shop.secret in page
    assert page.count("<select ") == 4
    assert "_wpnonce" in page
    assert shop.wordpress.php(_PAGE, user=shop.account()) == ""


def test_what_is_entered_is_cleaned_and_shown_as_text(shop: Shop) -> None:
    entered = {
        "source": "everything",
        "down": ["usual"],
        "price_url": "javascript:alert(1)",
        "hook_url": ' https://panstore.example.com/hooks/"><b>shop ',
        "more": "x",
    }
    kept = shop.wordpress.php(
        """
        require_once ABSPATH . 'wp-admin/includes/admin.php';
        ( new PanStore_Settings_Page() )->register();
        update_option( 'panstore_settings', $given['entered'] );
        return get_option( 'panstore_settings' );
        """,
        entered=entered,
    )
    assert kept["source"] == "stored"
    assert kept["down"] == "withhold"
    assert kept["price_url"] == ""
    assert set(kept) == {"source", "price_url", "down", "hook_url", "show_usual", "late"}
    assert "<b>" not in shop.wordpress.php(_PAGE, user=1)


def test_the_page_says_what_stands_in_the_way(shop: Shop) -> None:
    shop.wordpress.settings(source="ask", late="never")
    shop.wordpress.set_options(panstore_secret="lost")
    (shop.wordpress.root / "extra-config.php").write_text("<?php define( 'W3TC', true );")
    problems = shop.wordpress.php("return PanStore_Settings_Page::problems();")
    assert any("secret" in one for one in problems)
    assert any("address is empty" in one for one in problems)
    assert any("W3 Total Cache" in one for one in problems)


def test_a_new_secret_needs_the_right_and_the_form(shop: Shop) -> None:
    path = "/wp-admin/admin-post.php?action=panstore_new_secret"
    admin, buyer = shop.log_in(1), shop.log_in(shop.account())
    for somebody in (admin, buyer):
        somebody.fetch(path, nonce=False)
    assert shop.wordpress.php("return get_option( 'panstore_secret' );") == shop.secret
