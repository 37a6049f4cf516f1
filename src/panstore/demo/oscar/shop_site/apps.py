"""The shop's own Django app: templates, styles and the home page."""

from importlib import import_module

from django.apps import AppConfig


class ShopSiteConfig(AppConfig):
    """Mails follow from what happens to an order."""

    name = "shop_site"
    verbose_name = "Vrt & Dom"

    def ready(self) -> None:
        """Listen once the shop's models are there."""
        import_module("shop_site.mails").connect()
