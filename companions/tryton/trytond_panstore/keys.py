"""PanStore's own key on every document it creates, so that creating twice is impossible."""

from trytond.model import Unique, fields
from trytond.pool import PoolMeta


class Keyed:
    """Mixin: a key that is unique among the records that have one, and is never copied."""

    panstore_key = fields.Char(
        "PanStore Key",
        readonly=True,
        strip=False,
        help="Connection, external id, purpose and revision of the document this record is for.",
    )

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append((
            "panstore_key_unique",
            Unique(table, table.panstore_key),
            "panstore.msg_key_unique",
        ))

    @classmethod
    def copy(cls, records, default=None):
        default = {} if default is None else default.copy()
        default.setdefault("panstore_key", None)
        return super().copy(records, default=default)


class Party(Keyed, metaclass=PoolMeta):
    __name__ = "party.party"


class Sale(Keyed, metaclass=PoolMeta):
    __name__ = "sale.sale"


class ShipmentOut(Keyed, metaclass=PoolMeta):
    __name__ = "stock.shipment.out"


class ShipmentOutReturn(Keyed, metaclass=PoolMeta):
    __name__ = "stock.shipment.out.return"


class Invoice(Keyed, metaclass=PoolMeta):
    __name__ = "account.invoice"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # An invoice a person has posted may still be given the key of the order it is for.
        cls._check_modify_exclude = cls._check_modify_exclude | {"panstore_key"}
