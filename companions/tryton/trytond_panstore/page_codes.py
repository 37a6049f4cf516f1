"""Codes of variants: the template's code and the variant's own suffix, joined."""

from trytond.modules.panstore.access import GatewayError
from trytond.pool import Pool


def refuse_taken(template, codes):
    """See that no other product has one of the codes, archived ones included.

    Args:
        template: the product they are for, or None for a new one.
        codes: wanted codes by variant, whatever it is called; empty ones are free.

    Raises:
        GatewayError: sku_taken; its description is the id of the product that has it.
    """
    Product = Pool().get("product.product")
    wanted = [code for code in codes.values() if code]
    others = [("code", "in", wanted)]
    if template is not None:
        others.append(("template", "!=", template.id))
    for holder in Product.search(others, order=[("id", "ASC")], limit=1) if wanted else ():
        raise _taken(holder.code, holder.template)
    kept = [
        variant.code
        for variant in (template.products if template is not None else ())
        if variant.id not in codes and variant.code
    ]
    for code in wanted:
        if (wanted + kept).count(code) > 1:
            raise _taken(code, template)


def write_codes(template, codes):
    """Give variants other codes; the template's own code changes only where it must.

    Args:
        template: the product.
        codes: code by id of the variant; the others keep theirs.
    """
    pool = Pool()
    Template = pool.get("product.template")
    Product = pool.get("product.product")
    variants = Product.search([("template", "=", template.id)], order=[("id", "ASC")])
    targets = {variant.id: codes.get(variant.id, variant.code or "") or "" for variant in variants}
    changed = [variant for variant in variants if targets[variant.id] != (variant.code or "")]
    if not changed:
        return
    prefix = _prefix(template.code or "", variants, targets)
    suffixes = {id_: code.removeprefix(prefix) or None for id_, code in targets.items()}
    if {targets[one.id] for one in changed} & {one.code for one in variants if one.code}:
        # Two that change places must not have one code in between.
        for variant in changed:
            Product.write([variant], {"suffix_code": f"\N{WHITE SQUARE}{variant.id}"})
    for variant in Product.browse([variant.id for variant in variants]):
        if (variant.suffix_code or None) != suffixes[variant.id]:
            Product.write([variant], {"suffix_code": suffixes[variant.id]})
    if (template.code or "") != prefix:
        Template.write([template], {"code": prefix or None})


def _prefix(present, variants, targets):
    """What the template's code shall be."""
    if len(variants) == 1 and not variants[0].suffix_code:
        return targets[variants[0].id]
    if all(code.startswith(present) for code in targets.values()):
        return present
    return ""


def _taken(code, template):
    of = "this product itself" if template is None else template.rec_name
    return GatewayError(
        "sku_taken",
        f"the code {code} is that of another variant in the ERP already ({of}, which may be "
        "archived); link it, or correct one of the codes",
        record=None if template is None else template.id,
    )
