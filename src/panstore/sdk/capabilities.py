"""What a system can do, declared by its connector; modules ask for this, never for a name."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Capabilities"]


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """Declared traits of one connection.

    Attributes:
        read_batch: most ids in one reading call.
        stock_batch: most items in one stock write; 0 if it cannot write stock.
        price_batch: most items in one price write; 0 if it cannot write prices.
        fractional_stock: whether it takes parts of a sales unit.
        stock_digits: decimal places of a stored quantity; counts only with `fractional_stock`.
        guarded_stock: whether a stock write carries a watermark of orders and is applied under
            a row lock, so that an order placed meanwhile cannot be undone by it.
        stock_window: where `guarded_stock` is False, in words, the window that is left.
        prices_include_tax: whether its stored prices are gross.
        price_digits: decimal places a stored price may have.
        dated_prices: whether it can hold a promotional price with first and last day.
        tax_classes: VAT rate in per cent (as text, normalised) -> the system's tax class.
        currency: ISO 4217 code in which it sells; None where the caller chooses.
        keyed_documents: whether a document created twice under one key gives back the first.
        keyed_updates: whether the same order update may be sent twice without harm.
        tax_rounding: whether VAT is rounded per line or once per rate on the document.
        document_digits: decimal places of a unit price on a document.
        document_rounding: what happens to half a cent on a document.
        tax_base: whether VAT is taken from the rounded net of a line (`line`) or from quantity
            times unit price before it is rounded (`exact`).
        tax_by_sign: whether, with `tax_rounding` document, lines below zero (discounts) are
            summed and rounded apart from the others of the same rate.
            Tryton 8.2 (account/tax.py `_get_taxes`, currency.py `round`): half_even, exact, True.
        product_batch: most products in one write; 0 if it cannot write products.
        product_fields: names of the fields of products and variants that can be written to it.
        html_text: whether its descriptions are HTML.
        name_length: most characters of a product's name, None for no bound that matters.
        weight_digits: decimal places of a weight in kilograms.
        compares_versions: whether a product write is refused where the product has changed since
            it was read, under a lock, so that no edit is lost.
        remakes_variants: whether an article that was single gets a new id when it becomes one of
            several variants; its link follows by its code.
        contract_batch: most prices under an agreement in one question; 0 if it has no agreements.
        tiers_batch: most variants in one write of stored contract prices; 0 if it asks for them.
        signed_headers: whether number and time of a message are part of its signature. Where they
            are not an old message is not refused: it only makes us look once more.
        document_links: whether a buyer sees in his order in the shop the links to its documents.
        product_window: where `compares_versions` is False, in words, the window that is left.
    """

    read_batch: int = 100
    stock_batch: int = 0
    price_batch: int = 0
    fractional_stock: bool = False
    stock_digits: int = 3
    guarded_stock: bool = False
    stock_window: str = ""
    prices_include_tax: bool = False
    price_digits: int = 2
    dated_prices: bool = False
    tax_classes: dict[str, str] = {}
    currency: str | None = None
    keyed_documents: bool = False
    keyed_updates: bool = False
    tax_rounding: Literal["line", "document"] = "document"
    document_digits: int = 4
    document_rounding: Literal["half_up", "half_even"] = "half_up"
    tax_base: Literal["line", "exact"] = "line"
    tax_by_sign: bool = False
    product_batch: int = 0
    product_fields: frozenset[str] = frozenset()
    html_text: bool = False
    name_length: int | None = None
    weight_digits: int = 3
    compares_versions: bool = False
    remakes_variants: bool = False
    contract_batch: int = 0
    tiers_batch: int = 0
    signed_headers: bool = True
    product_window: str = ""
    document_links: bool = False
