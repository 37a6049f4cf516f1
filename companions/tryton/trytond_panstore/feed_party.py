"""Parties and what belongs to them: kind `party`; at what those without a list of their own buy."""

from trytond.modules.panstore.feed import ChangeFeed, ChildFeed
from trytond.pool import PoolMeta


class Party(ChangeFeed, metaclass=PoolMeta):
    __name__ = "party.party"
    _change_kind = "party"


class Address(ChildFeed, metaclass=PoolMeta):
    __name__ = "party.address"
    _change_parent = ("party", "party")


class ContactMechanism(ChildFeed, metaclass=PoolMeta):
    __name__ = "party.contact_mechanism"
    _change_parent = ("party", "party")


class Identifier(ChildFeed, metaclass=PoolMeta):
    __name__ = "party.identifier"
    _change_parent = ("party", "party")


class PriceListOfParty(ChildFeed, metaclass=PoolMeta):
    __name__ = "party.party.sale_price_list"
    _change_parent = ("party", "party")


class DefaultPriceList(ChildFeed, metaclass=PoolMeta):
    """Another default is another agreement for every party without a list of its own."""

    __name__ = "sale.configuration.sale_price_list"
    _change_parent = ("price_list", "sale_price_list")
