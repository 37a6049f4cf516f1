"""A letter as the bytes of a mail."""

from __future__ import annotations

import hashlib
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage

from panstore.model.message import Letter

__all__ = ["mail_of", "message_id", "receiving_address"]


def message_id(key: str, domain: str) -> str:
    """Always the same for the same message, so that a mail that came twice is known as one."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def receiving_address(text: str) -> str | None:
    """The address as every server understands it, None if there is no such form.

    A domain with letters of its own has one (`xn--`), a name before the @ has none, and neither
    has what is no address at all (`a..b@example.com`).
    """
    local, at, domain = text.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    plain = local.isascii() and local.isprintable() and not set(local) & set(' <>()[],;:"\\@')
    address = f"{local}@{domain}"
    return address if local and at and domain and plain and _can_be_written(address) else None


def _can_be_written(address: str) -> bool:
    """Whether it can stand in a mail: no dot at an end, none after another, no odd signs."""
    try:
        Address(addr_spec=address)
    except (ValueError, LookupError, MessageError):
        return False
    return True


def mail_of(
    letter: Letter, recipient: str, *, sender: str, sender_name: str, reply_to: str | None
) -> bytes:
    """The whole mail: text, the same in HTML, and the attachments.

    Args:
        recipient: as `receiving_address` gave it.
    """
    mail = EmailMessage(policy=policy.SMTP)
    mail["Message-ID"] = message_id(letter.key, sender.rpartition("@")[2].lower())
    if letter.date is not None:
        mail["Date"] = letter.date
    mail["From"] = Address(sender_name, addr_spec=sender)
    mail["To"] = Address(addr_spec=recipient)
    if reply_to is not None:
        mail["Reply-To"] = Address(addr_spec=reply_to)
    mail["Subject"] = " ".join(letter.subject.split())
    # Out-of-office answers and the like stay away.
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = letter.language
    mail.set_content(letter.text, cte="quoted-printable")
    if letter.html:
        mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for one in letter.attachments:
        kind, _, detail = one.media_type.partition("/")
        mail.add_attachment(one.content, maintype=kind, subtype=detail, filename=one.name)
    return mail.as_bytes()
