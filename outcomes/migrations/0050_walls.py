"""Walls between sites; see registry/walled.py."""

from django.db import migrations, models

from outcomes.walled import WALLS
from registry.walled import raised


class Migration(migrations.Migration):
    dependencies = [("outcomes", "0040_the_trail"), ("registry", "0050_walls")]
    operations = [
        migrations.RemoveConstraint(model_name="freeze", name="one_freeze_per_digest"),
        migrations.AddConstraint(
            model_name="freeze",
            constraint=models.UniqueConstraint(
                fields=("cohort", "digest", "site_ids"), name="one_freeze_per_digest"
            ),
        ),
        *raised(WALLS),
    ]
