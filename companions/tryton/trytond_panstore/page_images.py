"""Pictures of products, known by the bytes somebody first gave.

The ERP stores every picture as a JPEG of its own making, so the digest of what was given is kept
beside it.
"""

import hashlib

from trytond.model import fields
from trytond.modules.panstore.access import GatewayError
from trytond.pool import Pool, PoolMeta


class Image(metaclass=PoolMeta):
    __name__ = "product.image"
    panstore_digest = fields.Char(
        "Digest", readonly=True, help="SHA-256 of the picture as it was given."
    )

    @classmethod
    def preprocess_values(cls, mode, values):
        # Before the picture is converted; whoever passes it on knows what it was at first.
        if values.get("image") and not values.get("panstore_digest"):
            values = values | {"panstore_digest": digest_of(values["image"])}
        return super().preprocess_values(mode, values)


def digest_of(content):
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def image_digest(image):
    """The digest of a picture; of what is stored where it is older than this module."""
    return image.panstore_digest or digest_of(image.image)


def shown_images(template):
    """Pictures of a template and its variants in the order in which they are shown, each once."""
    found = {}
    for image in template.images:
        found.setdefault(image_digest(image), image.description or "")
    return [{"digest": digest, "name": name} for digest, name in found.items()]


def write_images(template, wanted):
    """Show exactly these pictures in this order.

    Args:
        template: the product.
        wanted: digests of pictures it has.

    Raises:
        GatewayError: unknown_image.
    """
    Image = Pool().get("product.image")
    places = {digest: place for place, digest in enumerate(wanted, start=1)}
    digests = {image.id: image_digest(image) for image in template.images}
    missing = [digest for digest in wanted if digest not in digests.values()]
    if missing:
        raise GatewayError(
            "unknown_image",
            f"{template.rec_name} has no picture {missing[0][:8]} (any more); nothing was written",
        )
    present = list(dict.fromkeys(digests.values()))
    if present == list(places):
        return
    Image.delete([image for image in template.images if digests[image.id] not in places])
    for image in template.images:
        place = places.get(digests[image.id])
        if place is not None and image.sequence != place:
            Image.write([image], {"sequence": place})


def find_image(template, digest):
    """The picture of a template with this digest, or None."""
    return next((image for image in template.images if image_digest(image) == digest), None)
