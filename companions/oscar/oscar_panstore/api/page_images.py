"""Images of pages, each known by the content it was first given with."""

import base64
import binascii
import hashlib
import io
import re
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from oscar.core.loading import get_model
from PIL import Image, UnidentifiedImageError

from oscar_panstore import locks, notices
from oscar_panstore.api import fields
from oscar_panstore.api.errors import ApiError, refused
from oscar_panstore.api.http import Call
from oscar_panstore.models import ImageDigest

Product = get_model("catalogue", "Product")
ProductImage = get_model("catalogue", "ProductImage")

_LARGEST = 10 * 1024 * 1024
_ENDINGS = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif"}
_DIGEST = re.compile(r"[0-9a-f]{64}")


def known(page: Any) -> list[tuple[str, Any]]:
    """Digest and row of a page's images as they are shown; a file that is lost is left out.

    Args:
        page: Its images and their digests should be prefetched.
    """
    found: dict[str, Any] = {}
    for image in sorted(page.images.all(), key=lambda one: (one.display_order, one.pk)):
        digest = _digest(image)
        if digest is not None:
            found.setdefault(digest, image)
    return list(found.items())


def _digest(image: Any) -> str | None:
    kept = getattr(image, "panstore_digest", None)
    if kept is not None and kept.file == image.original.name:
        return str(kept.digest)
    content = _content(image)
    if content is None:
        return None
    digest = hashlib.sha256(content).hexdigest()
    _keep(image, digest)
    return digest


def _keep(image: Any, digest: str) -> None:
    ImageDigest.objects.update_or_create(
        image=image, defaults={"file": image.original.name, "digest": digest}
    )


def _content(image: Any) -> bytes | None:
    try:
        with image.original.storage.open(image.original.name) as file:
            return bytes(file.read())
    except OSError:
        return None


def read_image(call: Call, product_id: int, digest: str) -> dict[str, Any]:
    """One image of a page, as the shop stores it."""
    del call
    image = dict(known(_page(product_id))).get(digest)
    content = None if image is None else _content(image)
    if image is None or content is None:
        message = f"Product {product_id} has no image {digest[:12]}… (any more)."
        raise ApiError(404, "unknown_image", message, "digest")
    return {
        "digest": digest,
        "name": shown_name(image),
        "base64": base64.b64encode(content).decode(),
    }


def shown_name(image: Any) -> str:
    """The file's name without its folders."""
    return str(image.original.name).rpartition("/")[2]


def add_image(call: Call, product_id: int) -> dict[str, Any]:
    """Give a page an image, after those it has; once per digest."""
    item = fields.mapping(call.body)
    digest = fields.text(item, "digest", longest=64)
    if not _DIGEST.fullmatch(digest):
        raise refused("invalid", "'digest' must be a SHA-256 in hex.", "digest")
    content, ending = _checked(item)
    name = fields.text(item, "name", longest=100, required=False).rpartition(".")[0]
    name = (re.sub(r"[^\w-]+", "-", name)[:60] or digest[:12]) + ending
    with notices.quietly(), transaction.atomic():
        locks.lock_products([product_id])
        page = _page(product_id)
        present = known(page)
        if digest in dict(present):
            return {"digest": digest, "added": False}
        last = max((image.display_order for _, image in present), default=-1)
        image = ProductImage.objects.create(
            product=page, original=ContentFile(content, name=name), display_order=last + 1
        )
        _keep(image, digest)
        page.save()  # for the search index, which shows the first image
    notices.products_written([product_id])
    return {"digest": digest, "added": True}


def _checked(item: dict[str, Any]) -> tuple[bytes, str]:
    """Content and file ending of the image in a call."""
    written = item.get("base64")
    try:
        content = base64.b64decode(written if isinstance(written, str) else "", validate=True)
    except binascii.Error as error:
        raise refused("invalid", "The image must be base64 in 'base64'.", "base64") from error
    if len(content) > _LARGEST:
        message = f"The image has {len(content) >> 20} MB; at most {_LARGEST >> 20} MB are taken."
        raise refused("too_large", message, "base64")
    try:
        with Image.open(io.BytesIO(content)) as opened:
            kind = str(opened.format)
            opened.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        message = f"The content cannot be read as an image ({error})."
        raise refused("not_an_image", message, "base64") from error
    if kind not in _ENDINGS:
        message = f"The shop's pages show {', '.join(sorted(_ENDINGS))}; this is {kind}."
        raise refused("not_an_image", message, "base64")
    return content, _ENDINGS[kind]


def _page(product_id: int) -> Any:
    found = Product.objects.filter(pk=product_id).exclude(structure=Product.CHILD)
    page = found.prefetch_related("images__panstore_digest").first()
    if page is None:
        message = f"Product {product_id} does not exist in the shop, or is a variant of another."
        raise ApiError(404, "unknown_product", message, "product")
    return page


def arrange(page: Any, digests: list[str]) -> bool:
    """Show exactly these images in this order; the others are taken away.

    Returns:
        Whether anything was changed.

    Raises:
        ApiError: 422 `unknown_image` if one was never added.
    """
    present = known(page)
    wanted = list(dict.fromkeys(digests))
    missing = [digest for digest in wanted if digest not in dict(present)]
    if missing:
        message = f"Product {page.pk} has no image {missing[0][:12]}…; add it first."
        raise refused("unknown_image", message, "images")
    if [digest for digest, _ in present] == wanted:
        return False
    rows = dict(present)
    for digest, image in present:
        if digest not in wanted:
            image.delete()
    for place, digest in enumerate(wanted):
        if rows[digest].display_order != place:
            ProductImage.objects.filter(pk=rows[digest].pk).update(display_order=place)
    return True
