"""The process that makes pages: documents come in, pages go out, one at a time.

It ends when nobody can ask it any more. Nothing of a document is on its command line or in what
it says.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import traceback
from pathlib import Path
from typing import BinaryIO

import msgspec

from panstore.connectors.typst.config import TypstSettings
from panstore.connectors.typst.frames import (
    Answer,
    Failed,
    Job,
    Made,
    Opening,
    Ready,
    Refused,
    frame,
    take,
)
from panstore.connectors.typst.maker import PageMaker
from panstore.sdk.errors import RejectedError

__all__ = ["main"]

_BEHIND = 10
"""Steps behind orders and stock, where the machine has not enough processors for both."""


def main() -> None:
    """Serve until the other side is gone."""
    os.nice(_BEHIND)
    faulthandler.enable()
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # A library that prints must not write into our answers.
    os.dup2(2, 1)
    first = take(source)
    if first is None:
        return
    opening = msgspec.msgpack.decode(first, type=Opening)
    settings = TypstSettings.model_validate_json(opening.settings)
    maker = PageMaker(opening.connection, settings)
    try:
        _put(target, Ready())
        while (body := take(source)) is not None:
            # Ends the process by the kernel's hand, even where a library is stuck.
            signal.alarm(opening.longest_s)
            _put(target, _answer(maker, body))
            signal.alarm(0)
    except BrokenPipeError:
        # Nobody waits for the page any more, nor would anybody read what happened.
        os._exit(0)


def _answer(maker: PageMaker, body: bytes) -> Answer:
    try:
        job = msgspec.msgpack.decode(body, type=Job)
        return Made(maker.make(job.document, job.language))
    except RejectedError as error:
        return Refused(error.code, error.what)
    except Exception as error:  # noqa: BLE001 - told to the other side, which says what is done
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Failed(f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}")


def _put(target: BinaryIO, answer: Answer) -> None:
    target.write(frame(answer))
    target.flush()


if __name__ == "__main__":
    main()
