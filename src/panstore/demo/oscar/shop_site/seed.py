"""Fills a fresh shop database: goods without price and stock, buyers, an administrator.

Prices and stock come from the ERP, by PanStore; a page must do without them until then.
"""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.sites.models import Site
from django.core.files.base import ContentFile
from django.db import transaction
from oscar.apps.catalogue.categories import create_from_breadcrumbs
from oscar.core.loading import get_model
from oscar_panstore.models import ItemTax

from shop_site.models import Company
from shop_site.pictures import picture

Product = get_model("catalogue", "Product")
ProductAttribute = get_model("catalogue", "ProductAttribute")
ProductClass = get_model("catalogue", "ProductClass")
ProductImage = get_model("catalogue", "ProductImage")
Partner = get_model("partner", "Partner")
StockRecord = get_model("partner", "StockRecord")
Country = get_model("address", "Country")
UserAddress = get_model("address", "UserAddress")
PaymentEventType = get_model("order", "PaymentEventType")
ShippingEventType = get_model("order", "ShippingEventType")

_COUNTRIES = {
    "SI": "Slovenia",
    "AT": "Austria",
    "DE": "Germany",
    "HR": "Croatia",
    "HU": "Hungary",
    "IT": "Italy",
}


def load_catalogue() -> ModuleType:
    """The demo's catalogue module, by its path: it belongs to another environment."""
    path = Path(os.environ["SHOP_CATALOGUE"])
    spec = importlib.util.spec_from_file_location("demo_catalogue", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def seed(admin: dict[str, str]) -> None:
    """Fill the database in one transaction.

    Args:
        admin: E-mail and password of the administrator.
    """
    catalogue = load_catalogue()
    with transaction.atomic():
        Site.objects.update_or_create(pk=1, defaults={"domain": "127.0.0.1", "name": "Vrt & Dom"})
        countries = _countries()
        get_user_model().objects.create_superuser("admin", admin["email"], admin["password"])
        for customer in catalogue.customers():
            _customer(customer, countries)
        _products(catalogue)
        # What people of the shop may note of an order in the back office.
        for name in ("Paid", "Failed", "Refunded"):
            PaymentEventType.objects.create(name=name)
        for name in ("Shipped", "Returned", "Cancelled"):
            ShippingEventType.objects.create(name=name)


def _countries() -> dict[str, Any]:
    return {
        code: Country.objects.create(
            iso_3166_1_a2=code,
            printable_name=name,
            name=name,
            display_order=1 if code == "SI" else 0,
            is_shipping_country=True,
        )
        for code, name in _COUNTRIES.items()
    }


def _customer(customer: Any, countries: dict[str, Any]) -> None:
    first, _, last = customer.name.partition(" ")
    user = get_user_model().objects.create_user(
        username=customer.email.replace("@", "-at-")[:150],
        email=customer.email,
        password=customer.password,
        first_name=customer.name[:150] if customer.company else first,
        last_name="" if customer.company else last,
    )
    if customer.company:
        Company.objects.create(user=user, name=customer.name, vat_id=customer.vat_id or "")
    UserAddress.objects.create(
        user=user,
        first_name=first,
        last_name=last,
        line1=customer.street,
        line4=customer.city,
        postcode=customer.postcode,
        country=countries[customer.country],
        phone_number=customer.phone,
        is_default_for_shipping=True,
        is_default_for_billing=True,
    )


def _products(catalogue: ModuleType) -> None:
    goods = ProductClass.objects.create(name="Goods", track_stock=True, requires_shipping=True)
    ProductAttribute.objects.create(
        product_class=goods, name="Izvedba", code="option", type=ProductAttribute.TEXT
    )
    ProductAttribute.objects.create(
        product_class=goods, name="Teža (kg)", code="weight", type=ProductAttribute.FLOAT
    )
    partner = Partner.objects.create(name="Skladišče Ljubljana", code="LJ")
    categories = {
        path: create_from_breadcrumbs(path)
        for path in dict.fromkeys(product.category for product in catalogue.products())
    }
    for product in catalogue.products():
        page = _page(product, goods, categories[product.category])
        for variant in product.variants:
            sold = (
                page if page.structure == Product.STANDALONE else _variant(page, product, variant)
            )
            sold.attr.weight = variant.weight_g / 1000
            sold.attr.save()
            StockRecord.objects.create(
                product=sold,
                partner=partner,
                partner_sku=variant.sku,
                price_currency=catalogue.CURRENCY,
                num_in_stock=0,
                num_allocated=0,
            )
            ItemTax.objects.create(product=sold, code=product.vat)


def _page(product: Any, goods: Any, category: Any) -> Any:
    alone = len(product.variants) == 1
    page = Product.objects.create(
        structure=Product.STANDALONE if alone else Product.PARENT,
        product_class=goods,
        title=product.name,
        slug=product.slug,
        description=f"<p>{product.description}</p>",
        upc=product.variants[0].ean if alone else None,
    )
    page.categories.add(category)
    if not alone:
        ItemTax.objects.create(product=page, code=product.vat)
    content = ContentFile(picture(product.category, product.code), name=f"{product.code}.png")
    ProductImage.objects.create(product=page, original=content)
    return page


def _variant(page: Any, product: Any, variant: Any) -> Any:
    child = Product.objects.create(
        structure=Product.CHILD,
        parent=page,
        title=f"{product.name}, {variant.option}",
        slug=product.slug,
        upc=variant.ean,
    )
    child.attr.option = variant.option
    child.attr.save()
    return child
