"""The commented settings file that `panstore init` writes."""

__all__ = ["TEMPLATE"]

TEMPLATE = """\
# PanStore settings. Secrets are best kept elsewhere and referred to:
#   password = { env = "ERP_PASSWORD" }      from the environment
#   password = { file = "secrets/erp" }      from a file beside this one
# Any value can be overridden by the environment, e.g. PANSTORE__WEB__PORT=8700.
# `panstore check` tells whether everything is understood and reachable.

log = "info"

[store]
url = "sqlite:///panstore.sqlite"            # or postgresql+psycopg://user:password@host/database

[web]
host = "127.0.0.1"
port = 8600
api_token = { env = "PANSTORE_API_TOKEN" }   # opens the console and the API

# --- connections: one per system --------------------------------------------------------------

[connections.erp]
connector = "tryton"
concurrency = 1                              # calls at once; 1 for a server with one worker
url = "http://127.0.0.1:8000"
database = "company"
user = "panstore"
password = { env = "ERP_PASSWORD" }
webhook_secret = { env = "ERP_WEBHOOK_SECRET" }

[connections.shop]
connector = "oscar"
concurrency = 2
url = "https://shop.example"
api_token = { env = "SHOP_API_TOKEN" }
webhook_secret = { env = "SHOP_WEBHOOK_SECRET" }

# A shop on WooCommerce instead; docs/howto/connect-woocommerce.md says where each comes from.
# connector = "woocommerce"
# url = "https://shop.example/"
# consumer_key = { env = "SHOP_CONSUMER_KEY" }
# consumer_secret = { env = "SHOP_CONSUMER_SECRET" }
# webhook_secret = { env = "SHOP_WEBHOOK_SECRET" }
# webhook_url = "https://panstore.example/hooks/shop"

# --- routes: a shop with its ERP, and the modules that are on -----------------------------------

[routes.shop]
erp = "erp"
shop = "shop"
zone = "Europe/Ljubljana"

[routes.shop.modules.S1]                     # stock, ERP -> shop
warehouses = ["MAIN"]                        # codes of the warehouses this shop sells from
safety_stock = "0"

[routes.shop.modules.S2]                     # default sales price, ERP -> shop
currency = "EUR"

[routes.shop.modules.S4]                     # web orders, shop -> ERP
warehouse = "MAIN"
match = ["vat", "email", "address"]
"""
