"""A simulated mail server and a simulated printer: in memory, honest, and faulty on demand."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from panstore.model.document import Document, Language
from panstore.model.ids import ConnectionId
from panstore.model.message import Letter, Sent
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.document_roles import Page
from panstore.sdk.errors import RejectedError
from panstore.sdk.roles import Report
from panstore.testing.world.faults import Faults
from panstore.testing.world.history import History
from panstore.testing.world.session import Session

__all__ = ["SimMailConnector", "SimMailServer", "SimPrinterConnector"]


class SimMailServer:
    """Takes letters, also the same one again: as a mail server, it knows no keys.

    Attributes:
        letters: all it has taken, in order.
        refused: addresses it refuses for good.
    """

    def __init__(self, history: History, *, password: str = "stamp") -> None:  # noqa: S107 - simulated
        self.history = history
        self.password = password
        self.letters: list[Letter] = []
        self.refused: set[str] = set()

    def take(self, letter: Letter) -> Sent:
        """Deliver one letter.

        Raises:
            RejectedError: there is no such address.
        """
        if letter.recipient in self.refused:
            raise RejectedError("mail", "send mail", "550 no such mailbox", code="550")
        self.letters.append(letter)
        return Sent(f"queued-{len(self.letters)}")

    def by_key(self) -> dict[str, list[Letter]]:
        """Letters by our id of the message."""
        found: dict[str, list[Letter]] = defaultdict(list)
        for letter in self.letters:
            found[letter.key].append(letter)
        return found


class SimMailConnector:
    """Hands letters to a simulated server, with faults around each call."""

    def __init__(
        self,
        id: ConnectionId,  # noqa: A002 - the role's word
        server: SimMailServer,
        faults: Faults,
    ) -> None:
        self.id = id
        self.capabilities = Capabilities()
        self._server = server
        password = server.password
        self._session = Session(id, faults, server.history, password, password)

    async def start(self) -> None:
        await self._session.start()

    async def check(self) -> Report:
        return await self._session.call("check", "", lambda: Report({"system": "simulated mail"}))

    async def close(self) -> None:
        self._session.close()

    async def send_mail(self, letter: Letter) -> Sent:
        return await self._session.call(
            "send_mail", letter.key, lambda: self._server.take(letter), writes=True
        )


class SimPrinterConnector:
    """Prints a document as the JSON it is made of, so that tests read what is on the page."""

    def __init__(
        self,
        id: ConnectionId,  # noqa: A002 - the role's word
        history: History,
        faults: Faults,
    ) -> None:
        self.id = id
        self.capabilities = Capabilities()
        self._session = Session(id, faults, history, "", "")

    async def start(self) -> None:
        await self._session.start()

    async def check(self) -> Report:
        return await self._session.call("check", "", lambda: Report({"system": "printer"}))

    async def close(self) -> None:
        self._session.close()

    async def render(self, document: Document, language: Language) -> Page:
        def work() -> Page:
            name = f"{document.kind}-{document.number}-{language}.pdf".replace("/", "-")
            return Page(name, msgspec.json.encode(document))

        return await self._session.call("render", f"{document.kind} {document.number}", work)
