"""Products written as a shop says they are: each whole or not at all, and never over a change."""

from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.gateway_catalogue import pages
from trytond.modules.panstore.keys import Keyed
from trytond.modules.panstore.page_lock import locked_template
from trytond.modules.panstore.page_values import create_template, taken_keys, write_template
from trytond.modules.panstore.retry import by_key, with_key
from trytond.pool import PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction


class Template(Keyed, metaclass=PoolMeta):
    __name__ = "product.template"


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(write_page=RPC(readonly=False))

    @classmethod
    @for_panstore
    def write_page(cls, write):
        """Create or change one product with its variants.

        Args:
            write: {"id": id of the template, or null to create it under "key", "key", "version":
                as it was read, or empty not to compare, "variants"} and those of "name",
                "description", "tax", "unit", "categories" (paths, made where they are missing),
                "active", "images" (digests in order; those not named are taken away) that shall
                change. A variant is {"id": or null to create it under "key", "key"} and those of
                "sku", "gtin", "weight", "attributes", "active", "price" (net, of one sales unit;
                only where it is created) that shall change; variants not named stay as they are.

        Returns:
            The product as it now is, as `product_pages` does.

        Raises:
            GatewayError: changed_meanwhile, unknown_product, sku_taken (its description is the id
                of the product that has the code), gtin_taken, unknown_tax, unknown_unit,
                unknown_image, illegal_attribute, illegal_product, refused.
        """
        with Transaction().set_context(active_test=False, default_products=False):
            if write.get("id") is None:
                template = _created(write)
            else:
                template = locked_template(write["id"])
                _compare(template, write)
                write_template(template, write, taken_keys(template, write))
            (page,) = pages([template.id])
            return page


def _created(write):
    key = write.get("key")
    if not key:
        raise GatewayError("illegal_product", "the product has neither an id nor a key")
    known = by_key("product.template", key)
    return known or with_key("product.template", key, lambda: create_template(write))


def _compare(template, write):
    if not write.get("version"):
        return
    (page,) = pages([template.id])
    if page["version"] != write["version"]:
        raise GatewayError(
            "changed_meanwhile",
            f"the product {template.rec_name} was changed in the ERP since it was read; "
            "nothing was written",
        )
