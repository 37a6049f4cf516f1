"""Weights of variants in kilograms of one sales unit.

The ERP's module product_measurements keeps one weight per template. Variants of one product do
differ, so a variant may have a weight of its own beside it, which only PanStore and people who
look at the variant see.
"""

from decimal import Decimal

from trytond.model import fields
from trytond.modules.panstore.quantities import plain
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

_DIGITS = Decimal("0.000001")


class Product(metaclass=PoolMeta):
    __name__ = "product.product"
    panstore_weight = fields.Numeric(
        "Weight of Variant (kg)",
        digits=(16, 6),
        domain=[
            "OR",
            ("panstore_weight", "=", None),
            ("panstore_weight", ">=", 0),
        ],
        states={"invisible": Eval("type") == "service"},
        help="Of one default unit, where it differs from the weight of the product.",
    )


def shown_weight(variant):
    """Kilograms of one sales unit, or None."""
    weight = variant.panstore_weight
    if weight is None:
        weight = _of_template(variant.template)
    if weight is None:
        return None
    return _rounded(weight * _units(variant.template))


def write_weights(template, wanted):
    """Set weights of variants so that all are as wanted.

    Args:
        template: the product, as it is now.
        wanted: kilograms of one sales unit, or None, by id of the variant; the others keep theirs.
    """
    Product = Pool().get("product.product")
    units = _units(template)
    present = {variant.id: shown_weight(variant) for variant in template.products}
    if all(present[id_] == weight for id_, weight in wanted.items()):
        return
    targets = {
        id_: None if weight is None else weight / units
        for id_, weight in (present | wanted).items()
    }
    common = _common(template, set(targets.values()))
    _write_template(template, common)
    for variant in template.products:
        target = targets[variant.id]
        own = None if target == common else _rounded(target)
        if variant.panstore_weight != own:
            Product.write([variant], {"panstore_weight": own})


def _common(template, targets):
    """What the template itself says: the weight of all, else what it said, else nothing."""
    if len(targets) == 1:
        return next(iter(targets))
    return None if None in targets else _of_template(template)


def _write_template(template, kilograms):
    if kilograms == _of_template(template):
        return
    if kilograms is None:
        values = {"weight": None, "weight_uom": None}
    else:
        weight, unit = _in_unit(template, kilograms)
        values = {"weight": weight, "weight_uom": unit.id}
    Pool().get("product.template").write([template], values)


def _in_unit(template, kilograms):
    """Amount and unit that say it exactly; the finest one if none does."""
    Uom = Pool().get("product.uom")
    kilogram, gram = _unit("uom_kilogram"), _unit("uom_gram")
    for unit in filter(None, (template.weight_uom, kilogram, gram)):
        weight = Uom.compute_qty(kilogram, float(kilograms), unit)
        if _kilograms(weight, unit) == kilograms:
            break
    return weight, unit


def _of_template(template):
    if template.weight is None or not template.weight_uom:
        return None
    return _kilograms(template.weight, template.weight_uom)


def _kilograms(weight, unit):
    Uom = Pool().get("product.uom")
    found = Uom.compute_qty(unit, weight, _unit("uom_kilogram"), round=False)
    return _rounded(Decimal(str(found)))


def _units(template):
    """How many default units one sales unit is."""
    Uom = Pool().get("product.uom")
    sale, default = template.sale_uom, template.default_uom
    if not sale or sale == default:
        return Decimal(1)
    return Decimal(str(Uom.compute_qty(sale, 1, default, round=False)))


def _rounded(weight):
    return Decimal(plain(weight.quantize(_DIGITS)))


def _unit(name):
    pool = Pool()
    return pool.get("product.uom")(pool.get("ir.model.data").get_id("product", name))
