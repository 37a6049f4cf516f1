"""Who buys: parties found, or made once, with their addresses."""

from stdnum.eu import vat as eu_vat
from trytond.modules.panstore.access import GatewayError, for_panstore
from trytond.modules.panstore.retry import by_key, with_key
from trytond.pool import Pool, PoolMeta
from trytond.rpc import RPC
from trytond.transaction import Transaction

FOUND_LIMIT = 5


class Gateway(metaclass=PoolMeta):
    __name__ = "panstore.gateway"

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__rpc__.update(find_parties=RPC())

    @classmethod
    @for_panstore
    def find_parties(cls, criteria):
        """Active parties that match, at most five; upper and lower case and spaces do not matter.

        Args:
            criteria: {"email"} or {"vat"} or {"code"} or {"key"} or {"name", "street",
                "postcode"}.

        Returns:
            A list of {"id", "name", "code", "by"}; `by` names the criterion.
        """
        Party = Pool().get("party.party")
        for by, domain in (
            ("key", _key_domain),
            ("email", _email_domain),
            ("vat", _vat_domain),
            ("code", _code_domain),
            ("name", _address_domain),
        ):
            if criteria.get(by):
                parties = Party.search(domain(criteria), order=[("id", "ASC")])
                break
        else:
            raise GatewayError(
                "illegal_criteria",
                "a party is found by email, vat, code, key, or name with street and postcode",
            )
        if by == "name":
            parties = [party for party in parties if _lives_at(party, criteria)]
        return [
            {"id": party.id, "name": party.name, "code": party.code, "by": by}
            for party in parties[:FOUND_LIMIT]
        ]


def party_of(values):
    """The party an order names by id, or by key and made now if the key is new.

    Returns:
        The party.
    """
    Party = Pool().get("party.party")
    if values.get("id"):
        with Transaction().set_context(active_test=False):
            found = Party.search([("id", "=", values["id"])])
        if not found:
            raise GatewayError("unknown_party", f"there is no party {values['id']} in the ERP")
        return found[0]
    key = values.get("key")
    if not key:
        raise GatewayError("illegal_order", "the order's party has neither an id nor a key")
    known = by_key("party.party", key)
    return known or with_key("party.party", key, lambda: _new_party(values))


def address_of(party, values, *, usage):
    """The address of `party` with this text, made if there is none.

    Args:
        party: the party.
        values: {"name", "street", "postcode", "city", "country" (ISO code)}, each may be absent.
        usage: "invoice" or "delivery".

    Returns:
        The address; None without `values`.
    """
    if not values:
        return None
    Address = Pool().get("party.address")
    wanted = _address_text(values, party)
    for address in Address.search([("party", "=", party.id)], order=[("id", "ASC")]):
        if _normal_address(address, party) == wanted:
            return address
    name = (values.get("name") or "").strip()
    address = Address(
        party=party,
        party_name=name if _normal(name) != _normal(party.name) else None,
        street=(values.get("street") or "").strip() or None,
        postal_code=(values.get("postcode") or "").strip() or None,
        city=(values.get("city") or "").strip() or None,
        country=_country(values.get("country")),
    )
    if usage in Address._fields:
        setattr(address, usage, True)
    address.save()
    return address


def _new_party(values):
    pool = Pool()
    Party = pool.get("party.party")
    mechanisms = [
        {"type": type_, "value": values[name].strip()}
        for name, type_ in (("email", "email"), ("phone", "phone"))
        if values.get(name)
    ]
    vat = _compact(values.get("vat"))
    identifiers = []
    if vat:
        # What a buyer typed may be no valid number; it is kept, but does not count as one.
        identifiers = [{"type": "eu_vat" if eu_vat.is_valid(vat) else None, "code": vat}]
    with Transaction().set_context(active_test=False):
        (party,) = Party.create([
            {
                "name": values.get("name") or values.get("email"),
                "panstore_key": values["key"],
                "addresses": [],
                "contact_mechanisms": [("create", mechanisms)],
                "identifiers": [("create", identifiers)],
            }
        ])
    return party


def _country(code):
    if not code:
        return None
    Country = Pool().get("country.country")
    found = Country.search([("code", "=", code.strip().upper())], limit=1)
    if not found:
        raise GatewayError(
            "unknown_country",
            f"the country {code} is not in the ERP; load it under "
            "Administration, Countries, or with trytond_import_countries",
        )
    return found[0]


def _normal(text):
    """Text to compare: lower case, one space between words, none around."""
    return " ".join((text or "").casefold().split())


def _compact(text):
    """Identifier to compare: upper case, letters and digits only."""
    return "".join(letter for letter in (text or "").upper() if letter.isalnum())


def _address_text(values, party):
    return (
        _normal(values.get("name")) or _normal(party.name),
        _normal(values.get("street")),
        _normal(values.get("postcode")),
        _normal(values.get("city")),
        (values.get("country") or "").strip().upper(),
    )


def _normal_address(address, party):
    return (
        _normal(address.party_name) or _normal(party.name),
        _normal(address.street),
        _normal(address.postal_code),
        _normal(address.city),
        address.country.code if address.country else "",
    )


def _escaped(text):
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _key_domain(criteria):
    return [("panstore_key", "=", criteria["key"])]


def _email_domain(criteria):
    return [
        (
            "contact_mechanisms",
            "where",
            [
                ("type", "=", "email"),
                ("value", "ilike", _escaped("".join(criteria["email"].split()))),
            ],
        )
    ]


def _vat_domain(criteria):
    return [("identifiers.code_compact", "ilike", _escaped(_compact(criteria["vat"])))]


def _code_domain(criteria):
    return [("code", "ilike", _escaped(criteria["code"].strip()))]


def _address_domain(criteria):
    if not criteria.get("postcode"):
        raise GatewayError("illegal_criteria", "a name needs a street and a postcode with it")
    return [("addresses.postal_code", "ilike", _escaped(criteria["postcode"].strip()))]


def _lives_at(party, criteria):
    wanted = (
        _normal(criteria["name"]),
        _normal(criteria.get("street")),
        _normal(criteria["postcode"]),
    )
    return any(
        (_normal(name), _normal(address.street), _normal(address.postal_code)) == wanted
        for address in party.addresses
        for name in (party.name, address.party_name)
        if name
    )
