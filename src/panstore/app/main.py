"""The `panstore` command."""

from __future__ import annotations

from panstore.app.host import AppHost
from panstore.cli.app import main as run_command

__all__ = ["main"]


def main() -> None:
    """Entry point."""
    raise SystemExit(run_command(AppHost()))
