"""In which language the buyer used the shop."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("order", "0001_initial"),
        ("oscar_panstore", "0002_toldinvoice"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderLanguage",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="panstore_language",
                        serialize=False,
                        to="order.order",
                    ),
                ),
                ("code", models.CharField(max_length=35)),
            ],
        ),
    ]
