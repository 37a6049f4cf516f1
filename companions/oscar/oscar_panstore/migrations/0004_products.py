"""Products both ways: which changed, and by which content their images are known."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0001_initial"),
        ("oscar_panstore", "0003_orderlanguage"),
    ]

    operations = [
        migrations.AlterField(
            model_name="createdproduct",
            name="product",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="panstore_created",
                to="catalogue.product",
            ),
        ),
        migrations.CreateModel(
            name="ImageDigest",
            fields=[
                (
                    "image",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="panstore_digest",
                        serialize=False,
                        to="catalogue.productimage",
                    ),
                ),
                ("file", models.CharField(max_length=255)),
                ("digest", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="ProductChange",
            fields=[
                ("product_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(db_index=True)),
            ],
        ),
    ]
