"""Rates of currencies: every price in a currency that is not the company's is made with one."""

from trytond.modules.panstore.feed import ChangeFeed
from trytond.pool import PoolMeta


class Rate(ChangeFeed, metaclass=PoolMeta):
    __name__ = "currency.currency.rate"

    @classmethod
    def _change_sources(cls, mode, field_names):
        return ["price lists of rates"]
