"""The printer as PanStore sees it: it makes pages of documents."""

from __future__ import annotations

from importlib.metadata import version

from panstore.connectors.typst.config import KINDS, TypstSettings
from panstore.connectors.typst.map.sample import samples
from panstore.connectors.typst.map.words import WORDS
from panstore.connectors.typst.process import PageProcess
from panstore.model.document import Document, Language
from panstore.model.ids import ConnectionId
from panstore.sdk import Capabilities, ConnectorSpec, Report
from panstore.sdk.document_roles import Page
from panstore.sdk.errors import RejectedError

__all__ = ["TypstConnector", "connector"]


class TypstConnector:
    """Plays `RenderDocuments` in a process of its own; nothing is called outside."""

    def __init__(self, id: ConnectionId, settings: TypstSettings) -> None:  # noqa: A002 - the role's word
        self._id = id
        self._settings = settings
        self._process = PageProcess(id, settings)

    @property
    def id(self) -> ConnectionId:
        return self._id

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    async def start(self) -> None:
        """Nothing: the process begins with the first page."""

    async def check(self) -> Report:
        """Makes a page of each kind and language, and keeps none."""
        own = [kind for kind in KINDS if self._settings.own_template(kind) is not None]
        facts = {
            "typesetter": f"typst {version('typst')}",
            "own templates": ", ".join(own) or "none",
            "e-invoice": "inside (EN 16931)" if self._settings.e_invoice else "none",
        }
        problems: dict[str, None] = {}
        for document in samples():
            for language in WORDS:
                try:
                    page = await self.render(document, language)
                except RejectedError as error:
                    problems[error.what] = None
                    continue
                if page.problem:
                    problems[page.problem] = None
        return Report(facts, tuple(problems))

    async def close(self) -> None:
        """Ends the process that makes pages."""
        await self._process.close()

    async def render(self, document: Document, language: Language) -> Page:
        return await self._process.make(document, language)

    def __repr__(self) -> str:
        return f"TypstConnector({self._id})"


connector = ConnectorSpec(
    id="typst",
    title="Pages (PDF, typst)",
    kind="printer",
    settings=TypstSettings,
    open=TypstConnector,
)
