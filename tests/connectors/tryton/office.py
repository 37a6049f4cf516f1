"""What the ERP's own people do, over JSON-RPC as administrator, without the connector."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

__all__ = ["Office"]


class Office:
    """One administrator with one session, straight at the server.

    Args:
        facts: what `panstore.demo.erp.facts` says.
    """

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        self._address = f"{facts['url']}/{facts['database']}/rpc/"
        password = {"password": facts["admin_password"]}
        user, token, _ = self._post("common.db.login", [facts["admin_user"], password, "en"], {})
        identity = base64.b64encode(f"{facts['admin_user']}:{user}:{token}".encode()).decode()
        self._headers = {"Authorization": f"Session {identity}"}
        self._context: dict[str, Any] = {"company": facts["company"]}

    def call(self, method: str, *params: Any, **context: Any) -> Any:
        """Result of a method, Decimals exact.

        Raises:
            AssertionError: Tryton answered with an error.
        """
        return self._post(method, [*params, self._context | context], self._headers)

    def create(self, model: str, **values: Any) -> int:
        """Id of one new record."""
        (made,) = self.call(f"model.{model}.create", [values])
        return int(made)

    def write(self, model: str, record: int, **values: Any) -> None:
        """Change one record."""
        self.call(f"model.{model}.write", [record], values)

    def read(self, model: str, records: list[int], *fields: str) -> list[dict[str, Any]]:
        """Records by id."""
        found: list[dict[str, Any]] = self.call(f"model.{model}.read", records, list(fields))
        return found

    def find(self, model: str, *domain: Any) -> list[int]:
        """Ids of active records, lowest first."""
        found: list[int] = self.call(
            f"model.{model}.search", list(domain), 0, None, [["id", "ASC"]]
        )
        return found

    def press(self, model: str, button: str, record: int) -> None:
        """Press a button on a record."""
        self.call(f"model.{model}.{button}", [record])

    def answer(self, wizard: str, model: str, record: int, state: str, **values: Any) -> None:
        """Go through a wizard of one question: what it proposes, and `values`, then `state`."""
        session, first, _ = self.call(f"wizard.{wizard}.create")
        context = {"active_model": model, "active_id": record, "active_ids": [record]}
        asked = self.call(f"wizard.{wizard}.execute", session, {}, first, **context)
        place, proposed = asked["view"]["state"], asked["view"]["defaults"]
        self.call(f"wizard.{wizard}.execute", session, {place: proposed | values}, state, **context)
        self.call(f"wizard.{wizard}.delete", session)

    def _post(self, method: str, params: list[Any], headers: Mapping[str, str]) -> Any:
        body = json.dumps({"id": 1, "method": method, "params": params}, default=_special).encode()
        request = urllib.request.Request(
            self._address, body, {"Content-Type": "application/json", **headers}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.loads(response.read(), object_hook=_value)
        assert "result" in answer, f"{method}: {answer}"
        return answer["result"]


def _special(value: Any) -> dict[str, Any]:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}


def _value(raw: dict[str, Any]) -> Any:
    return Decimal(raw["decimal"]) if raw.get("__class__") == "Decimal" else raw
