"""Brings a store up to date; every revision belongs to the before- or the after-deploy part.

`before` revisions are harmless to the code that still runs; `after` revisions need the new code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["migrate", "pending"]

Part = Literal["before", "all"]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "panstore.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


def migrate(connection: sa.Connection, part: Part = "all") -> None:
    """Run the revisions that are missing, in the caller's transaction.

    Args:
        part: `before` stops in front of the first after-deploy revision.
    """
    config = _config()
    config.attributes["connection"] = connection
    target = "head"
    if part == "before":
        target = _last_before(connection)
    command.upgrade(config, target)


def pending(connection: sa.Connection) -> list[str]:
    """Revisions that are missing, oldest first."""
    script = ScriptDirectory.from_config(_config())
    present = MigrationContext.configure(connection).get_current_revision()
    missing = [r.revision for r in script.iterate_revisions("head", present or "base")]
    return [r for r in reversed(missing) if r != present]


def _last_before(connection: sa.Connection) -> str:
    last = MigrationContext.configure(connection).get_current_revision() or "base"
    for revision in pending(connection):
        if revision.endswith("_after"):
            break
        last = revision
    return last
