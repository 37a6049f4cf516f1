"""Paths of the demo's shop."""

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import TemplateView
from django.views.static import serve

from shop_site.home import HomeView

urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("panstore/v1/", include("oscar_panstore.api.urls")),
    # The gate stands before oscarapi and closes what it leaves open.
    path("api/", include("oscar_panstore.api_gate")),
    path("api/", include("oscarapi.urls")),
    # oscarapi asks for a page of this name to put its address into every order.
    path(
        "payment/<int:order_id>/",
        TemplateView.as_view(template_name="shop_site/payment.html"),
        name="api-payment",
    ),
    re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
