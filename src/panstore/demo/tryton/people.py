"""Customers, users, the web shop's record and the ways to pay."""

from trytond import __series__
from trytond.pool import Pool
from trytond.transaction import Transaction


def create_customers(catalogue, countries, price_list, term):
    """Parties of the catalogue's customers; returns party id by e-mail."""
    party_model = Pool().get("party.party")
    made = {}
    for customer in catalogue.customers():
        values = {
            "name": customer.name,
            "addresses": [
                (
                    "create",
                    [
                        {
                            "street": customer.street,
                            "postal_code": customer.postcode,
                            "city": customer.city,
                            "country": countries[customer.country],
                            "invoice": True,
                            "delivery": True,
                        }
                    ],
                )
            ],
            "contact_mechanisms": [
                (
                    "create",
                    [
                        {"type": "email", "value": customer.email},
                        {"type": "mobile", "value": customer.phone},
                    ],
                )
            ],
        }
        if customer.vat_id:
            values["identifiers"] = [("create", [{"type": "eu_vat", "code": customer.vat_id}])]
        if customer.contract:
            values["sale_price_list"] = price_list
            values["customer_payment_term"] = term
        (party,) = party_model.create([values])
        made[customer.email] = party.id
    return made


def create_administrator(password):
    """The user "admin", as the ERP's own command line would make it in a new database."""
    pool = Pool()
    configuration = pool.get("ir.configuration")(1)
    configuration.series = __series__
    configuration.language = "en"
    configuration.save()
    pool.get("res.user").create([
        {"name": "Administrator", "login": "admin", "administrator": True, "password": password}
    ])


def create_user(password, company):
    """PanStore's own user, in every group of the ERP, no administrator; the others join too."""
    pool = Pool()
    user_model = pool.get("res.user")
    groups = [group.id for group in pool.get("res.group").search([])]
    user_model.create([
        {
            "name": "PanStore",
            "login": "panstore",
            "password": password,
            "companies": [("add", [company])],
            "company": company,
            "groups": [("add", groups)],
        }
    ])
    administrators = user_model.search([("login", "=", "admin")])
    user_model.write(administrators, {"groups": [("add", groups)]})


def create_web_shop(warehouse, currency):
    """The ERP's record of the web shop; an order's number there is unique per shop."""
    pool = Pool()
    (shop,) = pool.get("web.shop").create([
        {
            "name": "Zelena skodelica",
            "company": Transaction().context["company"],
            "currency": currency,
            "warehouses": [("add", [warehouse])],
        }
    ])
    return shop.id


def create_payment_journals(currency):
    """Ways to pay that the ERP books by hand; returns journal id by name."""
    journal_model = Pool().get("account.payment.journal")
    made = {}
    for name in ("Kartica", "Povzetje", "Predračun"):
        (journal,) = journal_model.create([
            {
                "name": name,
                "company": Transaction().context["company"],
                "currency": currency,
                "process_method": "manual",
            }
        ])
        made[name] = journal.id
    return made
