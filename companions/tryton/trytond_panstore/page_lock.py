"""One at a time for each product."""

from sql.functions import CurrentTimestamp
from trytond.modules.panstore.access import GatewayError
from trytond.pool import Pool
from trytond.transaction import Transaction


def locked_template(id_):
    """The template, which nobody else writes by PanStore's calls until the transaction ends.

    Its row is changed and not only locked: on PostgreSQL the next one that waits for it then
    begins anew, with what this transaction has made of the variants.

    Raises:
        GatewayError: unknown_product.
    """
    Template = Pool().get("product.template")
    table = Template.__table__()
    Transaction().connection.cursor().execute(
        *table.update([table.write_date], [CurrentTimestamp()], where=table.id == id_)
    )
    with Transaction().set_context(active_test=False):
        found = Template.search([("id", "=", id_)])
    if not found:
        raise GatewayError("unknown_product", f"there is no product {id_} in the ERP any more")
    return found[0]
