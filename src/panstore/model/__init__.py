"""Nouns of the trade: pure, frozen values without I/O, clock or floats.

Every other part of PanStore speaks in these words; `docs/glossary.md` defines them.
"""
