"""The demo's people approve, once, which accounts of the shop buy under an agreement."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from panstore.demo.catalogue import customers
from panstore.demo.processes import DemoError

__all__ = ["approve_accounts"]


def approve_accounts(
    console_url: str, api_token: str, shop_directory: Path, parties: dict[str, int]
) -> int:
    """Link the account of every contract customer to his party in the ERP; how many there are.

    Args:
        parties: the ERP's party ids by e-mail.

    Raises:
        DemoError: PanStore refuses one.
    """
    accounts = _accounts(shop_directory / "shop.sqlite3")
    linked = 0
    for customer in customers():
        if not customer.contract:
            continue
        body = {"account": accounts[customer.email], "party": str(parties[customer.email])}
        _post(f"{console_url}/api/v1/contracts/shop/link", api_token, body)
        linked += 1
    return linked


def _accounts(database: Path) -> dict[str, str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT email, id FROM auth_user")
        return {email: str(id_) for email, id_ in rows}


def _post(url: str, token: str, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        raise DemoError(f"an account could not be linked: {error.read()[:500]!r}") from None
