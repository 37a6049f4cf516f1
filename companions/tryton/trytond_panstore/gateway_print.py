"""Tryton's own page of what it has issued, as a person who presses *Print* would have it."""

import shlex
import shutil
from types import SimpleNamespace

from trytond import config
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.gateway_document import issued
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC

_REPORTS = {
    "invoice": "account.invoice",
    "credit_note": "account.invoice",
    "delivery_note": "stock.shipment.out.delivery_note",
}
_PDF = "pdf"


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # Tryton keeps the page of an invoice when it is first printed.
        cls.__rpc__.update(print_document=RPC(readonly=False))

    @classmethod
    @for_panstore
    def print_document(cls, order_key, kind, record):
        """Print an invoice, a credit note or a delivery note of a sale by Tryton's own report.

        Args:
            order_key, kind, record: as for `document`.

        Returns:
            {"name" (of the file), "content" (a PDF)}. It speaks the language that Tryton's report
            takes, as a rule the party's.

        Raises:
            GatewayError: as for `document`, and no_print where this server makes no PDFs: it has
                no LibreOffice, or LibreOffice has failed.
        """
        paper = issued(order_key, kind, record)
        return _page(_REPORTS[kind], paper)


def _page(name, record):
    Report = Pool().get(name, type="report")
    form, content, _, title = Report.execute([record.id], {"model": record.__name__})
    if form != _PDF:
        _need_converter()
        report = SimpleNamespace(template_extension=form, extension=_PDF, report_name=name)
        form, content = Report.convert(report, content)
    if form != _PDF:
        raise GatewayError(
            "no_print",
            f"the report {name} did not become a PDF; the log of Tryton's server says why",
        )
    return {"name": f"{title}.{form}", "content": bytes(content)}


def _need_converter():
    """What Tryton converts by; without it Tryton tries for long and gives the source."""
    command = config.get("report", "convert_command", default="soffice")
    program = shlex.split(command)[0]
    if shutil.which(program) is None:
        raise GatewayError(
            "no_print",
            f"Tryton's server has no program {program!r}, so it makes no PDFs; install LibreOffice "
            "there, or let a connection of kind printer make the pages",
        )
