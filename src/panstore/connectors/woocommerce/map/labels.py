"""By what a buyer tells the variations of a product apart.

A variation without an option stands for any of them, and of several that fit what a buyer has
chosen WooCommerce sells the first one (class-wc-product-data-store-cpt.php,
`find_matching_product_variation`). So where two cannot be told apart each gets a label.
"""

from __future__ import annotations

from collections.abc import Sequence

from panstore.connectors.woocommerce.map.pages import LABEL, plain_text
from panstore.model.product import Attributes

__all__ = ["clash", "is_labelled", "labelled"]


def clash(one: Attributes, other: Attributes) -> bool:
    """Whether some choice of a buyer fits both."""
    mine, theirs = _folded(one), _folded(other)
    return all(mine[name] == theirs[name] for name in mine.keys() & theirs.keys())


def is_labelled(options: Attributes) -> bool:
    """Whether there is a label among them."""
    return any(name == LABEL for name, _ in options)


def labelled(finals: Sequence[Attributes], names: Sequence[str]) -> list[Attributes]:
    """Give each variation a label of its own that has none.

    Args:
        finals: options of all variations.
        names: what each of them goes by, in the same order.
    """
    taken = {value.casefold() for final in finals for name, value in final if name == LABEL}
    told: list[Attributes] = []
    for final, name in zip(finals, names, strict=True):
        if is_labelled(final):
            told.append(final)
            continue
        label, count = name, 1
        while label.casefold() in taken:
            count += 1
            label = f"{name} ({count})"
        taken.add(label.casefold())
        told.append((*final, (LABEL, label)))
    return told


def _folded(options: Attributes) -> dict[str, str]:
    return {plain_text(name).casefold(): plain_text(value).casefold() for name, value in options}
