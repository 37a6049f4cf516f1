"""The fields of a page itself: title, description, tax class, categories, images, visibility."""

from typing import Any

from oscar.apps.catalogue.categories import create_from_sequence
from oscar.core.loading import get_model

from oscar_panstore import conf, strategy
from oscar_panstore.api import fields, page_images, product_pages
from oscar_panstore.api.errors import refused
from oscar_panstore.models import ItemTax

Category = get_model("catalogue", "Category")

LONGEST_TITLE = 255
_LONGEST_CATEGORY = 255


def write_page(page: Any, said: dict[str, Any]) -> bool:
    """Write what is said of a page, without saving the page's own row.

    Returns:
        Whether anything was changed.
    """
    changed = write_texts(page, said)
    if "is_public" in said:
        changed |= changed_to(page, "is_public", fields.flag(said, "is_public", default=True))
    if "tax_class" in said:
        changed |= _write_tax_class(page, tax_class(said))
    if "categories" in said:
        changed |= _write_categories(page, said["categories"])
    if "images" in said:
        changed |= page_images.arrange(page, _texts(said, "images"))
    return changed


def write_texts(page: Any, said: dict[str, Any]) -> bool:
    """Title and description; the slug stays, because links of the web lead to it."""
    changed = False
    if "title" in said:
        changed |= changed_to(page, "title", fields.text(said, "title", longest=LONGEST_TITLE))
    if "description" in said:
        written = said["description"]
        if not isinstance(written, str):
            raise refused("invalid", "'description' must be a string.", "description")
        changed |= changed_to(page, "description", written)
    return changed


def changed_to(row: Any, name: str, value: Any) -> bool:
    """Set a row's field; True if it held another value."""
    if getattr(row, name) == value:
        return False
    setattr(row, name, value)
    return True


def tax_class(said: dict[str, Any]) -> str:
    """The tax class said, which the shop must know."""
    code = fields.text(said, "tax_class", longest=32)
    known = conf.tax_rates()
    if code not in known:
        message = f"The shop knows no tax class {code!r}; it knows {', '.join(sorted(known))}."
        raise refused("unknown_tax", message, "tax_class", allowed=sorted(known))
    return code


def _write_tax_class(page: Any, code: str) -> bool:
    goods = [page, *(variant for variant in product_pages.variants_of(page) if variant is not page)]
    if all(strategy.tax_class_of(one) == code for one in goods):
        return False
    for one in goods:
        row, made = ItemTax.objects.get_or_create(product=one, defaults={"code": code})
        if not made and row.code != code:
            row.code = code
            row.save()
        # `tax_class_of` looks at the row the product remembers.
        one.panstore_tax = row
    return True


def _texts(said: dict[str, Any], name: str) -> list[str]:
    written = said[name]
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise refused("invalid", f"{name!r} must be a list of strings.", name)
    return written


def _write_categories(page: Any, written: Any) -> bool:
    if not isinstance(written, list):
        raise refused("invalid", "'categories' must be a list of lists of names.", "categories")
    wanted = {_category(path) for path in written}
    present = set(page.categories.values_list("pk", flat=True))
    if wanted == present:
        return False
    page.categories.remove(*(present - wanted))
    page.categories.add(*(wanted - present))
    return True


def _category(path: Any) -> int:
    """Id of the category with that path, made where it is missing."""
    named = isinstance(path, list) and all(isinstance(name, str) and name.strip() for name in path)
    if not path or not named:
        message = "A category is a list of names from the root down, none of them empty."
        raise refused("invalid", message, "categories")
    names = [name.strip() for name in path]
    if any(len(name) > _LONGEST_CATEGORY for name in names):
        message = f"A category's name may have {_LONGEST_CATEGORY} characters."
        raise refused("too_long", message, "categories")
    try:
        return int(create_from_sequence(names)[-1].pk)
    except ValueError as error:
        message = f"The shop has two categories {' > '.join(names)}; rename one of them."
        raise refused("ambiguous_category", message, "categories") from error
