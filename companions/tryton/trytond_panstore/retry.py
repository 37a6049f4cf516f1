"""Two calls with one key at the same time: the loser answers with the winner's result."""

from trytond.model.modelsql import SQLConstraintError
from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError


class KeyTakenError(TransactionError):
    """Somebody else's transaction has just committed our key.

    As a transaction error it makes the dispatcher roll back and run the whole call again. The new
    transaction sees the winner's record, so the call finds the key and gives back that result.
    """


def with_key(model, key, create):
    """Run `create`, which makes the record of `model` with `key`.

    Raises:
        KeyTakenError: the key was committed by another transaction meanwhile.
    """
    try:
        return create()
    except SQLConstraintError as error:
        # This transaction's snapshot is older than the winner's commit, hence a new one.
        with Transaction().new_transaction(readonly=True):
            taken = by_key(model, key) is not None
        if taken:
            raise KeyTakenError from error
        raise


def by_key(model, key):
    """The record of `model` with `key`, active or not, or None."""
    Model = Pool().get(model)
    with Transaction().set_context(active_test=False, _check_access=False):
        records = Model.search([("panstore_key", "=", key)], limit=1)
    return records[0] if records else None
