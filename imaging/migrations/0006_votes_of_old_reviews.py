"""Pictures that were approved or rejected before there were votes have that vote."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    generations = apps.get_model("imaging", "Generation").objects
    generations.filter(review__in=["approved", "rejected"]).update(vote=F("review"))


class Migration(migrations.Migration):

    dependencies = [("imaging", "0005_votes")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
