import billing.constraints
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[("starter", "Starter"), ("growth", "Growth"), ("scale", "Scale")],
                        max_length=16,
                    ),
                ),
                (
                    "operation",
                    models.CharField(
                        choices=[("create", "Create"), ("enhance", "Enhance")], max_length=16
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("fast", "Fast"), ("thinking", "Thinking")], max_length=16
                    ),
                ),
                (
                    "points",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.25")),
                            django.core.validators.StepValueValidator(Decimal("0.25")),
                        ],
                    ),
                ),
            ],
            options={
                "ordering": ["tier", "operation", "mode"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tier", "operation", "mode"), name="billing_one_price"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("points__gt", 0)), name="billing_price_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(billing.constraints.InQuarterSteps(models.F("points"))),
                        name="billing_price_points_quarter_steps",
                        violation_error_message="Points come in quarter steps, such as 7.25.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=32, unique=True)),
                (
                    "tier",
                    models.CharField(
                        choices=[("starter", "Starter"), ("growth", "Growth"), ("scale", "Scale")],
                        max_length=16,
                    ),
                ),
                (
                    "points",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.25")),
                            django.core.validators.StepValueValidator(Decimal("0.25")),
                        ],
                    ),
                ),
                (
                    "amount",
                    models.PositiveIntegerField(
                        help_text="In paise: 500000 is 5,000 INR.",
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
                ("currency", models.CharField(default="INR", max_length=3)),
            ],
            options={
                "ordering": ["points"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0), ("points__gt", 0)),
                        name="billing_package_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(billing.constraints.InQuarterSteps(models.F("points"))),
                        name="billing_package_points_quarter_steps",
                        violation_error_message="Points come in quarter steps, such as 7.25.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Bucket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="buckets",
                        to="accounts.partner",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[("starter", "Starter"), ("growth", "Growth"), ("scale", "Scale")],
                        max_length=16,
                    ),
                ),
                ("original", models.DecimalField(decimal_places=2, max_digits=12)),
                ("remaining", models.DecimalField(decimal_places=2, max_digits=12)),
                ("package_code", models.CharField(blank=True, max_length=32)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [
                    models.Index(
                        fields=["partner", "created_at", "id"], name="billing_bucket_oldest_first"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("remaining__gte", 0), ("remaining__lte", models.F("original"))
                        ),
                        name="billing_bucket_within_original",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            billing.constraints.InQuarterSteps(models.F("remaining"))
                        ),
                        name="billing_bucket_remaining_quarter_steps",
                        violation_error_message="Points come in quarter steps, such as 7.25.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Purse",
            fields=[
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="accounts.partner",
                    ),
                ),
                ("movements", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="accounts.partner",
                    ),
                ),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="accounts.apikey",
                    ),
                ),
                (
                    "operation",
                    models.CharField(
                        choices=[
                            ("create", "Create"),
                            ("enhance", "Enhance"),
                            ("packshot", "Packshot"),
                            ("edit", "Edit"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("fast", "Fast"), ("thinking", "Thinking")],
                        help_text="As requested.",
                        max_length=16,
                    ),
                ),
                ("count", models.PositiveSmallIntegerField(help_text="Pictures asked for.")),
                (
                    "tier",
                    models.CharField(
                        choices=[("starter", "Starter"), ("growth", "Growth"), ("scale", "Scale")],
                        max_length=16,
                    ),
                ),
                ("unit_price", models.DecimalField(decimal_places=2, max_digits=12)),
                ("points_held", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "points_captured",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=12),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held"),
                            ("captured", "Captured"),
                            ("released", "Released"),
                        ],
                        default="held",
                        max_length=16,
                    ),
                ),
                (
                    "settled_price",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="Of one picture, in the mode that was delivered; empty while held.",
                        max_digits=12,
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "held")),
                        fields=["partner", "points_held"],
                        name="billing_hold_open",
                    ),
                    models.Index(
                        condition=models.Q(("state", "captured")),
                        fields=["partner", "settled_at", "operation", "points_captured"],
                        name="billing_hold_usage",
                    ),
                    models.Index(
                        condition=models.Q(("api_key__isnull", False)),
                        fields=["api_key", "created_at", "state", "points_held", "points_captured"],
                        name="billing_hold_by_key",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("count__gt", 0),
                            ("unit_price__gt", 0),
                            (
                                "points_held",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("unit_price"), "*", models.F("count")
                                ),
                            ),
                        ),
                        name="billing_hold_price_times_count",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("points_captured", 0),
                                ("settled_at__isnull", True),
                                ("state", "held"),
                                ("settled_price__isnull", True),
                            ),
                            models.Q(
                                ("points_captured__gt", 0),
                                ("points_captured__lte", models.F("points_held")),
                                ("settled_at__isnull", False),
                                ("state", "captured"),
                            ),
                            models.Q(
                                ("points_captured", 0),
                                ("settled_at__isnull", False),
                                ("state", "released"),
                            ),
                            _connector="OR",
                        ),
                        name="billing_hold_state_and_points_agree",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "bucket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="billing.bucket",
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="billing.hold",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("grant", "Grant"),
                            ("hold", "Hold"),
                            ("release", "Release"),
                            ("refund", "refund (bought points given back for money)"),
                            ("correction", "Correction"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "points",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="Into the bucket: positive; out of it: negative.",
                        max_digits=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name_plural": "entries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("kind__in", ["refund", "correction"])),
                        fields=["bucket", "points"],
                        name="billing_entry_adjustments",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hold", "kind", "bucket"), name="billing_entry_once_per_hold"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "grant")),
                        fields=("bucket",),
                        name="billing_entry_one_grant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("hold__isnull", True), ("kind", "grant"), ("points__gt", 0)),
                            models.Q(("hold__isnull", False), ("kind", "hold"), ("points__lt", 0)),
                            models.Q(
                                ("hold__isnull", False), ("kind", "release"), ("points__gt", 0)
                            ),
                            models.Q(("hold__isnull", True), ("kind", "refund"), ("points__lt", 0)),
                            models.Q(
                                ("hold__isnull", True),
                                ("kind", "correction"),
                                models.Q(("points", 0), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="billing_entry_sign_and_hold_fit_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(billing.constraints.InQuarterSteps(models.F("points"))),
                        name="billing_entry_points_quarter_steps",
                        violation_error_message="Points come in quarter steps, such as 7.25.",
                    ),
                ],
            },
        ),
    ]
