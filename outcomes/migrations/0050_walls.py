"""Walls between sites; see registry/walled.py."""

from django.db import migrations

from outcomes.walled import WALLS
from registry.walled import raised


class Migration(migrations.Migration):
    dependencies = [("outcomes", "0006_specs_and_what_was_sent"), ("registry", "0050_walls")]
    operations = raised(WALLS)
