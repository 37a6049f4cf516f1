"""`panstore run`: the product itself."""

from __future__ import annotations

from panstore.cli.host import GivenDesk

__all__ = ["run"]


def run(*, desk: GivenDesk) -> int:
    """Keep everything in step until told to end."""
    return desk.host.run(desk.config)
