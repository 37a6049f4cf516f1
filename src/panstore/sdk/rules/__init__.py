"""Conditions on an order, written in CEL by the shop's owner and checked at the start."""

from panstore.sdk.rules.errors import RuleFailedError, RuleTextError
from panstore.sdk.rules.rule import Part, Rule, Verdict

__all__ = ["Part", "Rule", "RuleFailedError", "RuleTextError", "Verdict"]
