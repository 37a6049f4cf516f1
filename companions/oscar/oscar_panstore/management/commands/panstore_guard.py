"""`manage.py panstore_guard`: switch the checkout guard while the shop runs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from oscar_panstore import guard
from oscar_panstore.models import Switch


class Command(BaseCommand):
    """Switches the guard on, off, or back to the setting; takes effect with the next checkout."""

    help = "Switch the checkout guard: on, off, or setting (follow PANSTORE_CHECKOUT_GUARD)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The wanted position; none only shows it."""
        parser.add_argument("position", nargs="?", choices=["on", "off", "setting"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Switch and say where it stands."""
        position = options["position"]
        if position == "setting":
            Switch.objects.filter(name=Switch.CHECKOUT_GUARD).delete()
        elif position:
            Switch.objects.update_or_create(
                name=Switch.CHECKOUT_GUARD, defaults={"is_on": position == "on"}
            )
        self.stdout.write(f"checkout guard: {'on' if guard.is_on() else 'off'}")
