"""An index that is built outside any transaction."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    """As large tables need it."""

    atomic = False
    dependencies = [("shop", "0002_labels")]
    operations = [AddIndexConcurrently("product", GinIndex(fields=["details"], name="product_details"))]
