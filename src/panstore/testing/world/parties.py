"""The buyers a simulated ERP knows."""

from __future__ import annotations

from dataclasses import dataclass

from panstore.model.customer import Address, FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId
from panstore.model.sale import NewCustomer

__all__ = ["Parties", "Party"]

_MOST_ANSWERS = 5


@dataclass(slots=True)
class Party:
    """A buyer; empty strings where nothing is known."""

    id: ExternalId
    name: str
    email: str = ""
    vat_id: str = ""
    code: str = ""
    key: str = ""
    street: str = ""
    postcode: str = ""
    active: bool = True


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


class Parties:
    """Parties by id, found by the criteria of the order role.

    Args:
        keyed: whether a party created twice under one key is one party.
    """

    def __init__(self, *, keyed: bool) -> None:
        self._keyed = keyed
        self._parties: dict[ExternalId, Party] = {}
        self._by_key: dict[str, Party] = {}
        self._by_email: dict[str, list[Party]] = {}

    def add(
        self,
        name: str,
        *,
        email: str = "",
        vat_id: str = "",
        code: str = "",
        key: str = "",
        address: Address | None = None,
    ) -> Party:
        """Create a party."""
        street = address.street if address else ""
        postcode = address.postcode if address else ""
        id_ = ExternalId(f"P{len(self._parties) + 1}")
        party = Party(id_, name, email, vat_id, code, key, street, postcode)
        self._parties[id_] = party
        self._by_email.setdefault(_plain(email), []).append(party)
        if key:
            self._by_key.setdefault(key, party)
        return party

    def get(self, id_: ExternalId) -> Party | None:
        """The party, or None."""
        return self._parties.get(id_)

    def get_or_add(self, new: NewCustomer, address: Address | None) -> Party:
        """The party of that key, created if it is the first time."""
        if self._keyed and (found := self._by_key.get(new.key)) is not None:
            return found
        customer = new.customer
        return self.add(
            customer.company or customer.name,
            email=customer.email,
            vat_id=customer.vat_id,
            code=new.generic_code,
            key=new.key,
            address=address,
        )

    def find(self, criterion: MatchCriterion) -> list[FoundCustomer]:
        """Active parties that answer, at most 5."""
        value = _plain(criterion.value)
        candidates = (
            self._by_email.get(value, [])
            if criterion.by == "email"
            else list(self._parties.values())
        )
        found = [party for party in candidates if party.active and _answers(party, criterion)]
        return [FoundCustomer(party.id, party.name) for party in found[:_MOST_ANSWERS]]

    def __len__(self) -> int:
        return len(self._parties)


def _answers(party: Party, criterion: MatchCriterion) -> bool:
    match criterion.by:
        case "email":
            return bool(criterion.value) and _plain(party.email) == _plain(criterion.value)
        case "vat":
            return bool(criterion.value) and _plain(party.vat_id) == _plain(criterion.value)
        case "generic":
            return bool(criterion.value) and party.code == criterion.value
        case "address":
            return bool(criterion.name) and (
                (_plain(party.name), _plain(party.street), _plain(party.postcode))
                == (
                    _plain(criterion.name),
                    _plain(criterion.street),
                    _plain(criterion.postcode),
                )
            )
