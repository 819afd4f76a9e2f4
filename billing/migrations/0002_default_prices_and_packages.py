"""The prices and packages a new installation starts with. Staff edit them afterwards."""

from decimal import Decimal

from django.db import migrations

# Points for (fast, thinking); create and enhance cost the same.
PRICES = {"starter": ("8", "15"), "growth": ("7.25", "14"), "scale": ("6", "11")}
# code: tier, points, paise
PACKAGES = {
    "pack_5000": ("starter", 5_000, 500_000),
    "pack_25000": ("growth", 25_000, 2_500_000),
    "pack_100000": ("scale", 100_000, 10_000_000),
}


def fill(apps, schema_editor):
    Price = apps.get_model("billing", "Price")
    Package = apps.get_model("billing", "Package")
    for tier, points in PRICES.items():
        for operation in ("create", "enhance"):
            for mode, cost in zip(("fast", "thinking"), points, strict=True):
                Price.objects.create(
                    tier=tier, operation=operation, mode=mode, points=Decimal(cost)
                )
    for code, (tier, points, amount) in PACKAGES.items():
        Package.objects.create(code=code, tier=tier, points=points, amount=amount, currency="INR")


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
