"""Rows that are moved to another site than the row they belong to, and the name by which the database refuses it."""

from tests.registry.record import add_twin, set_columns

SET, TWIN = set_columns, add_twin
SOUTH = "00000000-0000-4000-8000-000000000000"
# A row and the row it belongs to are of one site.
MOVED = f"site_id = '{SOUTH}'"
BELONGS = [
    ("covariatevalue_at_the_site_of_its_patient", "registry_covariatevalue", SET, MOVED),
    (
        "procedure_at_the_site_of_its_patient",
        "registry_procedure",
        TWIN,
        f'{{"is_index": false, "site_id": "{SOUTH}"}}',
    ),
    (
        "followupvisit_at_the_site_of_its_procedure",
        "registry_followupvisit",
        TWIN,
        f'{{"timepoint_asserted": false, "submission_key": "{SOUTH}", "site_id": "{SOUTH}"}}',
    ),
    ("score_at_the_site_of_its_followupvisit", "registry_score", SET, MOVED),
    ("event_at_the_site_of_its_procedure", "registry_event", SET, MOVED),
    ("timetoevent_at_the_site_of_its_procedure", "registry_timetoevent", SET, MOVED),
    *(
        (f"{form}_at_the_site_of_its_patient", f"registry_{form}", SET, MOVED)
        for form in (
            "vitalstatus",
            "bonehealth",
            "bonedrug",
            "malignancy",
            "metastasis",
            "fracture",
            "radiationcourse",
            "systemictherapy",
            "screenedcase",
            "verification",
            "importedcell",
        )
    ),
    *(
        (f"{form}_at_the_site_of_its_procedure", f"registry_{form}", SET, MOVED)
        for form in (
            "comorbidity",
            "katagiri",
            "operation",
            "implant",
            "cementinjection",
            "ablationsession",
        )
    ),
    ("opioidline_at_the_site_of_its_followupvisit", "registry_opioidline", SET, MOVED),
    ("visitdetails_at_the_site_of_its_followupvisit", "registry_visitdetails", SET, MOVED),
    ("query_at_the_site_of_its_patient", "registry_query", TWIN, f'{{"rule": "P3", "site_id": "{SOUTH}"}}'),
    ("querystep_at_the_site_of_its_query", "registry_querystep", TWIN, f'{{"site_id": "{SOUTH}"}}'),
    (
        "resolution_at_the_site_of_its_reading",
        "registry_resolution",
        TWIN,
        f'{{"field": "cpaf", "site_id": "{SOUTH}"}}',
    ),
    ("resolution_at_the_site_of_its_reading", "registry_reading", SET, MOVED),
    (
        "pseudonym_at_the_site_of_its_patient",
        "registry_pseudonym",
        TWIN,
        f'{{"code": "P0", "recipient_id": "{SOUTH}", "site_id": "{SOUTH}"}}',
    ),
]  # fmt: skip
