"""Tables of the companion. None of Oscar's own tables is altered."""

from typing import Any

from django.conf import settings
from django.db import models


def _only_one_of(whose: str, name: str) -> Any:
    """The row belongs to one record, is known by its id and goes with it.

    Args:
        whose: Model of the record.
        name: By which the record finds its row.
    """
    return models.OneToOneField(
        whose, on_delete=models.CASCADE, primary_key=True, related_name=name
    )


def _agreement_title() -> Any:
    """What an agreement is called, for its buyer to read."""
    return models.CharField(max_length=255, blank=True)


class ApiToken(models.Model):
    """One bearer token of the API; only its SHA-256 is kept."""

    name = models.CharField(max_length=100, unique=True)
    digest = models.CharField(max_length=64)
    read_only = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class JournalPosition(models.Model):
    """The one counter row of the order journal.

    Whoever writes to the journal adds one here first and so holds the row's lock until it commits:
    a lower number can never become visible after a higher one.
    """

    ONLY = 1
    # SQLite has no sequences; this row counts the changes of products.
    PRODUCTS = 2

    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.value)


class JournalEntry(models.Model):
    """One change of one order, numbered in the order of commits; written by database triggers."""

    PLACED, STATUS, CHANGED, GONE = "placed", "status", "changed", "gone"

    seq = models.BigIntegerField(primary_key=True)
    # No foreign key: the entry that says an order is gone must outlive the order.
    order_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=10)

    class Meta:
        """In the order of commits."""

        ordering = ("seq",)

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} order {self.order_id}"


class ItemTax(models.Model):
    """Tax class of one item; its rate is looked up in the setting PANSTORE_TAX_RATES."""

    product = _only_one_of("catalogue.Product", "panstore_tax")
    code = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"product {self.product_id}: {self.code}"


class CreatedProduct(models.Model):
    """Which product a create call with this key made, so that a repeated call makes no second.

    A single article has two keys: it is a page and the page's only variant.
    """

    key = models.CharField(max_length=200, unique=True)
    product = models.ForeignKey(
        "catalogue.Product", on_delete=models.CASCADE, related_name="panstore_created"
    )

    def __str__(self) -> str:
        return self.key


class ImageDigest(models.Model):
    """SHA-256 by which an image is known; of the bytes as they were first given."""

    image = _only_one_of("catalogue.ProductImage", "panstore_digest")
    # Another file put in its place gets another name, and so is another image.
    file = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"image {self.image_id}: {self.digest}"


class ProductChange(models.Model):
    """A product that changed and that PanStore has not acknowledged; written by triggers."""

    # No foreign key: the row that says a product is gone must outlive the product.
    product_id = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.number} product {self.product_id}"


class StatusCall(models.Model):
    """What was told of an order under this key, with the answer given then."""

    key = models.CharField(max_length=200, unique=True)
    order_id = models.BigIntegerField()
    asked = models.JSONField()
    answer = models.JSONField()
    done_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key


class ToldInvoice(models.Model):
    """Number of an invoice the shop was told; its pages show `order.panstore_invoices`."""

    order = models.ForeignKey(
        "order.Order", on_delete=models.CASCADE, related_name="panstore_invoices"
    )
    number = models.CharField(max_length=100)
    told_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Each number once per order, in the order of telling."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("order", "number"), name="oscar_panstore_invoice_once"),
        )

    def __str__(self) -> str:
        return self.number


class OrderLanguage(models.Model):
    """In which language the buyer used the shop, as Django calls it."""

    order = _only_one_of("order.Order", "panstore_language")
    code = models.CharField(max_length=35)

    def __str__(self) -> str:
        return self.code


class UnconfirmedPrices(models.Model):
    """An order at prices that were only those last known when it was placed."""

    order = _only_one_of("order.Order", "panstore_unconfirmed")

    def __str__(self) -> str:
        return f"order {self.order_id}"


class Switch(models.Model):
    """A setting changed at run time by a management command; it wins over the settings file."""

    CHECKOUT_GUARD = "checkout_guard"

    name = models.CharField(max_length=50, primary_key=True)
    is_on = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.name}: {'on' if self.is_on else 'off'}"


class ContractBuyer(models.Model):
    """Whether and under what an account buys by agreement, as PanStore said last."""

    user = _only_one_of(settings.AUTH_USER_MODEL, "panstore_contract")
    title = _agreement_title()
    # Tells parties and their agreements apart; PanStore says it and nobody reads it.
    mark = models.CharField(max_length=64, blank=True)
    # A question asked before this one may be answered after it, and changes nothing then.
    asked_at = models.DateTimeField(null=True)
    # Whoever buys for nobody any more keeps his row: a late answer must not make him buy again.
    is_linked = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"account {self.user_id}: {self.title}"


class ContractOffer(models.Model):
    """What PanStore last said that a buyer pays for so many pieces; used while it is silent."""

    buyer = models.ForeignKey(ContractBuyer, on_delete=models.CASCADE, related_name="offers")
    # No foreign key: a question may name a product that is deleted before the answer is kept.
    product_id = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    valid_until = models.DateTimeField(null=True)
    known_at = models.DateTimeField()

    class Meta:
        """One answer for each buyer, product and quantity."""

        constraints = (
            models.UniqueConstraint(
                fields=("buyer", "product_id", "quantity"), name="oscar_panstore_offer_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_id} for {self.buyer_id}: {self.state}"


class ContractTiers(models.Model):
    """What PanStore had the shop keep of one product under one agreement."""

    agreement = models.CharField(max_length=200)
    product = models.ForeignKey(
        "catalogue.Product", on_delete=models.CASCADE, related_name="panstore_tiers"
    )
    currency = models.CharField(max_length=3)
    # By quantity, ascending: least, state, amount and until, all as text.
    rows = models.JSONField()

    class Meta:
        """One row for each agreement and product."""

        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "product"), name="oscar_panstore_tiers_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement}: product {self.product_id}"


class TiersBuyer(models.Model):
    """Under which agreement an account buys by the tables, as PanStore had the shop keep it."""

    user = _only_one_of(settings.AUTH_USER_MODEL, "panstore_buyer")
    agreement = models.CharField(max_length=200, db_index=True)
    title = _agreement_title()

    def __str__(self) -> str:
        return f"account {self.user_id}: {self.agreement}"
