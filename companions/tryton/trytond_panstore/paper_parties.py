"""Who stands on a paper: the seller with its bank account, the buyer, the receiver.

Each is a dictionary with name, street (may have several lines), postcode, city, country (ISO code);
identifiers: [{"type" as Tryton has it or null, "code"}], the tax identifier first; email, phone,
website; iban, bic; extra: lines to print. Null, or an empty list, where nothing is known.
"""

# Numbers of registers of firms, which Tryton does not count among those of taxes.
_REGISTERS = frozenset({"si_maticna"})


def party_at(party, address, *, identifier=None):
    """A party at one of its addresses, or at none.

    Args:
        identifier: the tax identifier that was booked; the party's own unless given.
    """
    address = address or party.address_get()
    return {
        "name": (address.party_full_name if address else None) or party.full_name,
        "street": address.street if address else None,
        "postcode": address.postal_code if address else None,
        "city": address.city if address else None,
        "country": address.country.code if address and address.country else None,
        "identifiers": _identifiers(party, identifier or party.tax_identifier),
        "email": party.email or None,
        "phone": party.phone or party.mobile or None,
        "website": party.website or None,
        "iban": None,
        "bic": None,
        "extra": [address.attn] if address and getattr(address, "attn", None) else [],
    }


def seller_of(company, *, invoice=None):
    """The company, with the account that its invoice is to be paid on.

    That is the account in the invoice's payment means, else the first one of the company in the
    invoice's currency, else the first one in no certain currency. `extra` is the company's footer.
    """
    party = company.party
    account = _account(company, invoice)
    bank = account.bank if account else None
    return party_at(
        party, party.address_get(), identifier=invoice.tax_identifier if invoice else None
    ) | {
        "iban": account.iban_compact if account else None,
        "bic": bank.bic if bank else None,
        "extra": [line.strip() for line in company.footer_used.splitlines() if line.strip()],
    }


def _account(company, invoice):
    """A record of the module `bank`, or None without it."""
    if not hasattr(company.party, "bank_accounts_used"):
        return None
    agreed = [
        mean.instrument
        for mean in (getattr(invoice, "payment_means", None) or ())
        if getattr(mean.instrument, "__name__", "") == "bank.account"
    ]
    own = [a for a in company.party.bank_accounts_used if not a.currency]
    if invoice:
        own = [a for a in company.party.bank_accounts_used if a.currency == invoice.currency] + own
    return next((account for account in [*agreed, *own] if account.iban_compact), None)


def _identifiers(party, first):
    """Those of firms and of taxes; numbers of persons stand on no paper."""
    types = {*party.tax_identifier_types(), *_REGISTERS}
    ordered = [
        *([first] if first else ()),
        *(i for i in party.identifiers if i != first and i.type in types),
    ]
    return [{"type": i.type or None, "code": i.code_compact or i.code} for i in ordered]
