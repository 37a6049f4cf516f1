"""`manage.py panstore_token`: make, list and revoke API tokens."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oscar_panstore.models import ApiToken
from oscar_panstore.tokens import digest, new_token


class Command(BaseCommand):
    """Makes a token and prints it once; only its hash is kept."""

    help = "Make an API token for PanStore (printed once), list tokens, or revoke one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One name and what to do with it."""
        parser.add_argument("name", nargs="?", help="name of the token, for example: panstore")
        parser.add_argument("--read-only", action="store_true", help="refuse writes (HTTP 403)")
        parser.add_argument("--revoke", action="store_true", help="delete the token of this name")
        parser.add_argument("--list", action="store_true", help="list the names")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if options["list"]:
            for row in ApiToken.objects.order_by("name"):
                kind = "read only" if row.read_only else "read and write"
                self.stdout.write(f"{row.name}\t{kind}\tmade {row.created_at:%Y-%m-%d %H:%M} UTC")
            return
        name = options["name"]
        if not name:
            raise CommandError("Give the token a name, for example: panstore_token panstore")
        if options["revoke"]:
            deleted, _ = ApiToken.objects.filter(name=name).delete()
            if not deleted:
                raise CommandError(f"There is no token named {name!r}; --list shows the names.")
            self.stdout.write(f"Token {name!r} is revoked.")
            return
        if ApiToken.objects.filter(name=name).exists():
            raise CommandError(f"There is a token named {name!r} already; revoke it first.")
        token = new_token()
        ApiToken.objects.create(name=name, digest=digest(token), read_only=options["read_only"])
        self.stdout.write(token)
