"""The pattern of opioid use, for databases that were filled before it was shipped."""

from django.db import migrations

from registry import instruments


def install(apps, schema_editor):
    instruments.install(apps.get_model("registry", "Instrument"))


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_forms_stay_at_their_site")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
