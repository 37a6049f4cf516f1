"""A simulated SMS provider: takes texts, knows no keys, and fails on demand."""

from __future__ import annotations

from panstore.model.ids import ConnectionId
from panstore.model.message import Sent, Text
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.errors import RejectedError
from panstore.sdk.roles import Report
from panstore.testing.world.faults import Faults
from panstore.testing.world.history import History
from panstore.testing.world.session import Session

__all__ = ["SimSmsConnector", "SimSmsProvider"]


class SimSmsProvider:
    """Takes texts, also the same one again.

    Attributes:
        texts: all it has taken, in order.
        refused: numbers it refuses for good.
        refusals: how many of the next texts it refuses, whoever they are for.
    """

    def __init__(self, history: History, *, password: str = "mast") -> None:  # noqa: S107 - simulated
        self.history = history
        self.password = password
        self.texts: list[Text] = []
        self.refused: set[str] = set()
        self.refusals = 0

    def take(self, text: Text) -> Sent:
        """Deliver one text.

        Raises:
            RejectedError: there is no such phone.
        """
        if text.recipient in self.refused or self.refusals:
            self.refusals = max(0, self.refusals - 1)
            raise RejectedError("sms", "send SMS", "no such phone", code="ESME_RINVDSTADR")
        self.texts.append(text)
        return Sent(f"sms-{len(self.texts)}")


class SimSmsConnector:
    """Hands texts to a simulated provider, with faults around each call."""

    def __init__(
        self,
        id: ConnectionId,  # noqa: A002 - the role's word
        provider: SimSmsProvider,
        faults: Faults,
    ) -> None:
        self.id = id
        self.capabilities = Capabilities()
        self._provider = provider
        password = provider.password
        self._session = Session(id, faults, provider.history, password, password)

    async def start(self) -> None:
        await self._session.start()

    async def check(self) -> Report:
        return await self._session.call("check", "", lambda: Report({"system": "simulated SMS"}))

    async def close(self) -> None:
        self._session.close()

    async def send_text(self, text: Text) -> Sent:
        return await self._session.call(
            "send_text", text.key, lambda: self._provider.take(text), writes=True
        )
