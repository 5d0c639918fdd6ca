"""The rules that one row of the chart, or a row and its parent, decide, each broken by raw SQL."""

from django.db import transaction

from tests.registry.record import run_sql, set_columns

SET = set_columns
DEAD = "status = 'deceased', died_on = '2024-06-01', died_precision = 'day'"
STAY = (
    "admitted_on = '2024-03-10', admitted_precision = 'day', discharged_on = '2024-03-12', discharged_precision = 'day'"
)
BEGAN = "started_on = '2024-05-02', started_precision = 'day', ended_on = '2024-05-01', ended_precision = 'day'"


def once_dead(row, assignment: str) -> None:
    """The change, after the death of every patient; both or neither."""
    with transaction.atomic():
        run_sql(f"UPDATE registry_vitalstatus SET {DEAD}")
        set_columns(row, assignment)


def once_stayed(row, assignment: str) -> None:
    """The change, after every operation has its stay; both or neither."""
    with transaction.atomic():
        run_sql(f"UPDATE registry_operation SET {STAY}")
        set_columns(row, assignment)


BROKEN_RULES = [
    ("patient_born_before_all", "registry_patient", SET, "born_on = '2024-03-11', born_precision = 'day'"),
    ("malignancy_not_before_birth", "registry_malignancy", SET,
     "diagnosed_on = '1949-12-31', diagnosed_precision = 'day'"),
    ("procedure_not_before_birth", "registry_procedure", SET, "performed_on = '1949-12-31'"),
    ("procedure_not_after_death", "registry_procedure", once_dead, "performed_on = '2024-06-02'"),
    ("procedure_not_after_its_events", "registry_procedure", SET, "performed_on = '2025-01-02'"),
    ("procedure_within_the_stay", "registry_procedure", once_stayed, "performed_on = '2024-03-13'"),
    ("operation_within_the_stay", "registry_operation", SET, "admitted_on = '2024-03-11', admitted_precision = 'day'"),
    ("operation_within_the_stay", "registry_operation", SET,
     "discharged_on = '2024-03-09', discharged_precision = 'day'"),
    ("visit_not_after_death", "registry_followupvisit", once_dead, "visited_on = '2024-06-02'"),
    ("event_not_before_its_procedure", "registry_event", SET, "happened_on = '2024-03-09'"),
    ("event_not_before_its_procedure", "registry_event", SET,
     "kind = 'secondary_procedure', happened_on = '2024-03-10'"),
    ("event_not_after_death", "registry_event", once_dead, "kind = 'complication'"),
    ("event_complication_of_its_kind", "registry_event", SET, "complication = 'vte_pe'"),
    ("event_secondary_of_its_kind", "registry_event", SET, "secondary = 'neurolysis'"),
    ("event_ends_after_it_begins", "registry_event", SET, "resolved_on = '2024-12-31', resolved_precision = 'day'"),
    ("vitalstatus_death_is_last", "registry_vitalstatus", SET,
     "status = 'deceased', died_on = '2024-04-19', died_precision = 'day'"),
    ("vitalstatus_death_is_dated", "registry_vitalstatus", SET, "status = 'deceased'"),
    ("vitalstatus_death_is_dated", "registry_vitalstatus", SET, "died_on = '2025-01-01', died_precision = 'day'"),
    ("vitalstatus_alive_before_death", "registry_vitalstatus", SET,
     f"{DEAD}, last_known_alive_on = '2024-06-02', last_known_alive_precision = 'day'"),
    ("vitalstatus_dead_is_not_lost", "registry_vitalstatus", SET, f"{DEAD}, lost_to_follow_up = TRUE"),
    ("comorbidity_pairs_exclude_each_other", "registry_comorbidity", SET,
     "diabetes = TRUE, diabetes_organ_damage = TRUE"),
    ("comorbidity_body_mass_index", "registry_comorbidity", SET, "height_cm = 200, weight_kg = 39"),
    ("comorbidity_body_mass_index", "registry_comorbidity", SET, "height_cm = 100, weight_kg = 81"),
    ("visitdetails_pain_within_its_scale", "registry_visitdetails", SET, "pain_raw = 60, pain_raw_max = 10"),
    ("visitdetails_pain_within_its_scale", "registry_visitdetails", SET, "pain_raw = 6"),
    ("visitdetails_pain_within_its_scale", "registry_visitdetails", SET,
     "pain_raw = 6.5, pain_raw_max = 10, pain_scale_type = 'nrs_0_10'"),
    ("visitdetails_pain_within_its_scale", "registry_visitdetails", SET,
     "pain_raw = 7, pain_raw_high = 6, pain_raw_max = 10"),
    ("visitdetails_pain_within_its_scale", "registry_visitdetails", SET,
     "pain_raw = 7, pain_raw_max = 10, pain_scale_type = 'vas_0_100'"),
    ("visitdetails_chronic_by_a_rule", "registry_visitdetails", SET, "opioid_chronic = TRUE"),
    ("opioidline_patch_has_no_units", "registry_opioidline", SET, "route = 'transdermal', units_per_day = 1"),
    ("fracture_additional_has_sites", "registry_fracture", SET, "additional_sites = ARRAY['ilium']::varchar[]"),
    ("fracture_additional_has_sites", "registry_fracture", SET,
     "additional_pelvic_fracture = TRUE, additional_sites = ARRAY[]::varchar[]"),
    ("cementinjection_leak_has_sites", "registry_cementinjection", SET, "leak_sites = ARRAY['venous']::varchar[]"),
    *((f"{form}_ends_after_it_begins", f"registry_{form}", SET, BEGAN)
      for form in ("radiationcourse", "systemictherapy", "bonedrug", "opioidline")),
    *((f"{form}_other_in_words", f"registry_{form}", SET, f"{field} = {other}") for form, field, other in (
        ("malignancy", "primary_cancer", "'other'"), ("metastasis", "place", "'other'"),
        ("fracture", "etiology", "'other'"), ("implant", "type", "'other'"), ("bonedrug", "drug", "'other'"),
        ("cementinjection", "material", "'other'"), ("ablationsession", "modality", "'other'"),
        ("opioidline", "drug", "'other'"), ("operation", "additional_hardware", "ARRAY['other']::varchar[]"),
    )),
]  # fmt: skip
