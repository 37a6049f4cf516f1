"""`panstore demo`: the whole product with an ERP and a shop of its own."""

from __future__ import annotations

from pathlib import Path

from panstore.cli.host import Flag, GivenDesk

__all__ = ["demo"]


def demo(
    *,
    dir: Path = Path(".demo"),  # noqa: A002 - the option's word
    headless: Flag = False,
    desk: GivenDesk,
) -> int:
    """Start the whole product with an ERP and a shop of its own.

    Args:
        dir: where the demo keeps its files and writes `demo.json`.
        headless: open no browser.
    """
    return desk.host.demo(dir, headless=headless)
