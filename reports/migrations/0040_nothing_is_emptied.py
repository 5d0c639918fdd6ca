from django.db import migrations

from registry.migrations._trail import guarded


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0002_releases'),
        ('outcomes', '0040_the_trail'),
    ]

    operations = [*guarded()]
