"""Composite foreign keys: a row and the row it belongs to are of one site, whatever route a change comes by."""

from django.db import migrations

BELONGS_TO = [
    ("registry_covariatevalue", "patient_id", "registry_patient"),
    ("registry_procedure", "patient_id", "registry_patient"),
    ("registry_followupvisit", "procedure_id", "registry_procedure"),
    ("registry_score", "visit_id", "registry_followupvisit"),
    ("registry_event", "procedure_id", "registry_procedure"),
    ("registry_timetoevent", "procedure_id", "registry_procedure"),
]


def same_site(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table.removeprefix('registry_')}_at_the_site_of_its_{target.removeprefix('registry_')}"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (site_id, {column}) REFERENCES {target} (site_id, id)"
        " DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_record")]
    operations = [same_site(*row) for row in BELONGS_TO]
