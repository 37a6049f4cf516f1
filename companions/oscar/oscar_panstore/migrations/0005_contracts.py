"""What PanStore last said of buyers' own prices."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("oscar_panstore", "0004_products"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContractBuyer",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="panstore_contract",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=255)),
                ("mark", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="ContractOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("product_id", models.BigIntegerField()),
                ("quantity", models.PositiveIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("known_at", models.DateTimeField()),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="oscar_panstore.contractbuyer",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="contractoffer",
            constraint=models.UniqueConstraint(
                fields=("buyer", "product_id", "quantity"), name="oscar_panstore_offer_once"
            ),
        ),
    ]
