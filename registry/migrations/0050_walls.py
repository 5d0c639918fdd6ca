"""Walls between sites: row-level security, forced, on every table that holds something of patients."""

from django.db import migrations

from registry.walled import FUNCTIONS, WALLS, raised

# How many jobs wait is nobody's data: the one place where a request looks past the walls, and it is told a number.
WAITING = """CREATE FUNCTION jobs_waiting_before(moment timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    within text := COALESCE(current_setting('app.sites', true), '');
    found bigint;
BEGIN
    PERFORM set_config('app.sites', '*', true);
    SELECT count(*) INTO found FROM registry_job WHERE state = 'queued' AND created_at < moment;
    PERFORM set_config('app.sites', within, true);
    RETURN found;
END $$"""


NO_FUNCTIONS = "DROP FUNCTION walls_are_open(), walls_around(), walls_show(regclass, uuid)"


class Migration(migrations.Migration):
    dependencies = [("registry", "0040_the_trail")]
    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(WAITING, "DROP FUNCTION jobs_waiting_before(timestamptz)"),
        *raised(WALLS),
    ]
