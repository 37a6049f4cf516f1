"""Pictures of products in both directions; only where the module product_image is active."""

from trytond.model.exceptions import ValidationError
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.page_images import find_image
from trytond.modules.panstore.page_lock import locked_template
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction

LARGEST = 20_000_000
"""Bytes of a picture; what is larger would hold up everybody else."""


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(image=RPC(), add_image=RPC(readonly=False))

    @classmethod
    @for_panstore
    def image(cls, product, digest):
        """Content of a picture as the ERP stores it, a JPEG.

        Raises:
            GatewayError: unknown_product, unknown_image.
        """
        found = find_image(_template(product), digest)
        if found is None:
            raise GatewayError(
                "unknown_image", f"the product {product} has no picture {digest[:8]} (any more)"
            )
        return {"content": found.image}

    @classmethod
    @for_panstore
    def add_image(cls, product, digest, name, content):
        """Give a product a picture after those it has; one it has stays as it is.

        Args:
            product: id of the template.
            digest: SHA-256 in hex of the bytes that somebody first gave.
            name: for people.
            content: bytes of any form the ERP reads.

        Returns:
            {"repeated": whether it had the picture}.

        Raises:
            GatewayError: unknown_product, not_an_image, too_large.
        """
        template = locked_template(product)
        if find_image(template, digest) is not None:
            return {"repeated": True}
        if not content:
            # The ERP itself takes a record without a picture.
            raise _no_image(name, digest)
        if len(content) > LARGEST:
            raise GatewayError(
                "too_large",
                f"the picture {name} has {len(content)} bytes, at most {LARGEST} are taken",
            )
        Image = Pool().get("product.image")
        last = max((image.sequence or 0 for image in template.images), default=0)
        values = {
            "template": template.id,
            "image": content,
            "panstore_digest": digest,
            "description": name,
            "sequence": last + 1,
        }
        try:
            Image.create([values])
        except (ValidationError, OSError, ValueError, SyntaxError) as error:
            # The last three are what Pillow says of files that only begin like pictures.
            raise _no_image(name, digest) from error
        return {"repeated": False}


def _template(id_):
    Template = Pool().get("product.template")
    with Transaction().set_context(active_test=False):
        found = Template.search([("id", "=", id_)])
    if not found:
        raise GatewayError("unknown_product", f"there is no product {id_} in the ERP any more")
    return found[0]


def _no_image(name, digest):
    return GatewayError(
        "not_an_image", f"{name or digest[:8]} cannot be read as a picture; nothing was stored"
    )
