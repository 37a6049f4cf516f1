"""The shop's own Django app: templates, styles and the home page."""

from django.apps import AppConfig


class ShopSiteConfig(AppConfig):
    """Nothing to set up."""

    name = "shop_site"
    verbose_name = "Vrt & Dom"
