"""The buyer finds his documents in his order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.companions.woocommerce.shop import Shop

pytestmark = pytest.mark.wordpress

_SHOWN = """
$order = new class( $given['kept'] ) {
    private $kept;
    public function __construct( $kept ) { $this->kept = $kept; }
    public function get_meta( $key ) { return '_panstore_documents' === $key ? $this->kept : ''; }
};
ob_start();
do_action( 'woocommerce_order_details_after_order_table', $order );
return ob_get_clean();
"""


def _shown(shop: Shop, kept: Any) -> str:
    page: str = shop.wordpress.php(_SHOWN, kept=kept)
    return page


def test_documents_are_links_under_the_order(shop: Shop) -> None:
    kept = [
        {"kind": "invoice", "number": "2026-1", "url": "https://erp.example/d/a?x=1&y=2"},
        {"kind": "delivery_note", "number": "<b>D1</b>", "url": "https://erp.example/d/b"},
    ]
    page = _shown(shop, json.dumps(kept))
    assert page.count("<a href=") == 2
    assert "Invoice 2026-1" in page
    assert "Delivery note &lt;b&gt;D1&lt;/b&gt;" in page
    assert "https://erp.example/d/a?x=1&#038;y=2" in page
    assert 'rel="nofollow noopener"' in page


def test_an_order_without_documents_shows_nothing(shop: Shop) -> None:
    assert _shown(shop, "") == ""
    assert (
        _shown(shop, json.dumps([{"kind": "invoice", "number": "1", "url": "javascript:x"}])) == ""
    )
