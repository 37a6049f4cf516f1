"""What every model whose changes reach the outbox has in common."""

from trytond.modules.panstore.changes import CODES, Changes


class ChangeFeed:
    """Mixin: notes created, written and deleted records in the transaction's changes.

    A model says which outbox rows its records stand for by `_change_sources`; a model that is
    itself the subject of a kind sets `_change_kind`, so that its deletions become rows with
    `deleted` set.
    """

    _change_kind = None

    @classmethod
    def _change_sources(cls, mode, field_names):
        """Sources (see `changes`) that `mode` on `field_names` (None: all) concerns."""
        return [cls._change_kind]

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        super().on_modification(mode, records, field_names=field_names)
        if not records:
            return
        changes = Changes.of_transaction()
        ids = [record.id for record in records]
        fields = None if field_names is None else set(field_names)
        for source in cls._change_sources(mode, fields):
            if mode == "delete":
                changes.note_now(source, ids)
            else:
                changes.note(source, ids)
        if mode == "delete" and cls._change_kind:
            _, code = CODES[cls._change_kind]
            changes.note_deleted(
                cls._change_kind, {record.id: getattr(record, code) for record in records}
            )


class ChildFeed(ChangeFeed):
    """Mixin of a model whose records belong to one that is the subject of a kind."""

    # Kind of the parent and the field that points at it.
    _change_parent = None

    @classmethod
    def _change_sources(cls, mode, field_names):
        kind, field = cls._change_parent
        return [(kind, cls.__name__, field)]

    @classmethod
    def on_write(cls, records, values):
        # A record that moves to another parent concerns the old one too.
        callbacks = super().on_write(records, values)
        kind, field = cls._change_parent
        if field in values:
            Changes.of_transaction().note_now(
                (kind, cls.__name__, field), [record.id for record in records]
            )
        return callbacks
