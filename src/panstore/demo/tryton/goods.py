"""Products, stock, services, carriers and the contract list, straight from the catalogue."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from trytond.pool import Pool
from trytond.transaction import Transaction

# The ERP checks constraints of all records of a call in one nested SQL expression; SQLite gives
# up between 80 and 90 of them.
BATCH = 40


def create_products(catalogue, categories, shop_categories, picture):
    """Create all products with their variants and EANs; returns product id by SKU.

    The first variant takes the list price of its template, the others have their own, so the
    ERP shows both ways a price can be kept. `picture` draws the shop's own pictures, so that both
    systems begin with the same.
    """
    pool = Pool()
    template_model = pool.get("product.template")
    unit = _unit()
    attributes = _option_attribute()
    rows = [
        _template(product, unit, categories[product.vat], shop_categories[product.category])
        | ({"attribute_set": attributes} if product.variants[0].option else {})
        | {"images": [("create", [{"image": picture(product.category, product.code)}])]}
        for product in catalogue.products()
    ]
    skus = {}
    for start in range(0, len(rows), BATCH):
        for template in template_model.create(rows[start : start + BATCH]):
            skus.update((variant.code, variant.id) for variant in template.products)
    return skus


def _template(product, unit, account_category, shop_category):
    first = product.variants[0]
    return {
        "name": product.name,
        "code": product.code,
        "type": "goods",
        "default_uom": unit,
        "salable": True,
        "sale_uom": unit,
        "list_price": first.list_price,
        "account_category": account_category,
        "categories": [("add", [shop_category])],
        "weight": float(first.weight_g) if _one_weight(product) else None,
        "weight_uom": _unit("Gram") if _one_weight(product) else None,
        "products": [
            (
                "create",
                [
                    {
                        "suffix_code": variant.sku.removeprefix(product.code),
                        "description": product.description,
                        "attributes": {"option": variant.option} if variant.option else None,
                        "panstore_weight": None
                        if _one_weight(product)
                        else Decimal(variant.weight_g) / 1000,
                        "list_price": None if variant is first else variant.list_price,
                        "cost_price": _cost(variant.list_price),
                        "identifiers": [("create", [{"type": "ean", "code": variant.ean}])],
                    }
                    for variant in product.variants
                ],
            )
        ],
    }


def _one_weight(product):
    """Whether all variants weigh the same: then the ERP's own weight of the product says it."""
    return len({variant.weight_g for variant in product.variants}) == 1


def _option_attribute():
    """The set of attributes of products that come in several kinds; the shop calls it the same."""
    pool = Pool()
    set_model, attribute_model = pool.get("product.attribute.set"), pool.get("product.attribute")
    (attribute,) = attribute_model.create([
        {"name": "option", "string": "Izvedba", "type_": "char"}
    ])
    (made,) = set_model.create([{"name": "Izvedbe", "attributes": [("add", [attribute.id])]}])
    return made.id


def _cost(list_price):
    return (list_price * Decimal("0.6")).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _unit(name="Unit"):
    uom_model = Pool().get("product.uom")
    (unit,) = uom_model.search([("name", "=", name)], limit=1)
    return unit.id


def create_shop_categories(catalogue):
    """Category id by path ("Kava > Zrna"), parents made on the way."""
    category_model = Pool().get("product.category")
    made = {}
    for product in catalogue.products():
        parent, path = None, ""
        for name in product.category.split(" > "):
            path = f"{path} > {name}" if path else name
            if path not in made:
                (category,) = category_model.create([{"name": name, "parent": parent}])
                made[path] = category.id
            parent = made[path]
    return made


def count_opening_stock(catalogue, skus, warehouses, today):
    """One confirmed inventory per warehouse with the catalogue's pieces."""
    inventory_model = Pool().get("stock.inventory")
    location_model = Pool().get("stock.location")
    for code, warehouse in warehouses.items():
        lines = [
            {"product": skus[variant.sku], "quantity": float(variant.stock[code])}
            for _, variant in catalogue.variants()
            if variant.stock[code]
        ]
        (inventory,) = inventory_model.create([
            {
                "location": location_model(warehouse).storage_location.id,
                "date": today,
                "lines": [("create", lines)],
            }
        ])
        inventory_model.confirm([inventory])


def create_services(categories):
    """Product ids of what orders carry besides goods: shipping, pick-up, rounding."""
    template_model = Pool().get("product.template")
    unit = _unit()
    made = {}
    for key, code, name, category, price in (
        ("shipping", "DOSTAVA", "Dostava Pošta Slovenije", "service", "3.20"),
        ("pickup", "PREVZEM", "Osebni prevzem", "service", "0.00"),
        ("rounding", "ZAOKR", "Zaokroževanje", "rounding", "0.00"),
    ):
        (template,) = template_model.create([
            {
                "name": name,
                "code": code,
                "type": "service",
                "default_uom": unit,
                "salable": True,
                "sale_uom": unit,
                "list_price": Decimal(price),
                "account_category": categories[category],
                "products": [("create", [{}])],
            }
        ])
        made[key] = template.products[0].id
    return made


def create_carriers(services):
    """Carrier ids: the post and picking up in person."""
    pool = Pool()
    party_model, carrier_model = pool.get("party.party"), pool.get("carrier")
    made = {}
    for key, name, service in (
        ("post", "Pošta Slovenije", "shipping"),
        ("pickup", "Osebni prevzem", "pickup"),
    ):
        (party,) = party_model.create([{"name": name}])
        (carrier,) = carrier_model.create([
            {"party": party.id, "carrier_product": services[service]}
        ])
        made[key] = carrier.id
    return made


def create_contract_list(catalogue, skus, shop_categories, today):
    """The price list of the contract customers; returns its id.

    The first line that fits an article, a quantity and a day decides.
    """
    lines = [
        {"product": skus[sku], "quantity": float(pieces), "formula": str(price)}
        for sku, (pieces, price) in catalogue.CONTRACT_BREAKS.items()
    ]
    half = dt.timedelta(days=183)
    lines += [
        {
            "product": skus[sku],
            "formula": str(price),
            "start_date": today - half,
            "end_date": today + half,
        }
        for sku, price in catalogue.CONTRACT_YEAR.items()
    ]
    lines += [
        {"product": skus[sku], "formula": str(price)}
        for sku, price in catalogue.CONTRACT_FIXED_PRICES.items()
    ]
    lines += [
        {"category": shop_categories[path], "formula": _less(percent)}
        for path, percent in catalogue.CONTRACT_CATEGORIES.items()
    ]
    lines.append({"formula": _less(catalogue.CONTRACT_DISCOUNT_PERCENT)})
    (price_list,) = (
        Pool()
        .get("product.price_list")
        .create([
            {
                "name": catalogue.CONTRACT_LIST,
                "company": Transaction().context["company"],
                "price": "list_price",
                "unit": "product_default",
                "lines": [("create", [{"sequence": n, **line} for n, line in enumerate(lines, 1)])],
            }
        ])
    )
    return price_list.id


def _less(percent):
    """So much off the list price; contract prices are agreed in whole cents."""
    return f"(unit_price * {1 - percent / 100}).quantize(0.01, 'ROUND_HALF_UP')"
