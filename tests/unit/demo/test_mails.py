"""The demo's mail server, as a process of its own: what goes in is what people see."""

import contextlib
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from panstore.demo.mails import Mailbox

EVIL = '<script>alert("x")</script>'


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    smtp: int
    web: str
    directory: Path

    def page(self, path: str) -> tuple[str, dict[str, str]]:
        body, headers = self.file(path)
        return body.decode(), headers

    def file(self, path: str) -> tuple[bytes, dict[str, str]]:
        with urllib.request.urlopen(self.web + path, timeout=10) as answer:
            return answer.read(), {k.lower(): v for k, v in answer.headers.items()}

    def send(self, message: EmailMessage, to: str = "ana@example.com") -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as client:
            client.send_message(message, "shop@example.com", [to])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("mails") / "in"
    smtp, web = _free_port(), _free_port()
    process = subprocess.Popen([
        *(sys.executable, "-m", "panstore.demo.mails", "--smtp-port", str(smtp)),
        *("--web-port", str(web), "--dir", str(directory)),
    ])
    made = Server(process, smtp, f"http://127.0.0.1:{web}", directory)
    try:
        until = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError):
                made.page("/")
                break
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield made
    finally:
        process.terminate()
        process.wait(10)


def _letter(subject: str, *, html: str = "<p>Dober dan</p>") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Zelena skodelica <shop@example.com>"
    message["To"] = "ana@example.com"
    message["Subject"] = subject
    message["Message-ID"] = "<1@example.com>"
    message.set_content("Račun je priložen.")
    message.add_alternative(html, subtype="html")
    message.add_attachment(
        b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="račun-1.pdf"
    )
    return message


def test_a_mail_is_a_file_and_a_page_with_its_attachment(server: Server) -> None:
    server.send(_letter("Račun 1"))
    name = max(path.stem for path in server.directory.glob("*.eml"))

    listing, _ = server.page("/")
    assert "Račun 1" in listing
    assert "to ana@example.com" in listing
    assert "račun-1.pdf" in listing
    page, _ = server.page(f"/mails/{name}")
    assert "Račun je priložen." in page
    assert "&lt;1@example.com&gt;" in page
    content, headers = server.file(f"/mails/{name}/files/0")
    assert content == b"%PDF-1.7 x"
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''ra%C4%8Dun-1.pdf"
    assert "Dober dan" in server.page(f"/mails/{name}/html")[0]
    assert "X-Envelope-To: <ana@example.com>" in server.page(f"/mails/{name}/source")[0]


def test_nothing_in_a_mail_can_run(server: Server) -> None:
    message = _letter(f"Hm {EVIL}", html=f"<p>{EVIL}</p>")
    message.add_attachment(b"x", maintype="text", subtype="html", filename="a/../b<i>.html")
    server.send(message)
    name = max(path.stem for path in server.directory.glob("*.eml"))

    for path in ("/", f"/mails/{name}"):
        page, headers = server.page(path)
        assert "<script" not in page
        assert "<i>" not in page
        assert headers["content-security-policy"].startswith("default-src 'none'")
    page, headers = server.page(f"/mails/{name}/html")
    assert headers["content-security-policy"].endswith("; sandbox")
    assert "iframe sandbox" in server.page(f"/mails/{name}")[0]
    _, headers = server.page(f"/mails/{name}/files/1")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")


def test_a_broken_mail_hides_no_other(server: Server) -> None:
    server.send(_letter("Before"))
    with smtplib.SMTP("127.0.0.1", server.smtp, timeout=10) as client:
        client.sendmail(
            "shop@example.com",
            ["ana@example.com"],
            b"Subject: =?x-none?q?=ff?=\r\nContent-Type: text/plain; charset=none\r\n\r\n\xff\xfe",
        )
    assert "Before" in server.page("/")[0]


@pytest.mark.parametrize("path", ["/mails/999999", "/mails/..%2Fx", "/mails/000001/files/77"])
def test_what_is_not_there_is_said(server: Server, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        server.page(path)
    assert told.value.code == 404
    told.value.close()


def test_it_ends_when_it_is_told_to(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(10) == 0


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    assert Mailbox(tmp_path).put("a@example.com", ["b@example.com"], b"Subject: 1\r\n\r\n") == (
        "000001"
    )
    again = Mailbox(tmp_path)
    again.put("a@example.com", ["b@example.com", "c@example.com"], b"Subject: 2\r\n\r\n")
    assert [(one.name, one.subject, one.to) for one in again.latest()] == [
        ("000002", "2", "b@example.com, c@example.com"),
        ("000001", "1", "b@example.com"),
    ]
    with pytest.raises(FileNotFoundError):
        again.read("../000001")
