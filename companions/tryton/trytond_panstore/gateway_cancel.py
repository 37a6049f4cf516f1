"""A sale that will not be delivered: closed in one transaction, with all that hangs on it."""

from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.folder_invoices import standing
from trytond.modules.panstore.folder_moves import OUT, RETURN
from trytond.modules.panstore.folders import folder
from trytond.modules.panstore.gateway_order import locked_sale
from trytond.modules.panstore.gateway_reserve import own_parcels
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC

_NOT_BOUND = ("draft", "quotation")
_UNPACKED = ("draft", "waiting", "assigned")
_DRAFTS = ("draft", "validated")


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(cancel_order=RPC(readonly=False))

    @classmethod
    @for_panstore
    def cancel_order(cls, order_key):
        """Cancel a sale: reservations, parcels and draft invoices go with it, or nothing happens.

        Tryton's own people can cancel a quotation only. A sale that is processed has to be wound
        up by hand: cancel each shipment, cancel the invoice, answer both exceptions. This does the
        same at once, and gives the sale the state *cancelled*, in which Tryton never processes it
        again, promises nothing for it and leaves it out of its statistics.

        A sale that is cancelled already is given back as it is. Its id in the web shop is marked
        with the sale's number, so that another sale can take it.

        Returns:
            The sale as it stands, see `folders`.

        Raises:
            GatewayError: nothing was changed. Codes: unknown_order; order_shipped, something is
                picked, packed or has left; order_invoiced, an issued invoice was not credited;
                refused.
        """
        sale = locked_sale(order_key)
        found = folder(sale, repeated=False)
        if sale.state == "cancelled":
            return found | {"repeated": True}
        _check_shipments(sale, found)
        _check_invoices(sale, found)
        _check_payments(sale)
        if sale.state in _NOT_BOUND:
            type(sale).cancel([sale])
        else:
            _wind_up(sale)
        _free_web_id(sale)
        return folder(sale, repeated=False)


def _check_shipments(sale, found):
    gone = [one["number"] or str(one["id"]) for one in found["shipments"] if _is_out(one)]
    if gone or any(row["shipped"] for row in found["goods"]):
        parcels = f" ({', '.join(gone)})" if gone else ""
        raise GatewayError(
            "order_shipped",
            f"goods of sale {sale.rec_name} are packed or have left{parcels}; nothing was changed. "
            "Unpack or return them first",
        )


def _is_out(parcel):
    return parcel["state"] in {"packed", "shipped"}


def _check_invoices(sale, found):
    issued = [one["number"] or str(one["id"]) for one in standing(found["invoices"])]
    if issued:
        raise GatewayError(
            "order_invoiced",
            f"sale {sale.rec_name} is invoiced ({', '.join(issued)}); nothing was changed. "
            "Credit the invoice first",
        )


def _check_payments(sale):
    """As the ERP's own rule for quotations (module `sale_payment`) says."""
    if any(payment.state != "failed" for payment in getattr(sale, "payments", ())):
        raise GatewayError(
            "refused",
            f"sale {sale.rec_name} has payments in the ERP; nothing was changed. Let them fail or "
            "pay them back first",
        )


def _wind_up(sale):
    pool = Pool()
    Sale = pool.get("sale.sale")
    pool.get(OUT).cancel(own_parcels(sale, _UNPACKED))
    pool.get(RETURN).cancel([parcel for parcel in sale.shipment_returns if parcel.state == "draft"])
    sale = Sale(sale.id)
    _throw_drafts_away(sale)
    _let_moves_stand(sale)
    sale = Sale(sale.id)
    Sale._process_invoice_fulfillment_states([sale])
    # The workflow has no way from a processed sale to here, so that no button leads past the
    # checks above.
    Sale.write([sale], {"state": "cancelled"})
    Sale.log([sale], "transition", "state:cancelled")


def _throw_drafts_away(sale):
    Invoice = Pool().get("account.invoice")
    drafts = [invoice for invoice in sale.invoices if invoice.state in _DRAFTS]
    for invoice in drafts:
        if set(invoice.sales) != {sale}:
            raise GatewayError(
                "refused",
                f"the draft invoice {invoice.rec_name} is for other sales too; nothing was "
                f"changed. Take the lines of sale {sale.rec_name} off it, or cancel it by hand",
            )
    Invoice.cancel(drafts)
    known = {*sale.invoices_ignored, *sale.invoices_recreated}
    thrown = [
        invoice.id
        for invoice in Invoice.browse([i.id for i in sale.invoices])
        if invoice.state == "cancelled" and not invoice.cancel_move and invoice not in known
    ]
    if thrown:
        type(sale).write([sale], {"invoices_ignored": [("add", thrown)]})


def _let_moves_stand(sale):
    Line = Pool().get("sale.line")
    for line in sale.line_lines:
        known = {*line.moves_ignored, *line.moves_recreated}
        cancelled = [m.id for m in line.moves if m.state == "cancelled" and m not in known]
        if cancelled:
            Line.write([line], {"moves_ignored": [("add", cancelled)]})


def _free_web_id(sale):
    """The shop's order may become a sale again, and its id in the web shop is unique."""
    if getattr(sale, "web_id", None):
        type(sale).write([sale], {"web_id": f"{sale.web_id} #{sale.number or sale.id}"})
