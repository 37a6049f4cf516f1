"""Settings of the demo's shop. What differs from start to start comes from the environment.

SHOP_DIR holds everything that changes (database, pictures, search index, log); SHOP_STATIC the
collected style sheets and scripts, which only depend on the versions.
"""

import os
from pathlib import Path

from oscar.defaults import *  # noqa: F403 - Oscar's documented way to take its defaults

_HERE = Path(__file__).resolve().parent
DATA = Path(os.environ["SHOP_DIR"]).resolve()


def _words(name: str) -> list[str]:
    return os.environ.get(name, "").split()


DEBUG = False
SECRET_KEY = os.environ["SHOP_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *_words("SHOP_HOSTS")]
SITE_ID = 1
ROOT_URLCONF = "shop_site.urls"
WSGI_APPLICATION = "shop_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "shop_site.apps.ShopSiteConfig",
    # Before Oscar's apps, so that its templates count; those of the shop come first.
    "oscar_panstore",
    "oscar.config.Shop",
    "oscar.apps.analytics.apps.AnalyticsConfig",
    "oscar.apps.checkout.apps.CheckoutConfig",
    "oscar.apps.address.apps.AddressConfig",
    "oscar.apps.shipping.apps.ShippingConfig",
    "oscar.apps.catalogue.apps.CatalogueConfig",
    "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
    "oscar.apps.communication.apps.CommunicationConfig",
    "oscar.apps.partner.apps.PartnerConfig",
    "oscar.apps.basket.apps.BasketConfig",
    "oscar.apps.payment.apps.PaymentConfig",
    "oscar.apps.offer.apps.OfferConfig",
    "oscar.apps.order.apps.OrderConfig",
    "oscar.apps.customer.apps.CustomerConfig",
    "oscar.apps.search.apps.SearchConfig",
    "oscar.apps.voucher.apps.VoucherConfig",
    "oscar.apps.wishlists.apps.WishlistsConfig",
    "oscar.apps.dashboard.apps.DashboardConfig",
    "oscar.apps.dashboard.reports.apps.ReportsDashboardConfig",
    "oscar.apps.dashboard.users.apps.UsersDashboardConfig",
    "oscar.apps.dashboard.orders.apps.OrdersDashboardConfig",
    "oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig",
    "oscar.apps.dashboard.offers.apps.OffersDashboardConfig",
    "oscar.apps.dashboard.partners.apps.PartnersDashboardConfig",
    "oscar.apps.dashboard.pages.apps.PagesDashboardConfig",
    "oscar.apps.dashboard.ranges.apps.RangesDashboardConfig",
    "oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig",
    "oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig",
    "oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig",
    "oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig",
    "widget_tweaks",
    "haystack",
    "treebeard",
    "sorl.thumbnail",
    "django_tables2",
    "rest_framework",
    "oscarapi",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # oscarapi's session middleware also takes a session id from a header, for clients without a
    # cookie jar, and its basket middleware serves pages and API with the same basket.
    "oscarapi.middleware.HeaderSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
    "shop_site.middleware.BasketMiddleware",
    "oscar_panstore.middleware.ContractPricesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # This app stands before Oscar's and so is asked first. Naming its folder here as well would
        # make a template that extends Oscar's of the same name extend itself, too.
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
            ],
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "shop_site.sqlite_in_turn",
        "NAME": DATA / "shop.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A transaction takes the write lock when it begins, so that it waits for another
            # writer instead of failing half way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
            ),
        },
    }
}


class _NoMigrations:
    """Says of every app that it has no migrations, so that tables come from the models."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


if os.environ.get("SHOP_FAST_TABLES"):
    # 2 s instead of the 18 s that ten years of Oscar's migrations take.
    MIGRATION_MODULES = _NoMigrations()

AUTHENTICATION_BACKENDS = [
    "oscar.apps.customer.auth_backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["shop_site.passwords.QuickPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
]
LOGIN_REDIRECT_URL = "/"
APPEND_SLASH = True

LANGUAGE_CODE = "en-gb"
# A visitor's own language counts only where the shop speaks it.
LANGUAGES = [("en-gb", "English"), *((code, code) for code in _words("SHOP_LANGUAGES"))]
TIME_ZONE = "Europe/Ljubljana"
USE_TZ = True
USE_I18N = True
PHONENUMBER_DEFAULT_REGION = "SI"

STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("SHOP_STATIC", str(DATA / "static"))
STATICFILES_DIRS = [_HERE / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA / "media"
WHITENOISE_MAX_AGE = 3600
THUMBNAIL_FORMAT = "PNG"
THUMBNAIL_KVSTORE = "sorl.thumbnail.kvstores.cached_db_kvstore.KVStore"

HAYSTACK_CONNECTIONS = {
    "default": {
        "ENGINE": "haystack.backends.whoosh_backend.WhooshEngine",
        "PATH": str(DATA / "index"),
    }
}
# Indexing inside a save costs three times the save; this one works in a thread afterwards.
HAYSTACK_SIGNAL_PROCESSOR = "shop_site.indexing.LaterSignalProcessor"
SHOP_SEARCH_INDEXING = os.environ.get("SHOP_SEARCH_INDEXING", "on") == "on"

# The shop's mails to its buyers: to a mail server, or as files.
_SMTP_HOST, _, _SMTP_PORT = os.environ.get("SHOP_SMTP", "").partition(":")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _SMTP_HOST else 'filebased'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _SMTP_HOST, int(_SMTP_PORT or 25)
EMAIL_TIMEOUT = 5
EMAIL_FILE_PATH = DATA / "mail"
SHOP_URL = os.environ.get("SHOP_URL", "http://127.0.0.1")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"log": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["log"], "level": "WARNING"},
}

OSCAR_SHOP_NAME = "Vrt & Dom"
OSCAR_SHOP_TAGLINE = "Coffee, tea, garden and home"
OSCAR_FROM_EMAIL = "shop@vrt-dom.example.com"
OSCAR_DEFAULT_CURRENCY = "EUR"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_ALLOW_ANON_REVIEWS = False
OSCAR_HOMEPAGE = "/"
OSCAR_PRODUCTS_PER_PAGE = 20
OSCAR_SEARCH_FACETS = {"fields": {}, "queries": {}}
OSCAR_HIDDEN_FEATURES = ["reviews", "wishlists"]
OSCAR_SEND_REGISTRATION_EMAIL = False
OSCAR_REQUIRED_ADDRESS_FIELDS = ("first_name", "last_name", "line1", "line4", "postcode", "country")
OSCAR_DYNAMIC_CLASS_LOADER = "shop_site.loading.load_classes"
OSCAR_INITIAL_ORDER_STATUS = "Pending"
OSCAR_INITIAL_LINE_STATUS = "Pending"
# Steps may be skipped: the shop is told the furthest one an order has reached. An order that was
# cancelled by mistake may go on.
OSCAR_ORDER_STATUS_PIPELINE = {
    "Pending": (
        "Waiting for goods",
        "Being processed",
        "Partly shipped",
        "Shipped",
        "Cancelled",
        "Refunded",
    ),
    "Waiting for goods": (
        "Being processed",
        "Partly shipped",
        "Shipped",
        "Cancelled",
        "Refunded",
    ),
    "Being processed": (
        "Waiting for goods",
        "Partly shipped",
        "Shipped",
        "Cancelled",
        "Refunded",
    ),
    "Partly shipped": ("Shipped", "Cancelled", "Refunded"),
    "Shipped": ("Complete", "Returned", "Refunded"),
    "Complete": ("Returned", "Refunded"),
    "Returned": ("Refunded",),
    "Cancelled": ("Pending", "Refunded"),
    "Refunded": (),
}
OSCAR_LINE_STATUS_PIPELINE = {
    "Pending": ("Being processed", "Shipped", "Cancelled"),
    "Being processed": ("Shipped", "Cancelled"),
    "Shipped": ("Complete", "Returned"),
    "Complete": ("Returned",),
    "Cancelled": ("Pending",),
    "Returned": (),
}
OSCAR_ORDER_STATUS_CASCADE = {
    "Pending": "Pending",
    "Being processed": "Being processed",
    "Shipped": "Shipped",
    "Complete": "Complete",
    "Cancelled": "Cancelled",
    "Returned": "Returned",
}
OSCARAPI_INITIAL_ORDER_STATUS = "Pending"
OSCARAPI_BLOCK_ADMIN_API_ACCESS = True
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.BasicAuthentication",
    ],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

PANSTORE_API_TOKENS = _words("PANSTORE_API_TOKEN")
PANSTORE_WEBHOOK_URLS = _words("PANSTORE_WEBHOOK_URL")
PANSTORE_WEBHOOK_SECRET = os.environ.get("PANSTORE_WEBHOOK_SECRET", "")
PANSTORE_PRICE_URL = os.environ.get("PANSTORE_PRICE_URL", "")
PANSTORE_CONTRACT_SOURCE = os.environ.get("PANSTORE_CONTRACT_SOURCE", "ask")
PANSTORE_CHECKOUT_GUARD = os.environ.get("PANSTORE_CHECKOUT_GUARD", "on") == "on"
PANSTORE_TAX_RATES = {"22": "22", "9.5": "9.5", "0": "0"}
PANSTORE_DEFAULT_TAX_CLASS = "22"
PANSTORE_CANCELLED_STATUSES = ("Cancelled", "Refunded")
PANSTORE_PICKUP = {"prevzem": "Vrt & Dom, Ljubljana"}
PANSTORE_ORDER_DETAILS = "shop_site.companies.order_details"
PANSTORE_ACCOUNT_DETAILS = "shop_site.companies.account_details"
