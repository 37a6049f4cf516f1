"""Buyers' own prices in tables, for shops that keep them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("catalogue", "0001_initial"),
        ("oscar_panstore", "0005_contracts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContractTiers",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agreement", models.CharField(max_length=200)),
                ("currency", models.CharField(max_length=3)),
                ("rows", models.JSONField()),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="panstore_tiers",
                        to="catalogue.product",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TiersBuyer",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="panstore_buyer",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("agreement", models.CharField(db_index=True, max_length=200)),
                ("title", models.CharField(blank=True, max_length=255)),
            ],
        ),
        migrations.AddConstraint(
            model_name="contracttiers",
            constraint=models.UniqueConstraint(
                fields=("agreement", "product"), name="oscar_panstore_tiers_once"
            ),
        ),
    ]
