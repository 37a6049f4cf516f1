"""The mail server as PanStore sees it: it takes letters."""

from __future__ import annotations

from panstore.connectors.smtp.client import SmtpClient
from panstore.connectors.smtp.config import SmtpSettings
from panstore.connectors.smtp.map import mail_of, receiving_address
from panstore.model.ids import ConnectionId
from panstore.model.message import Letter, Sent
from panstore.sdk import Capabilities, ConnectorSpec, Report
from panstore.sdk.errors import RejectedError

__all__ = ["SmtpConnector", "connector"]


class SmtpConnector:
    """Plays `SendMail` on one mail server."""

    def __init__(self, id: ConnectionId, settings: SmtpSettings) -> None:  # noqa: A002 - the role's word
        self._id = id
        self._settings = settings
        self._client = SmtpClient(id, settings)

    @property
    def id(self) -> ConnectionId:
        return self._id

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    async def start(self) -> None:
        """Nothing: each connection logs in by itself."""

    async def check(self) -> Report:
        return Report(await self._client.look())

    async def close(self) -> None:
        await self._client.close()

    async def send_mail(self, letter: Letter) -> Sent:
        recipient = receiving_address(letter.recipient)
        if recipient is None:
            what = "mail servers take no such address; see the letters before the @, and the dots"
            raise RejectedError(self._id, "send mail", what, code="553")
        settings = self._settings
        mail = mail_of(
            letter,
            recipient,
            sender=settings.sender,
            sender_name=settings.sender_name,
            reply_to=settings.reply_to,
        )
        words = await self._client.deliver(recipient, mail)
        # Servers name the mail in their queue somewhere in these words; there are no receipts.
        return Sent(note=words)

    def __repr__(self) -> str:
        return f"SmtpConnector({self._id}, {self._settings.host})"


connector = ConnectorSpec(
    id="smtp",
    title="Mail server (SMTP)",
    kind="mail",
    settings=SmtpSettings,
    open=SmtpConnector,
)
