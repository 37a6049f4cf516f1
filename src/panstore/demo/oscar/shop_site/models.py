"""What this shop knows beside Oscar: which accounts belong to companies."""

from django.conf import settings
from django.db import models


class Company(models.Model):
    """The company an account buys for."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="company"
    )
    name = models.CharField(max_length=200)
    vat_id = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return self.name
