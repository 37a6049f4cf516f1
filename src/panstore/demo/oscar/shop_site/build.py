"""`python -m shop_site.build`: makes a shop from nothing in SHOP_DIR and SHOP_STATIC."""

import json
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command


def build() -> None:
    """Tables, goods, index, style sheets, and the thumbnails of the first pages.

    Reads the administrator as a JSON object from standard input.
    """
    django.setup()
    from django.conf import settings  # noqa: PLC0415 - after setup, as Django wants it
    from django.db import connections  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from shop_site.seed import seed  # noqa: PLC0415

    (settings.DATA / "media").mkdir(parents=True, exist_ok=True)
    call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
    seed(json.load(sys.stdin))
    call_command("update_index", remove=False, verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    missing = Path(settings.STATIC_ROOT) / "oscar" / "img" / "image_not_found.jpg"
    if missing.exists():
        (Path(settings.MEDIA_ROOT) / "image_not_found.jpg").write_bytes(missing.read_bytes())
    visitor = Client(SERVER_NAME="127.0.0.1")
    for path in ("/", *(f"/catalogue/?page={number}" for number in range(1, 4))):
        visitor.get(path)
    connections.close_all()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_site.settings")
    build()
