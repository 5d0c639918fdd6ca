"""The shipped instruments' labels and sources as they read now, for databases that hold the earlier words."""

from django.db import migrations

from registry import instruments


def describe(apps, schema_editor):
    instruments.describe(apps.get_model("registry", "Instrument"))


class Migration(migrations.Migration):
    dependencies = [("registry", "0012_implants_of_every_size")]
    operations = [migrations.RunPython(describe, migrations.RunPython.noop)]
