"""The `panstore` command."""

from __future__ import annotations

from panstore.app.host import AppHost
from panstore.cli.app import build_app

__all__ = ["main"]


def main() -> None:
    """Entry point."""
    build_app(AppHost())()
