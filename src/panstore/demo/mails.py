"""The demo's mail server: takes every mail, delivers none, and shows them on a small page.

Each mail is a file `NUMBER.eml` in a directory, as it came in, behind two lines that say from and
to whom it was handed over. Nothing in a mail can run: pages carry a policy that forbids it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import email
import email.message
import email.policy
import os
import re
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session
from jinja2 import Environment, StrictUndefined

__all__ = ["Mail", "Mailbox", "main", "serve"]

_LISTED = 200
_MOST_BYTES = 30_000_000
_NAME = re.compile(r"[0-9]{6,12}\Z")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
_SAFETY = {
    "Content-Security-Policy": f"{_POLICY}; frame-src 'self'; form-action 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_FOREIGN = _SAFETY | {"Content-Security-Policy": f"{_POLICY}; sandbox"}

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1d2b22; background: #f6f7f4; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.4rem; margin: .5rem 0 1rem; overflow-wrap: anywhere; }
a { color: #1f6b45; text-underline-offset: .2em; }
.card { background: #fff; border: 1px solid #dfe4dc; border-radius: .5rem; overflow: hidden; }
.mail { display: grid; grid-template-columns: 1fr auto; gap: .1rem 1rem; padding: .7rem 1rem;
  border-top: 1px solid #e8ebe5; text-decoration: none; color: inherit; }
.mail:first-child { border-top: 0; }
.mail:hover { background: #f1f6f1; }
.mail strong { overflow-wrap: anywhere; }
.quiet { color: #667267; font-size: .9rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; padding: .8rem 1rem;
  margin: 0; }
dt { color: #667267; } dd { margin: 0; overflow-wrap: anywhere; }
.files { padding: .7rem 1rem; border-top: 1px solid #e8ebe5; }
.files a { margin-right: 1rem; }
iframe { width: 100%; height: 40rem; border: 0; background: #fff; display: block; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: .8rem 1rem; margin: 0; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.empty { padding: 2rem 1rem; text-align: center; color: #667267; }
"""

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{%- if not mail %}<meta http-equiv="refresh" content="5">{% endif %}
<title>{{ title }}</title><style>{{ style }}</style></head><body><main>
{% if mail %}
<p><a href="/">← All mails</a></p><h1>{{ mail.subject or "(no subject)" }}</h1>
<div class="card"><dl>
<dt>From</dt><dd>{{ mail.sender }}</dd><dt>To</dt><dd>{{ mail.to }}</dd>
<dt>Date</dt><dd>{{ mail.date }}</dd><dt>Message-ID</dt><dd>{{ mail.message_id }}</dd></dl>
<div class="files">
{% for name, _, size in mail.files %}<a href="/mails/{{ mail.name }}/files/{{ loop.index0 }}"
>{{ name }}</a><span class="quiet">{{ (size / 1024) | round | int }} KB</span> {% endfor %}
<a href="/mails/{{ mail.name }}/source">Source</a></div></div>
{% if mail.html %}<h2>As HTML</h2><div class="card">
<iframe sandbox src="/mails/{{ mail.name }}/html" title="The mail as HTML"></iframe></div>
{% endif %}
<h2>As text</h2><div class="card"><pre>{{ mail.text }}</pre></div>
{% else %}
<h1>Mails of the demo</h1>
<div class="card">
{% for one in mails %}
<a class="mail" href="/mails/{{ one.name }}"><strong>{{ one.subject or "(no subject)" }}</strong>
<span class="quiet">{{ one.date }}</span>
<span class="quiet">to {{ one.to }}
{%- for name, _, _ in one.files %} · {{ name }}{% endfor %}</span></a>
{% else %}<div class="empty">No mail yet. Buy something in the shop.</div>{% endfor %}
</div>
{% endif %}
</main></body></html>
"""


@dataclass(frozen=True)
class Mail:
    """A mail as people and tests read it.

    Attributes:
        name: of its file, without the end.
        to: whom the server was told to give it to.
        html: empty if there is none.
        files: what is attached: name, content, size in bytes.
    """

    name: str
    sender: str
    to: str
    subject: str
    date: str
    message_id: str
    text: str
    html: str
    files: tuple[tuple[str, bytes, int], ...]


class Mailbox:
    """The directory with the mails."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        names = [path.stem for path in self._files()]
        self._last = max((int(name) for name in names), default=0)

    def put(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Keep one; its name. The file is there as a whole or not at all."""
        self._last += 1
        name = f"{self._last:06d}"
        lines = (f"X-Envelope-From: <{sender}>", *(f"X-Envelope-To: <{to}>" for to in recipients))
        head = "".join(_one_line(line) + "\r\n" for line in lines).encode("utf-8", "replace")
        half = self._directory / f".{name}.new"
        half.write_bytes(head + content)
        half.rename(self._directory / f"{name}.eml")
        return name

    def source(self, name: str) -> bytes:
        """A mail's file.

        Raises:
            FileNotFoundError: there is no such mail.
        """
        if not _NAME.match(name):
            raise FileNotFoundError(name)
        return (self._directory / f"{name}.eml").read_bytes()

    def read(self, name: str) -> Mail:
        """One mail.

        Raises:
            FileNotFoundError: there is no such mail.
        """
        return _mail(name, self.source(name))

    def latest(self, limit: int = _LISTED) -> list[Mail]:
        """The newest mails, the newest first."""
        names = sorted((path.stem for path in self._files()), key=int, reverse=True)
        return [self.read(name) for name in names[:limit]]

    def _files(self) -> Iterator[Path]:
        return (path for path in self._directory.glob("*.eml") if _NAME.match(path.stem))


async def serve(smtp_port: int, web_port: int, directory: Path) -> None:
    """Take mails and show them on 127.0.0.1 until the process is told to end.

    Args:
        smtp_port, web_port: 0 for any.
        directory: for the mails; it is made if it is not there.
    """
    box = Mailbox(directory)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    server = await loop.create_server(
        lambda: SMTP(
            _Keeper(box),
            hostname="localhost",
            data_size_limit=_MOST_BYTES,
            enable_SMTPUTF8=True,
            loop=loop,
        ),
        "127.0.0.1",
        smtp_port,
    )
    runner = web.AppRunner(_site(box), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", web_port).start()
        await ended.wait()
    finally:
        server.close()
        await runner.cleanup()


class _Keeper:
    """What the SMTP server asks when a mail is there."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        content = envelope.content or b""
        whole = content if isinstance(content, bytes) else content.encode()
        recipients = [str(to) for to in envelope.rcpt_tos]
        try:
            name = self._box.put(str(envelope.mail_from or ""), recipients, whole)
        except OSError as error:
            return f"452 it cannot be kept: {error.strerror}"
        return f"250 kept as {name}"


def _site(box: Mailbox) -> web.Application:
    pages = Environment(autoescape=True, undefined=StrictUndefined)
    frame = pages.from_string(_FRAME)

    def page(title: str, mail: Mail | None, mails: Sequence[Mail] = ()) -> web.Response:
        text = frame.render(title=title, mail=mail, mails=mails, style=_STYLE)
        return web.Response(text=text, content_type="text/html", headers=_SAFETY)

    def wanted(request: web.Request) -> Mail:
        with contextlib.suppress(FileNotFoundError):
            return box.read(request.match_info["name"])
        raise web.HTTPNotFound(text="There is no such mail.")

    async def listing(_request: web.Request) -> web.Response:
        return page("Mails of the demo", None, box.latest())

    async def one(request: web.Request) -> web.Response:
        mail = wanted(request)
        return page(mail.subject, mail)

    async def html(request: web.Request) -> web.Response:
        return web.Response(
            text=wanted(request).html, content_type="text/html", charset="utf-8", headers=_FOREIGN
        )

    async def source(request: web.Request) -> web.Response:
        mail = wanted(request)
        text = box.source(mail.name).decode("utf-8", "replace")
        return web.Response(text=text, content_type="text/plain", headers=_FOREIGN)

    async def file(request: web.Request) -> web.Response:
        files, number = wanted(request).files, int(request.match_info["number"])
        if number >= len(files):
            raise web.HTTPNotFound(text="There is no such file in this mail.")
        name, content, _ = files[number]
        kind = "application/pdf" if name.lower().endswith(".pdf") else "application/octet-stream"
        placed = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return web.Response(
            body=content, content_type=kind, headers=_FOREIGN | {"Content-Disposition": placed}
        )

    site = web.Application()
    site.add_routes([
        web.get("/", listing),
        web.get("/mails/{name}", one),
        web.get("/mails/{name}/html", html),
        web.get("/mails/{name}/source", source),
        web.get(r"/mails/{name}/files/{number:\d{1,6}}", file),
    ])
    return site


def _mail(name: str, source: bytes) -> Mail:
    message = email.message_from_bytes(source, policy=email.policy.default)
    return Mail(
        name=name,
        sender=_header(message, "From"),
        to=", ".join(str(one).strip("<>") for one in message.get_all("X-Envelope-To", [])),
        subject=_header(message, "Subject"),
        date=_header(message, "Date"),
        message_id=_header(message, "Message-ID"),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        files=tuple(_files(message)),
    )


def _header(message: email.message.EmailMessage, name: str) -> str:
    """A header as text; one that cannot be read must not hide the mail."""
    try:
        return _one_line(str(message.get(name, "")))
    except (ValueError, LookupError, IndexError, AttributeError):
        return ""


def _body(message: email.message.EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError, KeyError):
        return "(This text cannot be read.)"


def _files(message: email.message.EmailMessage) -> Iterator[tuple[str, bytes, int]]:
    for number, part in enumerate(message.iter_attachments(), start=1):
        found = part.get_payload(decode=True)
        content = found if isinstance(found, bytes) else b""
        name = (part.get_filename() or f"file-{number}").replace("/", "_").replace("\\", "_")
        yield _one_line(name), content, len(content)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m panstore.demo.mails`; the exit code."""
    parser = argparse.ArgumentParser(prog="panstore.demo.mails", description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    given = parser.parse_args(arguments)
    os.umask(0o077)
    asyncio.run(serve(given.smtp_port, given.web_port, given.dir))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
