"""The demo's shop from outside: built once, installed whole, started again, ended without rest."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from panstore.demo import catalogue
from panstore.demo import shop as demo_shop
from tests.companions.oscar.client import ShopClient
from tests.companions.oscar.conftest import RunningShop, cache_directory, free_port

pytestmark = pytest.mark.real


def _start(build: demo_shop.ShopBuild, directory: Path, port: int) -> int:
    """Start, use once, end; gives the id of the process group."""
    process = build.start(
        directory, port=port, webhook_url=None, webhook_secret=None, api_token="own"
    )
    try:
        demo_shop.wait_ready(port, 30, process)
        assert ShopClient(f"http://127.0.0.1:{port}", "own").get("/panstore/v1/ping")["shop"]
    finally:
        demo_shop.stop(process)
    return process.pid


def _alive_in_group(group: int) -> list[int]:
    alive = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                alive.append(int(entry.name))
    return alive


def test_a_prepared_shop_comes_from_the_cache(shop_build: demo_shop.ShopBuild) -> None:
    said: list[str] = []
    assert demo_shop.prepare(cache_directory(), said.append) == shop_build
    assert said == []


def test_a_killed_build_is_cleared_away(shop_build: demo_shop.ShopBuild, tmp_path: Path) -> None:
    """What a build that was killed left in the cache neither counts as a build nor stays."""
    build = shop_build.data.parent
    left_over = tmp_path / f".{build.name}.99999"
    left_over.mkdir()
    environment = shop_build.python.parents[1]
    # The environment is taken over ready; only the shop is built, which takes seconds.
    (tmp_path / environment.name).symlink_to(environment)
    said: list[str] = []
    built = demo_shop.prepare(tmp_path, said.append)
    assert built.data.parent == tmp_path / build.name
    assert (built.data / "shop.sqlite3").stat().st_size > 100_000
    assert not left_over.exists()
    assert len(said) == 1


def test_it_starts_again_on_what_it_has_and_ends_without_rest(
    shop_build: demo_shop.ShopBuild, tmp_path: Path
) -> None:
    directory = tmp_path / "shop"
    shop_build.install(directory)
    first = _start(shop_build, directory, free_port())
    marker = directory / "media" / "kept.txt"
    marker.write_text("kept")
    shop_build.install(directory)  # leaves a shop that is there alone
    second = _start(shop_build, directory, free_port())
    assert marker.exists()
    assert _alive_in_group(first) == []
    assert _alive_in_group(second) == []
    assert (directory / "logs" / "shop.log").exists()


def test_it_starts_after_a_kill(shop_build: demo_shop.ShopBuild, tmp_path: Path) -> None:
    directory = tmp_path / "shop"
    shop_build.install(directory)
    port = free_port()
    killed = shop_build.start(
        directory, port=port, webhook_url=None, webhook_secret=None, api_token="own"
    )
    demo_shop.wait_ready(port, 30, killed)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait(10)
    _start(shop_build, directory, port)
    assert _alive_in_group(killed.pid) == []


def test_a_taken_port_is_said_at_once(shop: RunningShop, tmp_path: Path) -> None:
    directory = tmp_path / "shop"
    shop.build.install(directory)
    port = int(shop.url.rpartition(":")[2])
    process = shop.build.start(
        directory, port=port, webhook_url=None, webhook_secret=None, api_token="own"
    )
    try:
        until = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        with pytest.raises(demo_shop.ShopError, match="port taken"):
            demo_shop.wait_ready(port, 5, process)
    finally:
        demo_shop.stop(process)


def test_facts_are_what_a_program_needs(shop: RunningShop) -> None:
    facts = demo_shop.facts(shop.directory)
    assert (facts["connector"], facts["url"], facts["api_token"]) == (
        "oscar",
        shop.url,
        shop.api.token,
    )
    assert set(facts["admin"]) == {"user", "password"}
    assert [customer["email"] for customer in facts["customers"]] == [
        customer.email for customer in catalogue.customers()
    ]
    assert any(customer["contract"] for customer in facts["customers"])
    assert (shop.directory / "shop.json").stat().st_mode & 0o077 == 0
    assert os.environ.get("PANSTORE_API_TOKEN") is None  # settings go to the shop's process only
