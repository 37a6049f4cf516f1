"""Parties and what belongs to them: kind `party`."""

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
