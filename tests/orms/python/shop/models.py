"""The tables of the Django script."""

from django.contrib.auth.models import User
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Product(models.Model):
    """Sold, until there are none."""

    name = models.CharField(max_length=80, unique=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.IntegerField(default=100)
    details = models.JSONField(default=dict)
    tags = ArrayField(models.CharField(max_length=20), default=list)
    added = models.DateTimeField(null=True, db_index=True)
    code = models.UUIDField(null=True)
    picture = models.BinaryField(null=True)
    lasts = models.DurationField(null=True)

    class Meta:
        """One constraint and one partial index."""

        constraints = [models.CheckConstraint(condition=models.Q(stock__gte=0), name="stock_is_real")]
        indexes = [
            models.Index(fields=["price"], name="cheap", condition=models.Q(price__lt=10)),
            GinIndex(fields=["details"], name="product_details"),
        ]


class Purchase(models.Model):
    """What a user bought."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="purchases")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    amount = models.PositiveIntegerField()
    labels = models.ManyToManyField("Label")


class Label(models.Model):
    """For a many-to-many relation."""

    text = models.CharField(max_length=20)
    slug = models.CharField(max_length=20, default="", db_index=True)
