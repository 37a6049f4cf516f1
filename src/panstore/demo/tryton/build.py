"""Build the demo's company in an empty ERP database; run by the ERP's own interpreter.

    python build.py modules NAME
    python build.py company NAME FACTS CATALOGUE PICTURES

The first step activates the ERP's own modules in the empty database NAME (about 45 s of CPU), the
second adds PanStore's companion and fills in the company (about 20 s). They are apart because the
first changes only with the ERP's version. The database is where `TRYTOND_DATABASE__URI` and
`TRYTOND_DATABASE__PATH` say. FACTS is the JSON file to write: users, and the ids other systems
refer to. CATALOGUE is the path of catalogue.py,
PICTURES that of the module that draws the shop's pictures.
"""

import datetime as dt
import importlib.util
import json
import secrets
import sys
import time
from pathlib import Path

from proteus import config as proteus_config
from trytond import backend, config
from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError

import company
import goods
import people

MODULES = [
    "account_invoice_stock",
    "account_payment_clearing",
    "bank",
    "carrier",
    "product_attribute",
    "product_image",
    "product_measurements",
    "product_price_list_dates",
    "sale_payment",
    "sale_price_list",
    "sale_shipment_cost",
    "web_shop",
]


def main(step, name, *arguments):
    """Run one of the two steps on the database `name`."""
    config.update_etc()
    if step == "modules":
        _activate_modules(name)
    else:
        _build_company(name, *arguments)
    _say("done")


def _activate_modules(name):
    _say("activating the ERP's modules")
    if backend.name == "sqlite":
        Path(config.get("database", "path"), f"{name}.sqlite").touch()
    backend.Database(name).connect()
    with Transaction().start(name, 0) as transaction:
        transaction.database.init()
    Pool(name).init(update=MODULES, lang=["en"], activatedeps=True)


def _build_company(name, facts_path, catalogue_path, pictures_path):
    catalogue = _load("catalogue", catalogue_path)
    picture = _load("pictures", pictures_path).picture
    _say("activating the companion")
    with Transaction().start(name, 0):
        Pool(name).init(update=["panstore"], lang=["en"], activatedeps=True)
    admin_password = _create_administrator(name)
    _say("company and accounts")
    facts = _set_up(name, catalogue, picture)
    facts["admin_password"] = admin_password
    # Nobody needs to hear how the company came to be.
    _in_transaction(name, Pool(name).get("panstore.outbox").trim_unclaimed, facts["company"])
    Path(facts_path).write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _create_administrator(name):
    password = secrets.token_urlsafe(18)
    _in_transaction(name, lambda: people.create_administrator(password), None)
    return password


def _set_up(name, catalogue, picture):
    # Proteus wants a URI; a relative SQLite path is taken from the configured directory.
    uri = f"sqlite:///{name}" if backend.name == "sqlite" else f"{config.get('database', 'uri')}"
    if backend.name != "sqlite":
        uri = f"{uri.rstrip('/')}/{name}"
    session = proteus_config.set_trytond(uri)
    today = dt.datetime.now(dt.UTC).date()
    countries = company.create_countries()
    firm = company.create_company(countries, catalogue.CURRENCY, session)
    accounts = company.create_accounting(firm, today.year)
    taxes = company.create_taxes(firm, accounts, catalogue.VAT_RATES)
    categories = company.create_categories(firm, accounts, taxes)
    terms = company.create_payment_terms()
    company.set_invoice_defaults(firm, terms[8])
    warehouses = company.create_warehouses(catalogue.WAREHOUSES)
    company.set_sale_defaults()
    ids = {
        "company": firm.id,
        "currency": firm.currency.id,
        "countries": {code: country.id for code, country in countries.items()},
        "categories": {key: category.id for key, category in categories.items()},
        "warehouses": {code: warehouse.id for code, warehouse in warehouses.items()},
        "term": terms[15].id,
        "taxes": {key: pair[0].id for key, pair in taxes.items()},
    }
    return _in_transaction(name, lambda: _fill(catalogue, picture, ids, today), firm.id)


def _fill(catalogue, picture, ids, today):
    _say("products and stock")
    shop_categories = goods.create_shop_categories(catalogue)
    skus = goods.create_products(catalogue, ids["categories"], shop_categories, picture)
    goods.count_opening_stock(catalogue, skus, ids["warehouses"], today)
    services = goods.create_services(ids["categories"])
    carriers = goods.create_carriers(services)
    price_list = goods.create_contract_list(catalogue, skus, shop_categories, today)
    _say("customers and users")
    parties = people.create_customers(catalogue, ids["countries"], price_list, ids["term"])
    shop = people.create_web_shop(next(iter(ids["warehouses"].values())), ids["currency"])
    journals = people.create_payment_journals(ids["currency"])
    password = secrets.token_urlsafe(18)
    people.create_user(password, ids["company"])
    return {
        "user": "panstore",
        "password": password,
        "admin_user": "admin",
        "company": ids["company"],
        "warehouses": ids["warehouses"],
        "taxes": ids["taxes"],
        "price_lists": {catalogue.CONTRACT_LIST: price_list},
        "carriers": carriers,
        "services": services,
        "parties": parties,
        "web_shop": shop,
        "payment_journals": journals,
        "skus": skus,
    }


def _in_transaction(name, work, company_id):
    """Run `work` as the ERP would run a call: locks asked for on the way start it again."""
    context = {"company": company_id, "companies": [company_id]} if company_id else {}
    extras = {}
    while True:
        with Transaction().start(name, 0, context=context, **extras) as transaction:
            try:
                result = work()
            except TransactionError as error:
                transaction.rollback()
                error.fix(extras)
                continue
            return result


def _load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _say(text):
    sys.stdout.write(f"{time.process_time():.0f} s of CPU: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
