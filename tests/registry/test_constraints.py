"""Each rule that the database keeps, broken on purpose by raw SQL: refused, by its name."""

import pytest
from django.db import DatabaseError, connection
from pgtrigger import registered

from registry.access import SiteScoped
from registry.models import Instrument, Site, User
from tests.builders import build_patient, build_procedure, build_site, build_visit
from tests.pooling_rules import broken_poolings
from tests.registry.broken_rules import BROKEN_RULES
from tests.registry.chart_rules import broken_forms
from tests.registry.moved_rows import BELONGS, SOUTH
from tests.registry.record import add_twin, full_record, models_of_ours, refusal, set_columns
from tests.sending_rules import broken_sendings

SET, TWIN = set_columns, add_twin
# Tried by every route in the tests of locking, verification, queries, pooling studies and of what leaves a site.
HELD_ELSEWHERE = {
    "record_is_locked", "record_is_locked_on_insert", "value_changed", "value_changed_on_insert",
    "a_key_stays_the_key", "bundle_written_once", "a_spec_stays_the_spec", "a_site_key_stays_the_key",
    "change_is_told", "change_is_told_on_insert",
    # The trail's own (test_trail.py): its rows cannot be written but by its triggers.
    "seals", "stays", "insert_INSERT", "update_UPDATE", "delete_DELETE", "one_block_of_a_number",
    "one_shape_of_these_columns",
}  # fmt: skip
NO_DATE = "visited_on = NULL, visited_precision = NULL"
OTHER_FORM = f'{{"submission_key": "{SOUTH}"}}'
BROKEN = [
    # a value or the reason why it is missing: never both, never neither
    ("score_value_or_reason", "registry_score", SET, "missing = 'unknown'"),
    ("score_value_or_reason", "registry_score", SET, "value = NULL"),
    ("covariate_value_or_reason", "registry_covariatevalue", SET, "missing = 'unknown'"),
    ("covariate_value_or_reason", "registry_covariatevalue", SET, "number = NULL"),
    ("covariate_value_or_reason", "registry_covariatevalue", SET, "text = 'seventy-one'"),
    # ranges and steps
    ("score_within_its_instrument", "registry_score", SET, "value = 10.1"),
    ("score_within_its_instrument", "registry_score", SET, "value = -0.1"),
    ("score_within_its_instrument", "registry_score", SET, "value = 3.14"),
    ("score_within_its_instrument", "registry_score", SET, "value = 'NaN'"),
    ("instrument_range_opens_before_it_closes", "registry_instrument", SET, "minimum = 11"),
    ("instrument_range_countable", "registry_instrument", SET, "maximum = 1000000001"),
    ("instrument_range_countable", "registry_instrument", SET, "minimum = -1000000001"),
    ("instrument_step_positive", "registry_instrument", SET, "step = 0"),
    ("covariate_number_countable", "registry_covariatevalue", SET, "number = 1000000001"),
    ("covariate_number_countable", "registry_covariatevalue", SET, "number = 'NaN'"),
    ("time_to_event_countable", "registry_timetoevent", SET, "time = -1"),
    ("time_to_event_countable", "registry_timetoevent", SET, "time = 1000000001"),
    ("timepoint_window_opens_before_it_closes", "registry_timepoint", SET, "opens_on_day = 67"),
    ("timepoint_window_opens_before_it_closes", "registry_timepoint", SET, "opens_on_day = NULL"),
    # a date and how exactly it is known
    ("patient_born_with_precision", "registry_patient", SET, "born_precision = NULL"),
    ("procedure_date_with_precision", "registry_procedure", SET, "performed_on = NULL"),
    ("visit_date_with_precision", "registry_followupvisit", SET, "visited_precision = NULL"),
    ("screened_case_date_with_precision", "registry_screenedcase", SET, "treated_on = '2024-01-01'"),
    # the order of things
    ("visit_on_its_side_of_the_procedure", "registry_followupvisit", SET, "visited_on = '2024-03-09'"),
    ("visit_on_its_side_of_the_procedure", "registry_followupvisit", SET, f"{NO_DATE}, day = -1"),
    ("procedure_not_after_its_follow_up", "registry_procedure", SET, "performed_on = '2024-04-21'"),
    *BROKEN_RULES,
    # planned and actual
    ("out_of_window_has_a_reason", "registry_followupvisit", SET, "\"window\" = 'outside'"),
    ("a_missed_visit_has_no_date", "registry_followupvisit", SET, "missed = 'lost'"),
    ("a_missed_visit_has_no_date", "registry_followupvisit", SET, f"missed = 'lost', {NO_DATE}"),
    ("a_missed_visit_was_planned", "registry_followupvisit", SET,
     f"missed = 'lost', timepoint_id = NULL, day = NULL, {NO_DATE}"),
    ("patient_withdrawal_has_a_reason", "registry_patient", SET, "withdrawn_on = '2025-01-01'"),
    ("patient_withdrawal_has_a_reason", "registry_patient", SET, "withdrawn_reason = 'moved away'"),
    ("job_steps_within_total", "registry_job", SET, "steps_done = 1"),
    ("job_finished_when_over", "registry_job", SET, "state = 'done'"),
    ("job_finished_when_over", "registry_job", SET, "finished_at = now()"),
    # one of each
    ("one_patient_per_study_number", "registry_patient", TWIN, "{}"),
    ("one_index_procedure_per_patient", "registry_procedure", TWIN, "{}"),
    ("one_asserted_visit_per_timepoint", "registry_followupvisit", TWIN, '{"submission_key": "%s"}' % ("0" * 32)),
    ("one_score_per_instrument", "registry_score", TWIN, "{}"),
    ("one_value_per_covariate", "registry_covariatevalue", TWIN, "{}"),
    ("one_covariate_per_name", "registry_covariate", TWIN, "{}"),
    ("one_death_per_procedure", "registry_event", TWIN, OTHER_FORM),
    ("one_time_per_name", "registry_timetoevent", TWIN, "{}"),
    ("one_instrument_per_version", "registry_instrument", TWIN, "{}"),
    ("one_timepoint_per_code", "registry_timepoint", TWIN, '{"order": 99}'),
    ("one_timepoint_per_place", "registry_timepoint", TWIN, '{"code": "another"}'),
    ("one_enrolment_per_site", "registry_studysite", TWIN, "{}"),
    ("an_instrument_is_asked_once", "registry_studyinstrument", TWIN, "{}"),
    ("one_membership_per_role", "registry_membership", TWIN, "{}"),
    ("one_system_user", "registry_user", TWIN, '{"username": "system again"}'),
    ("one_job_per_idempotency_key", "registry_job", TWIN, "{}"),
    ("one_freeze_per_digest", "outcomes_freeze", TWIN, "{}"),
    ("one_result_per_analysis", "outcomes_result", TWIN, "{}"),
    ("one_freeze_per_name", "outcomes_freezename", TWIN, "{}"),
    ("one_plan_per_slug", "outcomes_plan", TWIN, "{}"),
    ("one_file_per_name", "reports_documentfile", TWIN, "{}"),
    ("one_release_file_per_name", "reports_releasefile", TWIN, "{}"),
    ("one_case_per_log_number", "registry_screenedcase", TWIN, '{"patient_id": null}'),
    ("one_case_per_patient", "registry_screenedcase", TWIN, '{"log_number": "2"}'),
    ("one_draft_per_form", "registry_draft", TWIN, "{}"),
    ("one_query_per_finding", "registry_query", TWIN, "{}"),
    ("one_standing_verification", "registry_verification", TWIN, "{}"),
    ("one_reading_per_visit", "registry_reading", TWIN, "{}"),
    ("one_resolution_per_field", "registry_resolution", TWIN, "{}"),
    ("one_mapping_per_header", "registry_columnmapping", TWIN, "{}"),
    ("one_preview_page_per_number", "registry_previewpage", TWIN, "{}"),
    ("one_code_per_patient_and_recipient", "registry_pseudonym", TWIN, '{"code": "P0"}'),
    ("a_code_is_of_one_patient", "registry_pseudonym", TWIN, f'{{"patient_id": "{SOUTH}"}}'),
    # tokens
    ("token_scopes_fit_its_profile", "registry_apitoken", SET, "scopes = '{read:rows}', profile = 'limited'"),
    ("token_scopes_fit_its_profile", "registry_apitoken", SET, "scopes = '{pull:rows}', profile = 'identified'"),
    # queries
    ("a_waiver_has_a_reason", "registry_query", SET, "status = 'waived', ended_at = now()"),
    ("a_waiver_has_a_reason", "registry_query", SET, "waived_reason = 'as it was'"),
    ("query_ended_when_closed_or_waived", "registry_query", SET, "status = 'closed'"),
    ("query_ended_when_closed_or_waived", "registry_query", SET, "ended_at = now()"),
    *broken_forms(),
    *broken_poolings(),
    *broken_sendings(),
]  # fmt: skip
# Rows of a site that belong to no patient, or that the database itself writes beside those that do.
OF_A_SITE = {
    "registry_change", "registry_patient", "registry_reabstractionsample", "registry_importbatch",
    "registry_columnmapping", "registry_previewpage",
}  # fmt: skip


@pytest.fixture
def record(db):
    return full_record()


def answer_to(change, row, how: str) -> str:
    """By which name the database refuses a change."""
    try:
        change(row, how)
    except DatabaseError as error:
        return refusal(error)
    return "taken"


def test_each_row_that_breaks_a_rule_is_refused_by_the_name_of_the_rule(record):
    answers = [(answer_to(change, record[table], how), table, change, how) for _, table, change, how in BROKEN]
    assert answers == BROKEN


def test_no_rule_of_the_database_is_left_out_of_these_tables():
    constraints = {each.name for model in models_of_ours() for each in model._meta.constraints}
    targets = {name for name in constraints if name.endswith("_site_id")}
    guards = {
        trigger.name
        for _, trigger in registered()
        if trigger.name
        not in {
            "nothing_is_deleted",
            "written_once",
            "append_only",
        }
    }
    assert {name for name, *_ in BROKEN} == ((constraints - targets) | guards) - HELD_ELSEWHERE


def test_a_valid_change_by_the_same_route_is_taken(record):
    set_columns(record["registry_score"], "value = 7.5")
    add_twin(record["registry_event"], f'{{"kind": "complication", "submission_key": "{SOUTH}"}}')
    assert record["registry_procedure"].events.count() == 2


def test_a_row_cannot_be_at_a_site_that_is_not_its_parents(record):
    Site.objects.create(pk=SOUTH, code="south", name="Hospital south")
    User.objects.create(pk=SOUTH, username="south")
    answers = [(answer_to(change, record[table], how), table, change, how) for _, table, change, how in BELONGS]
    assert answers == BELONGS


def test_a_visit_of_one_site_cannot_be_attached_to_a_procedure_of_another(record):
    elsewhere = build_procedure(patient=build_patient(site=build_site("south")))
    with pytest.raises(DatabaseError) as refused:
        set_columns(record["registry_followupvisit"], f"procedure_id = '{elsewhere.pk}'")
    assert refusal(refused.value) == "followupvisit_at_the_site_of_its_procedure"


def test_every_table_of_patient_data_is_tied_to_the_site_of_its_parent():
    scoped = {model._meta.db_table for model in models_of_ours() if isinstance(model.objects.all(), SiteScoped)}
    assert scoped - OF_A_SITE == {table for _, table, *_ in BELONGS} - {
        "registry_querystep", "registry_resolution", "registry_pseudonym",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("timepoint", "visited", "precision", "performed", "performed_precision", "taken"),
    [
        ("w6", "2024-03-01", "month", "2024-03-28", "day", True),
        ("w6", "2024-02-01", "month", "2024-03-01", "day", False),
        ("w6", "2024-01-01", "year", "2024-12-31", "day", True),
        ("w6", "2023-01-01", "year", "2024-01-01", "day", False),
        ("w6", "2024-02-29", "day", "2024-03-01", "month", False),
        ("w6", "2024-03-01", "day", "2024-03-01", "month", True),
        ("w6", "2024-01-01", "day", "2024-01-01", "year", True),
        ("preop", "2024-03-31", "day", "2024-03-01", "month", True),
        ("preop", "2024-04-01", "month", "2024-03-31", "day", False),
        ("preop", "2025-01-01", "year", "2024-12-01", "month", False),
        ("preop", "2024-12-31", "day", "2024-01-01", "year", True),
    ],
)
@pytest.mark.parametrize("moved", ["visit", "procedure"])
def test_what_is_not_known_of_two_dates_cannot_be_out_of_order(
    db, moved, timepoint, visited, precision, performed, performed_precision, taken
):
    procedure = build_procedure(performed_on=None)
    visit = build_visit(procedure=procedure, timepoint=timepoint)
    date_visit = (visit, f"visited_on = '{visited}', visited_precision = '{precision}'")
    date_procedure = (procedure, f"performed_on = '{performed}', performed_precision = '{performed_precision}'")
    first, second = (date_procedure, date_visit) if moved == "visit" else (date_visit, date_procedure)
    set_columns(*first)
    if taken:
        set_columns(*second)
        return
    with pytest.raises(DatabaseError) as refused:
        set_columns(*second)
    names = {"visit": "visit_on_its_side_of_the_procedure", "procedure": "procedure_not_after_its_follow_up"}
    assert refusal(refused.value) == names[moved]


def test_a_score_is_held_against_its_own_instruments_range(record):
    fms = Instrument.objects.get(site=None, key="fms")
    with pytest.raises(DatabaseError) as refused:
        add_twin(record["registry_score"], f'{{"instrument_id": "{fms.pk}", "value": 5.5}}')
    assert refusal(refused.value) == "score_within_its_instrument"
    add_twin(record["registry_score"], f'{{"instrument_id": "{fms.pk}", "value": 5}}')


def test_a_trigger_says_no_without_repeating_the_row(record):
    with pytest.raises(DatabaseError) as refused:
        set_columns(record["registry_score"], "value = 999")
    assert "999" not in str(refused.value)


def test_a_second_site_of_the_same_number_is_another_patient(record):
    south = build_site("south")
    add_twin(record["registry_patient"], f'{{"site_id": "{south.pk}"}}')
    assert record["registry_study"].patients.filter(study_number="N-001").count() == 2


def test_the_keys_that_tie_rows_to_sites_are_there(db):
    wanted = {
        each.name for model in models_of_ours() for each in model._meta.constraints if each.name.endswith("_site_id")
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'u' AND conname LIKE '%%_site_id'")
        assert wanted == {name for (name,) in cursor.fetchall()}
    assert len(wanted) == 29
