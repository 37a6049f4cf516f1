"""Puts the commands together; each is imported only when it is called."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from panstore.cli.failures import RefusedError, say, words
from panstore.cli.host import DONE, TROUBLE, USAGE, Desk, Flag, Host
from panstore.cli.texts import ABOUT, COMMANDS, GROUPS, MEANT

__all__ = ["build_app", "main"]

_INTERRUPTED = 130


def build_app(host: Host) -> App:
    """The command line as one object; calling it ends the process with the exit code.

    Args:
        host: does what only the composition root can do.
    """
    app = App(
        name="panstore",
        help=ABOUT,
        version=lambda: version("panstore"),
        help_format="plaintext",
        default_parameter=Parameter(negative=()),
        result_action="sys_exit",
        error_console=Console(stderr=True),
    )
    for name, about in COMMANDS.items():
        app.command(f"panstore.cli.{name}:{name}", name=name, help=about)
    for name, (about, parts) in GROUPS.items():
        group = App(name=name, help=about)
        for part, part_about in parts.items():
            group.command(f"panstore.cli.{name}:{part}_{name}", name=part, help=part_about)
        app.command(group)

    @app.meta.default
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[Path, Parameter(env_var="PANSTORE_CONFIG")] = Path("panstore.toml"),
        debug: Flag = False,
    ) -> int:
        """Run a command.

        Args:
            config: the settings file.
            debug: show where in the code an error arose.
        """
        try:
            command, bound, given = app.parse_args(
                _whole(tokens), exit_on_error=False, print_error=False
            )
            extra: dict[str, Any] = {name: Desk(host, config) for name in given}
            code = command(*bound.args, **bound.kwargs, **extra)
        except CycloptsError as error:
            return _misunderstood(error)
        except KeyboardInterrupt:
            return _INTERRUPTED
        except Exception as error:  # noqa: BLE001 - the last place: people get words, not traces
            if debug:
                traceback.print_exception(error)
            say(*words(error))
            return error.code if isinstance(error, RefusedError) else TROUBLE
        return code if isinstance(code, int) else DONE

    return app.meta


def main(host: Host, tokens: Sequence[str] | None = None) -> int:
    """Run the command line once; the exit code.

    Args:
        tokens: what stands after `panstore`; those of this process if None.
    """
    app = build_app(host)
    try:
        code = app(
            sys.argv[1:] if tokens is None else list(tokens),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except CycloptsError as error:
        return _misunderstood(error)
    return code if isinstance(code, int) else DONE


def _whole(tokens: Sequence[str]) -> list[str]:
    """What was typed, with the part of a group that is meant where none is named."""
    group, options = tokens[:1], tokens[1:]
    named = any(not one.startswith("-") for one in options[:1])
    if not group or group[0] not in MEANT or named or {"--help", "-h"} & set(options):
        return list(tokens)
    return [group[0], MEANT[group[0]], *options]


def _misunderstood(error: CycloptsError) -> int:
    what = " ".join(str(error).split())
    say(f"{what} Nothing was done.", "`panstore --help` lists what can be asked.")
    return USAGE
