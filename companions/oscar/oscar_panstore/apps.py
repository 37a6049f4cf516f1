"""The Django app."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OscarPanstoreConfig(AppConfig):
    """Connects the companion to the shop once all models are loaded."""

    name = "oscar_panstore"
    verbose_name = "PanStore"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to saves, register the checks, renew the triggers after each migrate."""
        # Imported here: they need the shop's models, which exist only now.
        import_module("oscar_panstore.checks")
        import_module("oscar_panstore.notices").connect()
        import_module("oscar_panstore.languages").connect()
        import_module("oscar_panstore.unconfirmed").connect()
        post_migrate.connect(_renew_triggers, sender=self, dispatch_uid="oscar_panstore")


def _renew_triggers(using: str, **kwargs: Any) -> None:
    import_module("oscar_panstore.triggers").install(using)
