"""People and companies who buy."""

from __future__ import annotations

from typing import Literal

import msgspec

from panstore.model.ids import ExternalId

__all__ = ["Address", "Customer", "FoundCustomer", "MatchBy", "MatchCriterion"]

MatchBy = Literal["vat", "email", "address", "generic"]
"""How a buyer is recognised in the ERP; the order of the modes is policy."""


class Address(msgspec.Struct, frozen=True):
    """A postal address as typed by the buyer; empty strings where nothing was given.

    Attributes:
        country: ISO 3166-1 alpha-2 code.
        phone: as typed, not normalised.
    """

    name: str
    street: str
    postcode: str
    city: str
    country: str
    company: str = ""
    region: str = ""
    phone: str = ""


class Customer(msgspec.Struct, frozen=True):
    """Who ordered.

    Attributes:
        account: the shop's id of the account, None for a guest.
        name: full name of the person.
        email: as typed; compared without regard to case.
        company: company name, empty for a private person.
        vat_id: VAT identification number as typed, empty if none.
    """

    account: ExternalId | None
    name: str
    email: str
    phone: str = ""
    company: str = ""
    vat_id: str = ""


class MatchCriterion(msgspec.Struct, frozen=True):
    """One question to the ERP: who is this?

    Attributes:
        by: mode of matching.
        value: e-mail address, VAT id or the ERP's code of the generic web customer.
        name, street, postcode: only for mode `address`.
    """

    by: MatchBy
    value: str = ""
    name: str = ""
    street: str = ""
    postcode: str = ""


class FoundCustomer(msgspec.Struct, frozen=True):
    """A party of the ERP that answers a criterion."""

    id: ExternalId
    name: str
