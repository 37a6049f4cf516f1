"""How a connector makes itself known: one object at an entry point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from panstore.model.ids import ConnectionId
from panstore.sdk.roles import Connector

__all__ = ["ConnectorKind", "ConnectorSpec", "Settings"]


class Settings(BaseModel):
    """Base of all settings: unknown keys stop the start, values never change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


ConnectorKind = Literal["shop", "erp", "printer", "mail", "sms"]
"""`printer`: makes pages of documents; `mail`, `sms`: hand messages for the buyer over."""

S = TypeVar("S", bound=Settings)


class ConnectorSpec(Generic[S]):
    """What `panstore.connectors` entry points hold.

    Attributes:
        id: word used as `connector = "..."` in `panstore.toml`, and the folder's name.
        kind: which place on a route it can take.
        settings: shape of the connection's settings; secrets are `pydantic.SecretStr`.
        open: makes a connector; does no I/O.
    """

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - the field's standard word
        title: str,
        kind: ConnectorKind,
        settings: type[S],
        open: Callable[[ConnectionId, S], Connector],  # noqa: A002 - as above
    ) -> None:
        self.id = id
        self.title = title
        self.kind = kind
        self.settings = settings
        self.open = open
