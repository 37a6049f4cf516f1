"""Numbers of invoices the shop was told, for its buyers' pages."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("order", "0001_initial"),
        ("oscar_panstore", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ToldInvoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=100)),
                ("told_at", models.DateTimeField(auto_now_add=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="panstore_invoices",
                        to="order.order",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.AddConstraint(
            model_name="toldinvoice",
            constraint=models.UniqueConstraint(
                fields=("order", "number"), name="oscar_panstore_invoice_once"
            ),
        ),
    ]
