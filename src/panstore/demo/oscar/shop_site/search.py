"""The search forms without the orders this shop cannot keep true.

Prices change at any moment by the price call and are not re-indexed each time, and there are no
ratings; a list sorted by an old price would be wrong.
"""

from typing import Any

from oscar.apps.search import forms

_OFFERED = [
    choice
    for choice in forms.SearchForm.SORT_BY_CHOICES
    if choice[0]
    in {
        forms.SearchForm.RELEVANCY,
        forms.SearchForm.NEWEST,
        forms.SearchForm.TITLE_A_TO_Z,
        forms.SearchForm.TITLE_Z_TO_A,
    }
]


class _ShopForm:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sort_by"].choices = _OFFERED  # type: ignore[attr-defined]

    def search(self) -> Any:
        """The results, with all products of a page read at once instead of one by one."""
        return super().search().load_all()  # type: ignore[misc]


class SearchForm(_ShopForm, forms.SearchForm):  # type: ignore[misc]
    """Search by words."""


class BrowseCategoryForm(_ShopForm, forms.BrowseCategoryForm):  # type: ignore[misc]
    """All products."""


class CategoryForm(_ShopForm, forms.CategoryForm):  # type: ignore[misc]
    """Products of a category."""
