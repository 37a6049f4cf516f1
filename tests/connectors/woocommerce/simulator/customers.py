"""Customers: `/customers` (recorded 23 to 25 and 49, WooCommerce 10.5).

There is no way to ask for those that were modified: `modified_after` is passed over. Deleting is
for good only, and needs `force`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from tests.connectors.woocommerce.simulator.answers import created, invalid, item, links, refused
from tests.connectors.woocommerce.simulator.batch import run_batch
from tests.connectors.woocommerce.simulator.listing import (
    Where,
    checked_query,
    listed,
    page_of,
)
from tests.connectors.woocommerce.simulator.order_lines import set_meta
from tests.connectors.woocommerce.simulator.router import (
    EDIT,
    WooAnswer,
    WooRequest,
    route,
    seeder,
    tables,
)
from tests.connectors.woocommerce.simulator.schema import Kind, ListOf, Shape, checked
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["add_customer", "customer_json"]

tables(
    """
    CREATE TABLE IF NOT EXISTS customers (
        id INTEGER PRIMARY KEY, email TEXT NOT NULL, username TEXT NOT NULL, role TEXT NOT NULL,
        created TEXT NOT NULL, modified TEXT NOT NULL, body TEXT NOT NULL
    );
    CREATE UNIQUE INDEX IF NOT EXISTS customers_email ON customers (lower(email));
    CREATE UNIQUE INDEX IF NOT EXISTS customers_username ON customers (lower(username));
    """
)

_ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode",
            "country", "state")  # fmt: skip
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_KINDS: Mapping[str, Kind] = {
    "first_name": "string",
    "last_name": "string",
    "username": "string",
    "password": "string",
    "billing": Shape(dict.fromkeys((*_ADDRESS, "phone"), "string")),
    "shipping": Shape(dict.fromkeys((*_ADDRESS, "phone"), "string")),
    "meta_data": ListOf("object"),
}
_ORDER = {"id": "id", "registered_date": "created", "name": "username", "include": "id"}


def add_customer(shop: SimWoo, fields: Mapping[str, Any], **more: str) -> dict[str, Any]:
    """A new customer, written; `email` is all that is needed.

    Args:
        shop: the shop.
        fields: as the interface takes them.
        more: `role`, `created` and `modified`, which it does not take.

    Raises:
        Refused: 400 for an address that is none or known already, or a name that is taken.
    """
    email = str(fields.get("email") or "")
    if not _EMAIL.fullmatch(email):
        raise refused("customer_invalid_email", "Invalid email address", 400)
    if _known(shop, "email", email):
        text = f"An account is already registered with {email}. Please log in or use a different"
        raise refused("registration-error-email-exists", f"{text} email address.", 400)
    username = str(fields.get("username") or "")
    if username and _known(shop, "username", username):
        text = "An account is already registered with that username. Please choose another."
        raise refused("registration-error-username-exists", text, 400)
    now = shop.stamp()
    customer: dict[str, Any] = {
        "id": shop.next_id("user"),
        "created": now,
        "modified": now,
        "email": email,
        "first_name": "",
        "last_name": "",
        "role": "customer",
        "username": username or _free_name(shop, email),
        "billing": dict.fromkeys((*_ADDRESS, "email", "phone"), ""),
        "shipping": dict.fromkeys((*_ADDRESS, "phone"), ""),
        "paying": False,
        "meta_data": [],
    }
    if not fields.get("password"):
        row = {"id": shop.next_id("user_meta"), "key": "default_password_nag", "value": "1"}
        customer["meta_data"].append(row)
    _fill(shop, customer, fields)
    customer |= more
    _save(shop, customer)
    shop.emit("customer.created", customer["id"])
    shop.emit("customer.updated", customer["id"])
    return customer


def customer_json(shop: SimWoo, request: WooRequest, customer: Mapping[str, Any]) -> dict[str, Any]:
    digest = hashlib.sha256(customer["email"].lower().encode()).hexdigest()
    return {
        "id": customer["id"],
        "date_created": shop.local(customer["created"]),
        "date_created_gmt": customer["created"],
        "date_modified": shop.local(customer["modified"]),
        "date_modified_gmt": customer["modified"],
        "email": customer["email"],
        "first_name": customer["first_name"],
        "last_name": customer["last_name"],
        "role": customer["role"],
        "username": customer["username"],
        "billing": dict(customer["billing"]),
        "shipping": dict(customer["shipping"]),
        "is_paying_customer": customer["paying"],
        "avatar_url": f"{shop.home}/avatar/{digest}?s=96&d=mm&r=g",
        "meta_data": [dict(row) for row in customer["meta_data"]],
        "_links": links(request, f"/customers/{customer['id']}", "/customers"),
    }


def _known(shop: SimWoo, column: str, text: str, but: int = 0) -> bool:
    row = shop.db.execute(
        f"SELECT id FROM customers WHERE lower({column}) = ? AND id <> ?", (text.lower(), but)
    ).fetchone()
    return row is not None


def _free_name(shop: SimWoo, email: str) -> str:
    """The part before the @, with a number where that is taken (WooCommerce draws one by lot)."""
    base = email.partition("@")[0].lower()
    name, number = base, 0
    while _known(shop, "username", name):
        number += 1
        name = f"{base}-{number:04}"
    return name


def _fill(shop: SimWoo, customer: dict[str, Any], fields: Mapping[str, Any]) -> None:
    for name in ("first_name", "last_name", "email"):
        if fields.get(name) is not None:
            customer[name] = str(fields[name])
    for name in ("billing", "shipping"):
        given = fields.get(name) or {}
        customer[name] |= {
            key: str(text or "") for key, text in given.items() if key in customer[name]
        }
    posted = fields.get("meta_data") or ()
    set_meta(customer["meta_data"], posted, lambda: shop.next_id("user_meta"))


def _save(shop: SimWoo, customer: Mapping[str, Any]) -> None:
    columns = ("id", "email", "username", "role", "created", "modified")
    shop.db.execute(
        "INSERT INTO customers (id, email, username, role, created, modified, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET email = excluded.email,"
        " role = excluded.role, modified = excluded.modified, body = excluded.body",
        (*(customer[name] for name in columns), json.dumps(customer)),
    )


def _wanted(shop: SimWoo, number: int) -> dict[str, Any]:
    row = shop.db.execute("SELECT body FROM customers WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise refused("wc_user_invalid_id", "Invalid user ID.", 404, allow=False)
    customer: dict[str, Any] = json.loads(row["body"])
    return customer


def _change(shop: SimWoo, number: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    customer = _wanted(shop, number)
    email = str(fields.get("email") or customer["email"])
    if _known(shop, "email", email, but=number):
        code = "woocommerce_rest_customer_invalid_email"
        raise refused(code, "Email address is invalid.", 400)
    if fields.get("username") not in {None, customer["username"]}:
        code = "woocommerce_rest_customer_invalid_argument"
        raise refused(code, "Username isn't editable.", 400)
    _fill(shop, customer, fields)
    customer["modified"] = shop.stamp()
    _save(shop, customer)
    shop.emit("customer.updated", number)
    return customer


def _destroy(shop: SimWoo, number: int) -> dict[str, Any]:
    customer = _wanted(shop, number)
    shop.db.execute("DELETE FROM customers WHERE id = ?", (number,))
    shop.emit("customer.deleted", number)
    return customer


def _check_email(fields: Mapping[str, Any]) -> None:
    email = fields.get("email")
    if email is not None and not _EMAIL.fullmatch(str(email)):
        raise invalid({"email": ("rest_invalid_email", "Invalid email address.", None)})


@route("POST", "/customers")
def make(shop: SimWoo, request: WooRequest) -> WooAnswer:
    """The address is checked by the shop itself here, not by the schema (recorded 23)."""
    fields = request.fields()
    if "email" not in fields:
        text = "Missing parameter(s): email"
        raise refused("rest_missing_callback_param", text, 400, params=["email"])
    if request.validated:
        checked(fields, _KINDS)
    return created(request, customer_json(shop, request, add_customer(shop, fields)))


@route("GET", "/customers")
def every(shop: SimWoo, request: WooRequest) -> WooAnswer:
    query = checked_query(
        request, {"email": "string", "role": "string", "search": "string", "orderby": tuple(_ORDER)}
    )
    where = Where()
    role = query.get("role", "customer")
    if role != "all":
        where.add("role = ?", role)
    if query.get("email"):
        where.add("lower(email) = ?", query["email"].lower())
    if query.get("search"):
        wanted = f"%{query['search']}%"
        where.add("(email LIKE ? OR username LIKE ?)", wanted, wanted)
    if query.get("include"):
        where.among("id", query["include"])
    if query.get("exclude"):
        where.among("id", query["exclude"], never=True)
    _, per_page, first = page_of(query)
    column, way = _ORDER[query.get("orderby", "name")], query.get("order", "asc")
    total = shop.db.execute(
        f"SELECT count(*) FROM customers WHERE {where.sql}", where.values
    ).fetchone()[0]
    rows = shop.db.execute(
        f"SELECT body FROM customers WHERE {where.sql} ORDER BY {column} {way}, id"
        " LIMIT ? OFFSET ?",
        (*where.values, per_page, first),
    )
    bodies = [customer_json(shop, request, json.loads(row["body"])) for row in rows]
    return listed(request, query, total, bodies)


@route("GET", r"/customers/(?P<id>\d+)")
def read(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return item(request, customer_json(shop, request, _wanted(shop, request.number())))


@route(EDIT, r"/customers/(?P<id>\d+)")
def edit(shop: SimWoo, request: WooRequest) -> WooAnswer:
    fields = request.fields()
    _wanted(shop, request.number())
    if request.validated:
        checked(fields, _KINDS)
        _check_email(fields)
    customer = _change(shop, request.number(), fields)
    return item(request, customer_json(shop, request, customer))


@route("DELETE", r"/customers/(?P<id>\d+)")
def remove(shop: SimWoo, request: WooRequest) -> WooAnswer:
    customer = _wanted(shop, request.number())
    if not request.flag("force"):
        text = "Customers do not support trashing."
        raise refused("woocommerce_rest_trash_not_supported", text, 501)
    body = customer_json(shop, request, _destroy(shop, customer["id"]))
    # Nobody is there any more who could be changed: no hints, no Allow (recorded 25 and 49).
    body["_links"]["self"] = [{"href": body["_links"]["self"][0]["href"]}]
    answer = item(request, body)
    return WooAnswer(answer.status, answer.body, answer.headers, allow=False)


@route(EDIT, "/customers/batch")
def batch(shop: SimWoo, request: WooRequest) -> WooAnswer:
    return run_batch(shop, request, make, edit, remove)


@seeder("customers")
def fill(shop: SimWoo, count: int) -> None:
    """So many customers, `buyer-1@shop.example` and on."""
    for number in range(1, count + 1):
        add_customer(shop, {"email": f"buyer-{number}@shop.example", "password": "x"})
