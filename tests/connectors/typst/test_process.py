"""Pages are made in a process of its own: it is there when needed, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from panstore.connectors.typst.connector import connector
from panstore.connectors.typst.maker import PageMaker
from panstore.connectors.typst.process import PageProcess
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.document_roles import RenderDocuments
from panstore.sdk.errors import RejectedError, UnavailableError
from tests.connectors.typst.paper import PRIVATE, TEA, D, delivery_note, invoice, many_lines

PARENT = """
import asyncio, sys
from panstore.connectors.typst.connector import connector
from panstore.connectors.typst.process import PageProcess
from tests.connectors.typst.paper import invoice

async def main():
    pages = PageProcess("paper", connector.settings(logo=sys.argv[1] or None))
    asyncio.get_running_loop().call_later(0, say, pages)
    await pages.make(invoice(), "sl")
    await asyncio.Event().wait()

def say(pages):
    if pages.pid is None:
        asyncio.get_running_loop().call_later(0.05, say, pages)
    else:
        print(pages.pid, flush=True)

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def process(
    settings: dict[str, Any] | None = None, **times: float
) -> AsyncIterator[PageProcess]:
    pages = PageProcess("paper", connector.settings(**(settings or {})), **times)
    try:
        yield pages
    finally:
        await pages.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - another process does it, and tells nobody
            await asyncio.sleep(0.01)


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    """A logo that is never read to its end: whoever makes a page with it stands there."""
    pipe = tmp_path / "logo.svg"
    os.mkfifo(pipe)
    return pipe


async def opened(pipe: Path) -> int:
    """Our end of it, when the other side has come to it."""
    ends: list[int] = []

    def reached() -> bool:
        with contextlib.suppress(OSError):
            ends.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        return bool(ends)

    await until(reached)
    return ends[0]


def runs(pid: int) -> bool:
    """Whether it does; a zombie, whose parent has not asked yet, does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def pid_of(pages: PageProcess) -> int:
    assert pages.pid is not None
    return pages.pid


async def test_a_page_is_what_it_would_be_here_and_the_process_is_kept() -> None:
    settings = connector.settings(footer={"sl": "Velja brez žiga."}, logo=Path("/nowhere/logo.svg"))
    here = PageMaker("paper", settings)
    printer = connector.open(ConnectionId("paper"), settings)
    assert isinstance(printer, RenderDocuments)
    documents = [invoice(), many_lines(), delivery_note(), invoice(total=D("81.95"))]
    documents += [invoice(number=f"2026-{n}", date=dt.date(2026, 1, 1 + n)) for n in range(4)]
    pages = await asyncio.gather(*(printer.render(one, "en") for one in documents))
    assert pages == [here.make(one, "en") for one in documents]
    assert "logo" in pages[0].problem
    await printer.close()


async def test_one_process_makes_all_pages_and_is_behind_everything_else() -> None:
    async with process() as pages:
        await pages.make(invoice(), "sl")
        first = pid_of(pages)
        behind = min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19)
        assert os.getpriority(os.PRIO_PROCESS, first) == behind
        told = Path(f"/proc/{first}/cmdline").read_bytes()  # noqa: ASYNC240 - no file on a disk
        assert told.split(b"\0")[1:-1] == [b"-P", b"-m", b"panstore.connectors.typst.worker"]
        await pages.make(delivery_note(), "sl")
        assert pid_of(pages) == first
    assert not runs(first)


async def test_a_refusal_comes_as_it_was_said() -> None:
    document = invoice((replace(TEA, description="Čaj 日本"),))
    with pytest.raises(RejectedError) as here:
        PageMaker("paper", connector.settings()).make(document, "sl")
    async with process() as pages:
        with pytest.raises(RejectedError) as refused:
            await pages.make(document, "sl")
        first = pages.pid
        assert (await pages.make(invoice(), "sl")).content
        assert pages.pid == first
    assert refused.value.args == here.value.args
    assert refused.value.code == "unprintable"


async def test_after_the_process_was_killed_the_next_page_is_made_by_another() -> None:
    async with process() as pages:
        page = await pages.make(invoice(), "sl")
        first = pid_of(pages)
        os.kill(first, signal.SIGKILL)
        await until(lambda: pages.pid is None)
        assert await pages.make(invoice(), "sl") == page
        assert pages.pid not in {None, first}


async def test_a_document_that_breaks_the_process_twice_is_refused(
    stuck: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with process({"logo": stuck}) as pages:
        for error, said in (
            (UnavailableError, r"ended by signal 6\), so no page was made$"),
            (RejectedError, "no page was made of 2026-00042, for the second time"),
            # Somebody retried it by hand: counted anew.
            (UnavailableError, "no page was made$"),
        ):
            making = asyncio.create_task(pages.make(invoice(), "sl"))
            end = await opened(stuck)
            # By this signal it says where it was.
            os.kill(pid_of(pages), signal.SIGABRT)
            with pytest.raises(error, match=said) as failed:
                await making
            os.close(end)
            assert getattr(failed.value, "code", "unprintable") == "unprintable"
            assert pages.pid is None
    assert "Fatal Python error: Aborted" in caplog.text
    assert "logo.py" in caplog.text
    assert PRIVATE.name not in caplog.text


async def test_what_it_says_of_people_is_not_in_the_log(
    stuck: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with process({"logo": stuck}) as pages:
        making = asyncio.create_task(pages.make(invoice(), "sl"))
        end = await opened(stuck)
        Path(f"/proc/{pid_of(pages)}/fd/2").write_text(f"oh {PRIVATE.name}\n")  # noqa: ASYNC240
        os.close(end)
        assert "neither an SVG" in (await making).problem
    assert PRIVATE.name not in caplog.text
    assert "said 1 lines that may name people" in caplog.text


async def test_a_page_that_takes_too_long_is_given_up(stuck: Path) -> None:
    async with process({"logo": stuck}, answer_s=3.0) as pages:
        with pytest.raises(UnavailableError, match=r"answer within 3 s\), so no page was made$"):
            await pages.make(invoice(), "sl")
        assert pages.pid is None
        await asyncio.to_thread(stuck.unlink)
        assert "cannot be read" in (await pages.make(invoice(), "sl")).problem


async def test_who_stops_waiting_leaves_nobody_a_wrong_page(stuck: Path) -> None:
    async with process({"logo": stuck}) as pages:
        making = asyncio.create_task(pages.make(invoice(), "sl"))
        os.close(await opened(stuck))
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
        await asyncio.to_thread(stuck.unlink)
        page = await pages.make(delivery_note(id=ExternalId("9"), number="D-9"), "en")
        assert page.name == "delivery-note-d-9.pdf"


async def test_without_work_it_ends() -> None:
    async with process(idle_s=0.05) as pages:
        await pages.make(invoice(), "sl")
        await until(lambda: pages.pid is None)
        assert (await pages.make(invoice(), "sl")).content


async def test_a_process_that_cannot_begin_is_no_documents_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    async with process() as pages:
        for _ in range(3):
            with pytest.raises(UnavailableError, match="could not be begun"):
                await pages.make(invoice(), "sl")


@pytest.mark.parametrize("busy", [False, True])
async def test_it_ends_when_its_parent_is_gone(stuck: Path, busy: bool) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(stuck) if busy else ""),
        cwd=Path(__file__).parents[3],
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    end = await opened(stuck) if busy else None
    assert runs(pid)
    parent.kill()
    await parent.wait()
    if end is not None:
        os.close(end)
    await until(lambda: not runs(pid))
