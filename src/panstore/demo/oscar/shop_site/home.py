"""The front page."""

from typing import Any

from django.views.generic import TemplateView
from oscar.core.loading import get_model

Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")
_ON_THE_FRONT_PAGE = 8


class HomeView(TemplateView):
    """Categories as tiles, and a few goods that are in stock and have a price."""

    template_name = "shop_site/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Root categories with a picture of one of their products each, and the goods."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["roots"] = [self._tile(root) for root in Category.get_root_nodes()]
        context["goods"] = self._goods()
        return context

    def _tile(self, root: Any) -> dict[str, Any]:
        inside = Product.objects.browsable().filter(categories__in=root.get_descendants_and_self())
        return {"category": root, "example": inside.order_by("pk").first()}

    def _goods(self) -> list[Any]:
        """One range after the other, so that the front page is not all coffee."""
        goods: list[Any] = []
        for category in Category.objects.filter(numchild=0).order_by("path"):
            found = Product.objects.browsable().base_queryset().filter(categories=category)
            goods.extend(found.order_by("-priority", "pk")[:1])
        return goods[:: max(1, len(goods) // _ON_THE_FRONT_PAGE)][:_ON_THE_FRONT_PAGE]
