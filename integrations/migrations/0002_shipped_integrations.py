"""The services that can be connected from the start."""

from django.db import migrations

SHIPPED = [
    ("yourIntegration", "Your Integration", ["apiKey", "userId"]),
    ("shopify", "Shopify", ["shopDomain", "accessToken"]),
    ("woocommerce", "WooCommerce", ["storeUrl", "consumerKey", "consumerSecret"]),
]


def ship(apps, schema_editor):
    integration = apps.get_model("integrations", "Integration")
    for name, display_name, fields in SHIPPED:
        integration.objects.get_or_create(
            name=name,
            defaults={"display_name": display_name, "required_credentials": fields},
        )


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
