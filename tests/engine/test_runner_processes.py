"""Whole processes: killed, frozen, poisoned; the store is all that remains."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from panstore.model.ids import ModuleCode, RouteId
from panstore.store.database import Store
from panstore.store.marks import mark
from panstore.store.orders import list_orders
from panstore.store.parked import Parked, list_parked
from panstore.store.tables import ledger, links, marks
from tests.engine.worker import GOODS, ORDERS_PLACED

ROOT = Path(__file__).parents[2]
S1 = ModuleCode("S1")
SHOP = RouteId("shop")
PATIENCE_S = 60.0

pytestmark = pytest.mark.crash


class Crew:
    """Processes over one store, and a look into it from outside."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.store = Store(url)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        ups = self.log().count(f"{name} is up")
        with (self.folder / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.engine.worker", self.url, str(self.folder), name],
                cwd=ROOT,
                env=environment,
                stdout=out,
                stderr=out,
            )
        self.wait(
            lambda: self.log().count(f"{name} is up") > ups or self.is_dead(name), f"{name} up"
        )

    def is_dead(self, name: str) -> bool:
        return self.processes[name].poll() is not None

    def signal(self, name: str, number: signal.Signals) -> None:
        self.processes[name].send_signal(number)
        if number == signal.SIGKILL:
            self.processes[name].wait()

    def steer(self, file: str, content: str = "") -> None:
        (self.folder / file).write_text(content)

    def release(self, file: str) -> None:
        (self.folder / file).unlink()

    def log(self) -> list[str]:
        file = self.folder / "log"
        return file.read_text().splitlines() if file.exists() else []

    def wait(self, true: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> float:
        """Wait until it is true; the seconds it took."""
        begun = time.monotonic()
        while not true():
            if time.monotonic() - begun > patience_s:
                outs = "".join(f.read_text()[-2000:] for f in self.folder.glob("*.out"))
                pytest.fail(f"waited in vain for: {what}\n{self.log()[-20:]}\n{outs}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def in_step(self) -> bool:
        """Everything linked and written, nothing waiting, all orders in the ERP."""

        def counts(connection: sa.Connection) -> tuple[int, int]:
            written = (
                sa.select(sa.func.count()).select_from(ledger).where(ledger.c.stale.is_(False))
            )
            waiting = sa.select(sa.func.count()).select_from(marks)
            return (
                connection.execute(written).scalar_one(),
                connection.execute(waiting).scalar_one(),
            )

        try:
            states = [row.state for row in self.store._read(list_orders)]
            return self.store._read(counts) == (GOODS, 0) and states == ["imported"] * ORDERS_PLACED
        except (sa.exc.OperationalError, sa.exc.ProgrammingError):
            return False  # not migrated yet

    def mark_all(self) -> None:
        def work(connection: sa.Connection) -> None:
            items = connection.execute(sa.select(links.c.item)).scalars().all()
            mark(connection, SHOP, S1, items, now=dt.datetime.now(dt.UTC), cause="test")

        self.store.run(work)

    def end(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        self.store._shut()


@pytest.fixture
def crew(store_url: str, tmp_path: Path) -> Iterator[Crew]:
    made = Crew(store_url, tmp_path)
    with contextlib.closing(_Ending(made)):
        yield made


class _Ending:
    def __init__(self, crew: Crew) -> None:
        self.close = crew.end


@pytest.fixture
def postgres_crew(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crew]:
    made = Crew(request.getfixturevalue("postgres").create(), tmp_path)
    with contextlib.closing(_Ending(made)):
        yield made


@pytest.fixture
def sqlite_crew(tmp_path: Path) -> Iterator[Crew]:
    made = Crew(f"sqlite:///{tmp_path}/panstore.sqlite", tmp_path)
    with contextlib.closing(_Ending(made)):
        yield made


def _hang(crew: Crew, name: str) -> None:
    """Bring a worker into the middle of a run."""
    crew.steer(f"hold-{name}")
    before = crew.log().count(f"{name} reads")
    crew.mark_all()
    crew.wait(lambda: crew.log().count(f"{name} reads") > before, f"{name} in the middle of a run")


def test_a_process_ends_cleanly_and_the_next_one_goes_on(crew: Crew) -> None:
    crew.start("first")
    crew.wait(crew.in_step, "in step")
    crew.signal("first", signal.SIGTERM)
    crew.wait(lambda: crew.is_dead("first"), "the end")
    assert crew.processes["first"].returncode == 0
    crew.mark_all()
    crew.start("second")
    crew.wait(crew.in_step, "in step again")
    assert "first has ended" in crew.log()


def test_a_killed_process_goes_on_at_once_when_it_is_started_again(sqlite_crew: Crew) -> None:
    crew = sqlite_crew
    crew.start("one")
    crew.wait(crew.in_step, "in step")
    _hang(crew, "one")
    crew.signal("one", signal.SIGKILL)
    crew.release("hold-one")
    assert not crew.in_step()
    crew.start("one")
    # Alone on its file, it need not wait for a lease to run out.
    crew.wait(crew.in_step, "in step again", patience_s=5)


@pytest.mark.postgres
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_another_process_takes_over_from_a_dead_or_frozen_one(
    postgres_crew: Crew, how: signal.Signals
) -> None:
    crew = postgres_crew
    crew.start("first")
    crew.wait(crew.in_step, "in step")
    _hang(crew, "first")
    crew.start("second")
    crew.signal("first", how)
    took = crew.wait(crew.in_step, "the second takes over")
    assert took <= 10.0
    assert "second has read" in crew.log()
    if how == signal.SIGSTOP:
        crew.release("hold-first")
        read = crew.log().count("first has read")
        crew.signal("first", signal.SIGCONT)
        crew.wait(lambda: crew.log().count("first has read") > read, "the frozen one wakes up")
        crew.wait(crew.in_step, "in step with both")
        for name in ("first", "second"):
            crew.signal(name, signal.SIGTERM)
            crew.wait(lambda n=name: crew.is_dead(n), f"the end of {name}")  # type: ignore[misc]
            assert crew.processes[name].returncode == 0


@pytest.mark.parametrize(("kind", "record"), [("item", "SKU-000003"), ("order", "100002")])
def test_a_record_that_ends_the_process_every_time_is_parked_and_the_rest_goes_on(
    sqlite_crew: Crew, kind: str, record: str
) -> None:
    crew = sqlite_crew
    if kind == "item":
        crew.start("one")
        crew.wait(crew.in_step, "in step")
        crew.signal("one", signal.SIGTERM)
        crew.wait(lambda: crew.is_dead("one"), "the end")
        crew.mark_all()
    crew.steer(f"poison-{kind}", record)

    def parked() -> list[Parked]:
        # An order that was in hand when the process died is in no ERP any more: the next process
        # has a world of its own, and says so.
        return [one for one in crew.store._read(list_parked) if one.code != "order.sale_gone"]

    for _ in range(8):
        crew.start("one")
        crew.wait(lambda: crew.is_dead("one") or bool(parked()), "parked or dead")
        if not crew.is_dead("one"):
            break
    assert crew.log().count(f"one dies of {kind}") == 5
    [found] = parked()
    assert found.code == "process.ended"
    if kind == "order":
        assert found.key == record

        def rest_done() -> bool:
            others = [r.state for r in crew.store._read(list_orders) if r.order_id != record]
            return len(others) == ORDERS_PLACED - 1 and set(others) <= {"imported", "parked"}

        crew.wait(rest_done, "the other orders")
    else:
        crew.wait(crew.in_step, "the rest in step")
    assert not crew.is_dead("one")
