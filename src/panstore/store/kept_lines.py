"""What is kept of a sale's lines, which is for ever: no words that a buyer or a person wrote."""

from __future__ import annotations

import msgspec

from panstore.model.sale import Booked, BookedLine

__all__ = ["kept_lines"]


def kept_lines(detail: str) -> str:
    """The detail of a fact or an intent; where it is what a sale was made from, without notes.

    Goods keep the first line of their description, the article's name; the note below it travels
    to the ERP only. The name of an amount without goods may be the reason of a refund, which is
    free text, so none is kept.
    """
    if not detail.startswith('{"lines":'):
        return detail
    booked = msgspec.json.decode(detail, type=Booked)
    lines = tuple(_kept(line) for line in booked.lines)
    return msgspec.json.encode(msgspec.structs.replace(booked, lines=lines)).decode()


def _kept(line: BookedLine) -> BookedLine:
    name = line.description.partition("\n")[0] if line.kind == "goods" else ""
    return msgspec.structs.replace(line, description=name)
