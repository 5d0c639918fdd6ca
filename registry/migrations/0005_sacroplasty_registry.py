"""The schedule and the instruments of a sacroplasty registry."""

from django.db import migrations

from registry import instruments, schedules


def install(apps, schema_editor):
    instruments.install(apps.get_model("registry", "Instrument"))
    schedules.install(apps.get_model("registry", "Schedule"), apps.get_model("registry", "Timepoint"))


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_default_plan")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
