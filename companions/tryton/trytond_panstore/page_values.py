"""What a write says of a product, put where the ERP keeps it."""

from decimal import Decimal, InvalidOperation

from trytond.modules.panstore.access import GatewayError
from trytond.modules.panstore.gateway_catalogue import (
    description_of,
    gtin_of,
    optional_fields,
    shown,
    tax_of,
)
from trytond.modules.panstore.gateway_product import accounting_category
from trytond.modules.panstore.page_attributes import write_attributes
from trytond.modules.panstore.page_categories import write_categories
from trytond.modules.panstore.page_codes import refuse_taken, write_codes
from trytond.modules.panstore.page_images import write_images
from trytond.modules.panstore.page_weights import write_weights
from trytond.modules.product import round_price
from trytond.pool import Pool


def create_template(write):
    """A new product with its variants: goods for sale.

    Raises:
        GatewayError: as `gateway_page.Gateway.write_page`.
    """
    Template = Pool().get("product.template")
    variants = write.get("variants") or []
    if not variants:
        raise GatewayError("illegal_product", "the product has no variant")
    refuse_taken(None, {row["key"]: row["sku"] for row in variants if row.get("sku")})
    unit = _unit(write["unit"]) if write.get("unit") else _piece()
    prices = [row.get("price") for row in variants]
    first = _price(prices[0]) or Decimal(0)
    (template,) = Template.create([
        {
            "panstore_key": write["key"],
            "name": _name(write),
            "type": "goods",
            "default_uom": unit.id,
            "sale_uom": unit.id,
            "salable": True,
            "list_price": first,
            "account_category": _category(write["tax"]) if "tax" in write else None,
            "products": [
                (
                    "create",
                    [
                        {
                            "panstore_key": row["key"],
                            "list_price": None if _price(price) == first else _price(price),
                        }
                        for row, price in zip(variants, prices, strict=True)
                    ],
                )
            ],
        }
    ])
    made = {variant.panstore_key: variant.id for variant in template.products}
    rest = {name: value for name, value in write.items() if name not in {"name", "tax", "unit"}}
    write_template(
        template, rest | {"variants": [row | {"id": made[row["key"]]} for row in variants]}, set()
    )
    return template


def taken_keys(template, write):
    """Keys of new variants that were made by an earlier call; nothing is written of them again.

    Raises:
        GatewayError: unknown_product, the variant of a key belongs to another product by now.
    """
    Product = Pool().get("product.product")
    keys = [row["key"] for row in write.get("variants") or [] if row.get("id") is None]
    if not all(keys):
        raise GatewayError("illegal_product", "a variant has neither an id nor a key")
    found = Product.search([("panstore_key", "in", keys)]) if keys else []
    for variant in found:
        if variant.template != template:
            raise GatewayError(
                "unknown_product",
                f"the variant {variant.rec_name} was made for another product; nothing was written",
            )
    return {variant.panstore_key for variant in found}


def write_template(template, write, repeated):
    """Write what is said, and nothing else.

    Args:
        template: locked, or made in this transaction.
        write: as `gateway_page.Gateway.write_page` takes it.
        repeated: keys of variants that exist already.

    Raises:
        GatewayError: as there.
    """
    Template = Pool().get("product.template")
    rows = [row for row in write.get("variants") or [] if row.get("key") not in repeated]
    codes = _by_variant(template, rows, "sku")
    refuse_taken(template, codes | {r["key"]: r["sku"] for r in _new(rows) if r.get("sku")})
    values = _values(template, write)
    if values:
        Template.write([template], values)
    rows = _with_new_variants(template, rows)
    codes = _by_variant(template, rows, "sku")
    if "categories" in write:
        write_categories(template, [tuple(path) for path in write["categories"]])
    _deactivate(template, rows)
    write_codes(template, codes)
    _write_variants(template, rows)
    if "description" in write:
        _describe(template, write["description"])
    if "active" in write:
        _activate(template, write["active"])
    if "images" in write and "images" in optional_fields():
        write_images(template, write["images"])


def _values(template, write):
    values = {}
    if "name" in write:
        values["name"] = _name(write)
    if "tax" in write and write["tax"] != tax_of(template):
        values["account_category"] = _category(write["tax"])
    if "unit" in write:
        unit = _unit(write["unit"])
        if unit.category != template.default_uom.category:
            raise GatewayError(
                "unknown_unit",
                f"{template.rec_name} is counted in {template.default_uom.name}; it cannot be sold "
                f"in {unit.name}",
            )
        if unit != (template.sale_uom or template.default_uom):
            values["sale_uom"] = unit.id
    return values


def _new(rows):
    return [row for row in rows if row.get("id") is None]


def _by_variant(template, rows, field):
    """Values of a field by id of the variant.

    Raises:
        GatewayError: unknown_product.
    """
    ours = {variant.id for variant in template.products}
    for row in rows:
        if row.get("id") is not None and row["id"] not in ours:
            raise GatewayError(
                "unknown_product",
                f"{template.rec_name} has no variant {row['id']} (any more); nothing was written",
            )
    return {row["id"]: row[field] for row in rows if row.get("id") is not None and field in row}


def _with_new_variants(template, rows):
    """The rows with ids for the variants that were made here."""
    Product = Pool().get("product.product")
    new = _new(rows)
    if not new:
        return rows
    old = list(template.products)
    made = Product.create([
        {
            "template": template.id,
            "panstore_key": row["key"],
            # Without one it would bear the code of its product, which an only variant bears.
            "suffix_code": f"\N{WHITE SQUARE}{row['key']}",
            "list_price": _own_price(template, row.get("price")),
            "description": old[0].description if old else None,
        }
        for row in new
    ])
    ids = {row["key"]: variant.id for row, variant in zip(new, made, strict=True)}
    # The template remembers the variants it had.
    template.products = [*old, *made]
    return [
        row if row.get("id") is not None else {"sku": "", **row, "id": ids[row["key"]]}
        for row in rows
    ]


def _own_price(template, price):
    """The list price of a variant for one default unit; None where its product's is the same."""
    if price is None:
        return None
    Uom = Pool().get("product.uom")
    sale = template.sale_uom or template.default_uom
    own = _price(Uom.compute_price(sale, price, template.default_uom))
    return None if own == template.list_price else own


def _write_variants(template, rows):
    Product = Pool().get("product.product")
    optional = optional_fields()
    for row in rows:
        variant = Product(row["id"])
        if "gtin" in row:
            _write_gtin(variant, row["gtin"])
        if "attributes" in row and "attributes" in optional:
            write_attributes(variant, row["attributes"])
    if "weight" in optional:
        write_weights(template, _by_variant(template, rows, "weight"))
    revived = [
        variant
        for id_, active in _by_variant(template, rows, "active").items()
        if active and not (variant := Product(id_)).active
    ]
    if revived:
        Product.write(revived, {"active": True})


def _deactivate(template, rows):
    """First of all, as archived variants hold no code for the ERP."""
    Product = Pool().get("product.product")
    retired = [
        variant
        for id_, active in _by_variant(template, rows, "active").items()
        if not active and (variant := Product(id_)).active
    ]
    if retired:
        Product.write(retired, {"active": False})


def _activate(template, active):
    pool = Pool()
    Template = pool.get("product.template")
    Product = pool.get("product.product")
    template = Template(template.id)
    if active and not any(variant.active for variant in template.products):
        Product.write(list(template.products), {"active": True})
        template = Template(template.id)
    if active == shown(template):
        return
    Template.write([template], {"active": True, "salable": True} if active else {"active": False})


def _write_gtin(variant, gtin):
    Identifier = Pool().get("product.identifier")
    present = gtin_of(variant)
    if gtin == present:
        return
    if gtin:
        taken = Identifier.search(
            [("type", "=", "ean"), ("code", "=", gtin), ("product", "!=", variant.id)], limit=1
        )
        if taken:
            raise GatewayError(
                "gtin_taken",
                f"the EAN {gtin} is that of {taken[0].product.rec_name} in the ERP already; "
                "correct one of them",
            )
    known = [one for one in variant.identifiers if one.type == "ean" and one.code == present][:1]
    if not gtin:
        Identifier.delete(known)
    elif known:
        Identifier.write(known, {"code": gtin})
    else:
        Identifier.create([{"product": variant.id, "type": "ean", "code": gtin}])


def _describe(template, text):
    """The ERP describes variants one by one: all that said the same as the told one follow it."""
    Product = Pool().get("product.product")
    variants = Product.search([("template", "=", template.id)])
    first = description_of(template)
    same = [variant for variant in variants if (variant.description or "") == first]
    if same and first != text:
        Product.write(same, {"description": text or None})


def _name(write):
    name = (write.get("name") or "").strip()
    if not name:
        raise GatewayError("illegal_product", "the product has no name")
    return name


def _category(rate):
    try:
        wanted = Decimal(rate)
    except InvalidOperation:
        raise GatewayError(
            "unknown_tax", f"the product has no one rate of VAT ({rate!r}); nothing was written"
        ) from None
    return accounting_category(wanted)


def _unit(name):
    Uom = Pool().get("product.uom")
    for field in ("name", "symbol"):
        found = Uom.search([(field, "=", name), ("active", "=", True)], order=[("id", "ASC")])
        if found:
            return found[0]
    raise GatewayError(
        "unknown_unit",
        f"the ERP has no unit {name!r}; make it under Products, Units of Measure",
    )


def _piece():
    pool = Pool()
    return pool.get("product.uom")(pool.get("ir.model.data").get_id("product", "uom_unit"))


def _price(price):
    return None if price is None else round_price(Decimal(price))
