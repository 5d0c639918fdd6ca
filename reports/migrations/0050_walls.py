"""Walls between sites; see registry/walled.py."""

from django.db import migrations

from reports.walled import WALLS
from registry.walled import raised


class Migration(migrations.Migration):
    dependencies = [("reports", "0040_nothing_is_emptied"), ("outcomes", "0050_walls")]
    operations = raised(WALLS)
