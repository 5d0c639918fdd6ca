"""Composite foreign keys: a form and the row it belongs to are of one site, whatever route a change comes by."""

from django.db import migrations

BELONGS_TO = [
    *((f"registry_{form}", "patient_id", "registry_patient") for form in (
        "vitalstatus", "bonehealth", "bonedrug", "malignancy", "metastasis", "fracture", "radiationcourse",
        "systemictherapy", "screenedcase", "query", "verification", "reading", "importedcell",
    )),
    *((f"registry_{form}", "procedure_id", "registry_procedure") for form in (
        "comorbidity", "katagiri", "operation", "implant", "cementinjection", "ablationsession",
    )),
    *((f"registry_{form}", "visit_id", "registry_followupvisit") for form in ("opioidline", "visitdetails", "reading")),
    ("registry_querystep", "query_id", "registry_query"),
    ("registry_resolution", "reading_id", "registry_reading"),
    ("registry_reading", "sample_id", "registry_reabstractionsample"),
    ("registry_importedcell", "batch_id", "registry_importbatch"),
]  # fmt: skip


def same_site(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table.removeprefix('registry_')}_at_the_site_of_its_{target.removeprefix('registry_')}"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (site_id, {column}) REFERENCES {target} (site_id, id)"
        " DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_clinical_record")]
    operations = [same_site(*row) for row in BELONGS_TO]
