"""Password hashes for a demo, whose passwords are printed on the screen anyway."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickPasswordHasher(PBKDF2PasswordHasher):  # type: ignore[misc]
    """Django's own hasher with few rounds: a login costs 10 ms of the shared cores, not 300."""

    algorithm = "pbkdf2_sha256_quick"
    iterations = 20_000
