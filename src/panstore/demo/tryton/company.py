"""The company: currency, chart of accounts, fiscal years, taxes, warehouses, settings.

Runs inside the ERP's environment. Wizards of the ERP do what only they can do, through proteus.
"""

import datetime as dt
from decimal import Decimal

from proteus import Model, Wizard
from trytond.modules.account.tests.tools import create_chart, get_accounts
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences

COUNTRIES = (
    ("SI", "SVN", "705", "Slovenija"),
    ("AT", "AUT", "040", "Avstrija"),
    ("HR", "HRV", "191", "Hrvaška"),
    ("IT", "ITA", "380", "Italija"),
    ("HU", "HUN", "348", "Madžarska"),
    ("DE", "DEU", "276", "Nemčija"),
)
TAX_NAMES = {"22": "DDV 22 %", "9.5": "DDV 9,5 %"}
# A company that does not exist: its numbers have right check digits and belong to nobody; the IBAN
# is the example in the registry of IBANs.
CONTACTS = (
    ("phone", "+386 1 555 01 23"),
    ("email", "trgovina@zelena-skodelica.example"),
    ("website", "https://zelena-skodelica.example"),
)
IBAN = "SI56263300012039086"
BIC = "PRIMSI2X"
FOOTER = """\
Matična številka 6543219000, vpisana pri Okrožnem sodišču v Ljubljani, Srg 2019/40404
Osnovni kapital 7.500,00 EUR"""


def create_countries():
    """Countries by ISO code; a fresh ERP has none."""
    country_model = Model.get("country.country")
    made = {}
    for code, code3, number, name in COUNTRIES:
        country = country_model(name=name, code=code, code3=code3, code_numeric=number)
        country.save()
        made[code] = country
    return made


def create_company(countries, currency_code, config):
    """The only company, in Ljubljana, with the currency `currency_code`."""
    currency_model = Model.get("currency.currency")
    party_model = Model.get("party.party")
    currency = currency_model(
        name="Evro", symbol="€", code=currency_code, numeric_code="978", rounding=Decimal("0.01")
    )
    currency.save()
    party = party_model(name="Zelena skodelica d.o.o.")
    address = party.addresses[0] if party.addresses else party.addresses.new()
    address.street = "Slovenska cesta 40"
    address.postal_code = "1000"
    address.city = "Ljubljana"
    address.country = countries["SI"]
    identifier = party.identifiers.new()
    identifier.type = "eu_vat"
    identifier.code = "SI50223054"
    for kind, value in CONTACTS:
        party.contact_mechanisms.new(type=kind, value=value)
    party.save()
    wizard = Wizard("company.company.config")
    wizard.execute("company")
    wizard.form.party = party
    wizard.form.currency = currency
    wizard.form.timezone = "Europe/Ljubljana"
    wizard.execute("add")
    user_model = Model.get("res.user")
    config._context = user_model.get_preferences(True, {})
    company = Model.get("company.company").find()[0]
    company.timezone = "Europe/Ljubljana"
    company.footer = FOOTER
    company.save()
    _open_account(company)
    return company


def _open_account(company):
    """The bank account that invoices are paid on."""
    bank_model, account_model = Model.get("bank"), Model.get("bank.account")
    house = Model.get("party.party")(name="Primer banka d.d.")
    house.save()
    bank = bank_model(party=house, bic=BIC)
    bank.save()
    account = account_model(bank=bank, currency=company.currency)
    account.owners.append(Model.get("party.party")(company.party.id))
    account.numbers.new(type="iban", number=IBAN)
    account.save()


def create_accounting(company, year):
    """Chart of accounts and two open fiscal years, `year` and the next one."""
    create_chart(company)
    year_model = Model.get("account.fiscalyear")
    sequence_model = Model.get("ir.sequence.strict")
    type_model = Model.get("ir.sequence.type")
    (move_type,) = type_model.find([("name", "=", "Account Move")], limit=1)
    for number in (year, year + 1):
        sequence = sequence_model(
            name=f"Temeljnice {number}", sequence_type=move_type, company=company
        )
        sequence.save()
        fiscal_year = year_model(
            name=str(number),
            company=company,
            start_date=dt.date(number, 1, 1),
            end_date=dt.date(number, 12, 31),
            move_sequence=sequence,
        )
        fiscal_year = set_fiscalyear_invoice_sequences(fiscal_year)
        for row in fiscal_year.invoice_sequences:
            for name in (
                "out_invoice_sequence",
                "out_credit_note_sequence",
                "in_invoice_sequence",
                "in_credit_note_sequence",
            ):
                numbering = getattr(row, name)
                numbering.prefix = f"{number}-"
                numbering.padding = 5
                numbering.save()
        fiscal_year.save()
        fiscal_year.click("create_period")
    configuration = Model.get("account.configuration")(1)
    # A line keeps the tax it was charged in the shop, so that totals agree to the cent.
    configuration.tax_rounding = "line"
    configuration.save()
    return get_accounts(company)


def create_taxes(company, accounts, rates):
    """Sales and purchase VAT by rate: {"22": (customer tax, supplier tax)}."""
    tax_model = Model.get("account.tax")
    made = {}
    for key, rate in rates.items():
        pair = []
        for prefix in ("", "Vstopni "):
            tax = tax_model(
                name=prefix + TAX_NAMES[key],
                description=prefix + TAX_NAMES[key],
                type="percentage",
                rate=rate,
                company=company,
                invoice_account=accounts["tax"],
                credit_note_account=accounts["tax"],
            )
            tax.save()
            pair.append(tax)
        made[key] = tuple(pair)
    return made


def create_categories(company, accounts, taxes):
    """Accounting categories by name: goods by VAT rate, services, rounding differences."""
    category_model = Model.get("product.category")
    account_model = Model.get("account.account")
    revenue = accounts["revenue"]
    rounding = account_model(name="Zaokroževanje", code="4.9.9", company=company, type=revenue.type)
    rounding.save()
    made = {}
    for name, account, key in (
        ("22", revenue, "22"),
        ("9.5", revenue, "9.5"),
        ("service", revenue, "22"),
        ("rounding", rounding, None),
    ):
        title = {
            "22": "Blago 22 %",
            "9.5": "Živila in semena 9,5 %",
            "service": "Storitve 22 %",
            "rounding": "Zaokroževanje",
        }[name]
        category = category_model(name=title, accounting=True)
        category.account_revenue = account
        category.account_expense = accounts["expense"]
        if key:
            category.customer_taxes.append(type(taxes[key][0])(taxes[key][0].id))
            category.supplier_taxes.append(type(taxes[key][1])(taxes[key][1].id))
        category.save()
        made[name] = category
    return made


def create_payment_terms():
    """Payment terms by days: at once, 8 and 15 days."""
    term_model = Model.get("account.invoice.payment_term")
    made = {}
    for days, name in ((0, "Takoj"), (8, "8 dni"), (15, "15 dni")):
        term = term_model(name=name)
        line = term.lines.new(type="remainder")
        line.relativedeltas.new(days=days)
        term.save()
        made[days] = term
    return made


def set_invoice_defaults(company, term):
    """Whoever has no payment term of their own pays within `term`; invoices name the account."""
    configuration = Model.get("account.configuration")(1)
    configuration.default_customer_payment_term = term
    configuration.save()
    (account,) = Model.get("bank.account").find()
    Model.get("account.invoice.payment.mean.rule")(company=company, instrument=account).save()
    # Pieces are called so on everything that is printed.
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    unit.symbol = "kos"
    unit.save()


def create_warehouses(warehouses):
    """Warehouses by code; the ERP comes with one, which becomes the first.

    Each needs a lost-and-found location, else no inventory of it can be confirmed.
    """
    location_model = Model.get("stock.location")
    (first,) = location_model.find([("type", "=", "warehouse")])
    lost = first.lost_found_location
    made = {}
    for code, name in warehouses:
        if not made:
            warehouse = first
        else:
            warehouse = location_model(type="warehouse", lost_found_location=lost)
            for field, title in (
                ("input_location", "vhod"),
                ("output_location", "izhod"),
                ("storage_location", "skladišče"),
            ):
                part = location_model(name=f"{name} {title}", type="storage")
                part.code = f"{code}-{title[:2].upper()}"
                part.save()
                setattr(warehouse, field, part)
        warehouse.name = name
        warehouse.code = code
        warehouse.save()
        made[code] = warehouse
    return made


def set_sale_defaults():
    """Invoice and ship on order; shipping cost comes with the order, not from the carrier."""
    configuration = Model.get("sale.configuration")(1)
    configuration.sale_invoice_method = "order"
    configuration.sale_shipment_method = "order"
    configuration.sale_shipment_cost_method = None
    configuration.save()
