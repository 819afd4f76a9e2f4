import django.db.models.deletion
from django.db import migrations, models

# Dropped by hand: SQLite would make the table anew for it, and lose the triggers that keep
# entries from being changed.
OLD = "billing_entry_bucket_id_a6aa97ea"


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0005_sums_of_days'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='entry',
                    name='bucket',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='billing.bucket'),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    f'DROP INDEX IF EXISTS "{OLD}"',
                    f'CREATE INDEX "{OLD}" ON "billing_entry" ("bucket_id")',
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['bucket', 'id'], name='billing_entry_of_bucket'),
        ),
    ]
