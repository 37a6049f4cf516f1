"""`panstore init`: a settings file to start from."""

from __future__ import annotations

from panstore.cli.host import DONE, Flag, GivenDesk
from panstore.cli.output import line

__all__ = ["init"]


def init(*, force: Flag = False, desk: GivenDesk) -> int:
    """Write a commented settings file to start from.

    Args:
        force: overwrite a file that is there.
    """
    desk.host.init(desk.config, force=force)
    line(f"Wrote {desk.config}. Fill in the connections, then run `panstore check`.")
    return DONE
