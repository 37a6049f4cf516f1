"""Puts failures into words: what happened, to which record, what was done, what to do."""

from __future__ import annotations

import sys

from panstore.cli.host import TROUBLE

__all__ = ["RefusedError", "say", "words"]


class RefusedError(Exception):
    """A command cannot do what was asked.

    Attributes:
        remedy: what the person can do.
        code: exit code.
    """

    def __init__(self, what: str, remedy: str, *, code: int = TROUBLE) -> None:
        super().__init__(what)
        self.remedy = remedy
        self.code = code


def say(what: str, remedy: str) -> None:
    """Print a failure on standard error."""
    sys.stderr.write(f"panstore: {what}\n  What you can do: {remedy}\n")


def words(error: Exception) -> tuple[str, str]:
    """What happened and what to do, for an error no command foresaw."""
    if isinstance(error, RefusedError):
        return str(error), error.remedy
    if isinstance(error, FileNotFoundError):
        return (
            f"the file {error.filename} is not there. Nothing was changed.",
            "make one with `panstore init`, or name another with --config.",
        )
    if isinstance(error, FileExistsError):
        return (
            f"{error.filename or error} is there already. It was left as it is.",
            "name another file with --config, or overwrite this one with --force.",
        )
    return _trade_words(error) or (
        f"something unexpected happened ({type(error).__name__}: {error}). "
        "What was finished before stays; the rest was not done.",
        "run the command again with --debug and send what it shows to the maintainers.",
    )


def _trade_words(error: Exception) -> tuple[str, str] | None:
    # Imported here: a command that succeeds never needs them, and they are slow to import.
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from panstore.model.errors import sentence  # noqa: PLC0415
    from panstore.sdk.errors import (  # noqa: PLC0415
        AuthError,
        ConfigError,
        PanstoreError,
        RemoteError,
    )

    if isinstance(error, ConfigError):
        return (
            f"the settings cannot work. {sentence(error)} Nothing was started.",
            f"mend {error.path} in the settings file, then run `panstore check`.",
        )
    if isinstance(error, AuthError):
        return (
            f"{sentence(error)} Nothing was written.",
            f"renew the credentials of connection {error.connector} in the settings file.",
        )
    if isinstance(error, RemoteError):
        return (
            f"{sentence(error)} The command stopped there.",
            f"see what `panstore check` says of {error.connector}, then try again.",
        )
    if isinstance(error, PanstoreError):
        return sentence(error), "mend what it names, then try again."
    if isinstance(error, SQLAlchemyError):
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return (
            f"the store did not answer ({reason}). Nothing was changed.",
            "see that the database is there, has space and may be written, then try again.",
        )
    return None
