"""Changes columns and fills tables within one transaction."""

from django.db import migrations, models


def fill(apps, _editor):
    """The labels that every worker uses; on the way back they stay."""
    label = apps.get_model("shop", "Label")
    for text in ("red", "green", "blue"):
        label.objects.update_or_create(text=text, defaults={"slug": text})


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("label", "slug", models.CharField(max_length=20, default="", db_index=True)),
        migrations.AlterField("label", "text", models.TextField()),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(
            "CREATE VIEW cheap_products AS SELECT id, name FROM shop_product WHERE price < 10",
            "DROP VIEW cheap_products",
        ),
        migrations.AlterField("label", "text", models.CharField(max_length=20)),
    ]
