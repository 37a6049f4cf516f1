"""Of which moment a kept answer is, and orders at prices that nobody could confirm."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("order", "0001_initial"),
        ("oscar_panstore", "0006_stored_contracts"),
    ]

    operations = [
        migrations.AddField(
            model_name="contractbuyer",
            name="asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="contractbuyer",
            name="is_linked",
            field=models.BooleanField(default=True),
        ),
        migrations.CreateModel(
            name="UnconfirmedPrices",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="panstore_unconfirmed",
                        serialize=False,
                        to="order.order",
                    ),
                ),
            ],
        ),
    ]
