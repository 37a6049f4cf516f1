"""The API's paths, to be included at `panstore/v1/`."""

from django.urls import path, re_path

from oscar_panstore.api.accounts import list_accounts
from oscar_panstore.api.contract_buyers import read_buyers, write_buyers
from oscar_panstore.api.contract_tiers import (
    drop_tiers,
    list_agreements,
    read_tiers,
    write_tiers,
)
from oscar_panstore.api.http import endpoint, not_found
from oscar_panstore.api.order_update import change_status, update_order
from oscar_panstore.api.orders import list_orders, one_order
from oscar_panstore.api.page_images import add_image, read_image
from oscar_panstore.api.page_writing import write_pages
from oscar_panstore.api.ping import ping
from oscar_panstore.api.prices import write_prices
from oscar_panstore.api.product_changes import acknowledge, list_changes
from oscar_panstore.api.product_creation import create_products
from oscar_panstore.api.product_pages import list_pages
from oscar_panstore.api.products import list_products
from oscar_panstore.api.stock import write_stock

urlpatterns = [
    path("ping", endpoint(GET=ping)),
    path("products", endpoint(GET=list_products, POST=create_products)),
    path("products/pages", endpoint(GET=list_pages)),
    path("products/write", endpoint(POST=write_pages)),
    path("products/<int:product_id>/images", endpoint(POST=add_image)),
    path("products/<int:product_id>/images/<str:digest>", endpoint(GET=read_image)),
    path("contract-prices", endpoint(GET=read_tiers, PUT=write_tiers, DELETE=drop_tiers)),
    path("contract-buyers", endpoint(GET=read_buyers, PUT=write_buyers)),
    path("contract-agreements", endpoint(GET=list_agreements)),
    path("accounts", endpoint(GET=list_accounts)),
    path("changes", endpoint(GET=list_changes)),
    path("changes/ack", endpoint(POST=acknowledge)),
    path("stock", endpoint(POST=write_stock)),
    path("prices", endpoint(POST=write_prices)),
    path("orders", endpoint(GET=list_orders)),
    path("orders/<int:order_id>", endpoint(GET=one_order)),
    path("orders/<int:order_id>/status", endpoint(POST=change_status)),
    path("orders/<int:order_id>/updates", endpoint(POST=update_order)),
    re_path(r"", not_found),
]
