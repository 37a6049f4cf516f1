"""The companion on PostgreSQL: real migrations, row locks, the journal under open transactions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from panstore.demo import shop as demo_shop
from tests.postgres import Cluster

pytestmark = [pytest.mark.real, pytest.mark.postgres]

_SCRIPT = Path(__file__).with_name("postgres_script.py")


def test_locks_and_journal_hold_on_postgresql(
    shop_build: demo_shop.ShopBuild, postgres: Cluster, tmp_path: Path
) -> None:
    """A shop of its own on PostgreSQL runs a script of checks; see `postgres_script.py`."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    driver = tmp_path / "driver"
    install = [uv, "pip", "install", "--quiet", "--target", str(driver)]
    python = ["--python", str(shop_build.python)]
    subprocess.run([*install, *python, "psycopg[binary]>=3.2,<4"], check=True, capture_output=True)
    directory = tmp_path / "shop"
    shop_build.install(directory)
    (directory / "on_postgres.py").write_text(
        "from shop_site.settings import *\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': '127.0.0.1',\n"
        f"    'PORT': {postgres.port}, 'USER': 'panstore',\n"
        f"    'NAME': {postgres.create().rsplit('/', 1)[1]!r}}}}}\n"
    )
    environment = {
        **shop_build.environment(directory),
        "DJANGO_SETTINGS_MODULE": "on_postgres",
    }
    paths = [str(directory), str(driver), environment["PYTHONPATH"]]
    environment["PYTHONPATH"] = os.pathsep.join(paths)

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(shop_build.python), "-W", "ignore", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    run("-m", "django", "migrate", "-v0")
    assert run(str(_SCRIPT)).split() == [
        "journal",
        "stock",
        "race",
        "life",
        "update",
        "lines",
        "products",
        "tiers",
        "memory",
    ]
