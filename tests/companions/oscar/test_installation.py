"""The companion as somebody else's shop gets it: migrations, checks, seams, the built package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real

_COMPANION = Path(__file__).parents[3] / "companions" / "oscar"


def test_djangos_and_our_checks_pass(shop: RunningShop) -> None:
    assert "no issues" in shop.manage("check")


def test_a_shop_whose_pages_cannot_say_what_they_showed_is_told(
    shop: RunningShop, tmp_path: Path
) -> None:
    """An app that stands behind Oscar's has templates that nobody finds."""
    (tmp_path / "behind.py").write_text(
        "from shop_site.settings import *\n"
        "INSTALLED_APPS.append(INSTALLED_APPS.pop(INSTALLED_APPS.index('oscar_panstore')))\n"
        "PANSTORE_CONTRACT_SOURCE = 'stored'\n"
    )
    environment = shop.build.environment(shop.directory)
    environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{environment['PYTHONPATH']}"
    done = subprocess.run(
        [str(shop.build.python), "-m", "django", "check"],
        env=environment | {"DJANGO_SETTINGS_MODULE": "behind"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "oscar_panstore.W005" in done.stderr
    assert "before Oscar's apps" in done.stderr


def test_migrations_say_what_the_models_say(shop: RunningShop) -> None:
    assert "No changes" in shop.manage("makemigrations", "--check", "--dry-run", "oscar_panstore")


def test_real_migrations_give_tables_counter_and_triggers(
    shop: RunningShop, tmp_path: Path
) -> None:
    """A fresh database by the real migrations; putting the triggers in place again is harmless."""
    fresh = tmp_path / "migrated"
    shop.build.install(fresh)
    (fresh / "shop.sqlite3").unlink()
    shop.build.manage(fresh, "migrate", "-v0")
    found = shop.build.manage(fresh, "shell", "-v0", "-c", _TRIGGERS)
    # A counter of orders and one of products, with the triggers of both.
    assert found.split() == ["2", "58"]


_TRIGGERS = """
from django.db import connection
from oscar_panstore import triggers
from oscar_panstore.models import JournalPosition
triggers.install("default")
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
    print(JournalPosition.objects.count(), cursor.fetchone()[0])
"""


def test_orders_from_before_the_installation_are_entered_once(
    shop: RunningShop, product: Callable[..., int], tmp_path: Path
) -> None:
    one = product()
    for _ in range(2):
        shop.visitor().buy(one)
    copy = tmp_path / "older"
    shutil.copytree(shop.directory, copy)
    found = shop.build.manage(copy, "shell", "-v0", "-c", _AS_IF_NEW)
    orders, entries, position, again = found.split()
    assert int(orders) >= 2
    assert entries == orders == position == again


_AS_IF_NEW = """
from oscar.core.loading import get_model
from oscar_panstore import journal, triggers
from oscar_panstore.models import JournalEntry, JournalPosition
JournalEntry.objects.all().delete()
JournalPosition.objects.all().delete()
triggers.install("default")
print(get_model("order", "Order").objects.count(), JournalEntry.objects.count(), journal.position())
triggers.install("default")
print(JournalEntry.objects.count())
"""


def test_prices_ask_for_the_buyer_when_they_are_needed_not_before(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    """With a Basic login the buyer is known only after the middleware made the strategy."""
    one = product(price="10.00")
    found = shop.manage("shell", "-v0", "-c", _LATE_BUYER.format(product=one))
    assert found.split() == ["10.00", "7.25", "7.25", "10.00"]


_LATE_BUYER = """
import base64
from decimal import Decimal
from django.test import Client
from oscar_panstore import strategy

def for_ana(self, product, stockrecord):
    if self.user is not None and self.user.email == "ana.kovac@example.com":
        return Decimal("7.25")
    return stockrecord.price if stockrecord else None

strategy.NetPrices.net_price = for_ana
login = base64.b64encode(b"ana.kovac@example.com:vrtnica-Ana-1").decode()
ana, nobody = {{"HTTP_AUTHORIZATION": "Basic " + login}}, {{}}
for headers in (nobody, ana):
    client = Client(SERVER_NAME="127.0.0.1")
    print(client.get("/api/products/{product}/price/", **headers).json()["excl_tax"])
for headers in (ana, nobody):
    client = Client(SERVER_NAME="127.0.0.1")
    added = client.post(
        "/api/basket/add-product/",
        {{"url": "http://127.0.0.1/api/products/{product}/", "quantity": 1}},
        content_type="application/json",
        **headers,
    )
    print(added.json()["total_excl_tax"])
"""


def test_the_package_builds_and_holds_everything(tmp_path: Path) -> None:
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    build = [uv, "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(_COMPANION)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("django_oscar_panstore-*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
    sources = {
        str(path.relative_to(_COMPANION)) for path in (_COMPANION / "oscar_panstore").rglob("*.py")
    }
    assert sources <= names
    assert "oscar_panstore/migrations/0001_initial.py" in names
