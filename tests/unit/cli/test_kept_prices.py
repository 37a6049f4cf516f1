"""Commands where the shop keeps contract prices: what is offered works, what is not says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from panstore.cli.app import main
from panstore.cli.host import DONE, USAGE, WAITING
from panstore.testing.world import Scene
from tests.engine.approving import AgreementHouse, Partners
from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def keeping(tmp_path: Path) -> ShopHost:
    """A linked account whose prices stand in the shop: 10 % off everything."""
    scene = Scene(tiers_batch=50)
    partners = Partners(scene)
    host = ShopHost(tmp_path, kind=AgreementHouse, scene=scene)
    host.work(House.settle)
    assert main(host, ["contracts", "link", "shop", partners.account, partners.party]) == DONE
    host.work(House.settle)
    return host


def test_sync_looks_at_kept_prices_by_name_and_with_all(keeping: ShopHost, capsys: Capture) -> None:
    tiers = keeping.scene.shop.tiers
    before = dict(tiers.kept)
    assert before
    for words in (["s5"], []):
        tiers.kept.clear()
        capsys.readouterr()
        assert main(keeping, ["sync", *words, "--json"]) in {DONE, WAITING}
        runs = json.loads(capsys.readouterr().out)["full_runs"]
        assert "S5" in {run["module"] for run in runs}
        keeping.work(House.settle)
        assert tiers.kept == before


def test_plan_and_drift_know_nothing_of_kept_prices_and_say_so(
    keeping: ShopHost, capsys: Capture
) -> None:
    for command in ("plan", "drift"):
        assert main(keeping, [command, "S5"]) == USAGE
        assert "S5" in capsys.readouterr().err


def test_status_counts_what_is_kept(keeping: ShopHost, capsys: Capture) -> None:
    capsys.readouterr()
    main(keeping, ["status"])
    assert "1 account linked, 1 agreement kept in the shop" in " ".join(
        capsys.readouterr().out.split()
    )
