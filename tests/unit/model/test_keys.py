"""The key under which a document exists once in the other system."""

from panstore.model.ids import ConnectionId, ExternalId, order_key


def test_a_key_names_connection_order_purpose_and_revision() -> None:
    shop, order = ConnectionId("shop"), ExternalId("1042")
    assert order_key(shop, order, "order") == "shop/1042/order/1"
    assert order_key(shop, order, "invoice", 2) == "shop/1042/invoice/2"
