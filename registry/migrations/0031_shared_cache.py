"""The table that every process counts guesses and used codes in."""

from django.db import migrations

MAKE = """CREATE TABLE registry_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX registry_cache_expires ON registry_cache (expires)"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0030_people")]

    operations = [migrations.RunSQL(MAKE, "DROP TABLE registry_cache")]
