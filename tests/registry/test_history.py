"""The history beside a field: the states in which that value was, whoever changed it and however."""

from datetime import date

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.actions.chart import save_form
from registry.addresses import Address
from registry.audit import through
from registry.chart import FORMS
from registry.history import field_history, row_history
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.every_route import by_the_action, by_the_form, switch_off
from tests.registry.record import full_record, histories, refusal, run_sql, set_columns


@pytest.fixture
def visit(north, nurse):
    study = build_study(slug="hips", site=north, instruments=("pain", "opioid"))
    procedure = build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))
    with through("form"):
        return build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 7, "opioid": 1}, by=nurse)


def told(address: Address) -> list[tuple[str, ...]]:
    return [(each.value, each.missing, each.who, each.route, each.reason) for each in field_history(address)]


def test_a_value_changed_twice_has_three_states_with_actor_and_reason(visit, nurse, admin):
    with through("api"):
        by_the_action(visit, 3, nurse)
    assert by_the_form(visit, 4, admin).status_code == 302
    assert told(Address("visit", visit.pk, "pain")) == [
        ("7", "", "nurse", "page", ""),
        ("3", "", "nurse", "API", "read again"),
        ("4", "", "admin", "page", "read again"),
    ]
    assert [value for value, *_ in told(Address("visit", visit.pk, "opioid"))] == ["1, yes"]


def outside_of_the_program() -> None:
    """As a session of somebody's own has it: what the program said of itself ends with its transaction."""
    run_sql("SELECT set_config('pghistory.context_id', '', true), set_config('pghistory.context_metadata', '', true)")


def test_a_change_by_raw_sql_stands_in_it_with_nobodys_name(visit):
    outside_of_the_program()
    set_columns(visit.scores.get(instrument__key="pain"), "value = NULL, missing = 'unknown'")
    assert told(Address("visit", visit.pk, "pain"))[-1] == ("", "Unknown", "", "database", "")


def test_without_the_histories_trigger_the_change_would_not_stand_in_it(visit):
    switch_off("update_update")
    set_columns(visit.scores.get(instrument__key="pain"), "value = 2")
    assert [value for value, *_ in told(Address("visit", visit.pk, "pain"))] == ["7"]


def test_the_history_cannot_be_altered_and_without_its_guard_it_could(visit):
    score = visit.scores.get(instrument__key="pain")
    table = next(each for each in histories() if each.pgh_tracked_model is type(score))._meta.db_table
    for statement in (f"UPDATE {table} SET value = 1", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError) as refused:
            run_sql(statement)
        assert "Cannot update or delete rows" in refusal(refused.value)
    assert [value for value, *_ in told(Address("visit", visit.pk, "pain"))] == ["7"]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    run_sql(f"UPDATE {table} SET value = 1")
    assert next(value for value, *_ in told(Address("visit", visit.pk, "pain"))).startswith("1")


@pytest.mark.parametrize(
    ("form", "table", "field", "change", "states"),
    [
        ("patient", "registry_patient", "born_on", "born_precision = 'day'", ["1950", "1950-01-01"]),
        (
            "procedure",
            "registry_procedure",
            "kind",
            "kind = 'screws'",
            ["Not specified", "Percutaneous screw fixation"],
        ),
        ("visit", "registry_followupvisit", "visited_on", "visited_on = '2024-04-21'", ["2024-04-20", "2024-04-21"]),
        ("covariate", "registry_covariatevalue", "age", "number = 72", ["71", "72"]),
    ],
)
def test_each_kind_of_value_has_its_history(db, form, table, field, change, states):
    record = full_record()
    row = record["registry_patient"] if form == "covariate" else record[table]
    set_columns(record[table], "version = version + 1")
    set_columns(record[table], change)
    assert [value for value, *_ in told(Address(form, row.pk, field))] == states


def test_an_answer_of_the_chart_has_its_history_with_its_reason_for_missing(visit, nurse):
    form, patient = FORMS["bone_health"], visit.procedure.patient
    row = save_form(form=form, parent=patient, row=None, values={}, missing={"osteoporosis": "unknown"}, by=nurse)
    save_form(form=form, parent=patient, row=row, values={"osteoporosis": "yes"}, version=1, reason="letter", by=nurse)
    states = told(Address("bone_health", row.pk, "osteoporosis"))
    assert [(value, missing, reason) for value, missing, _, _, reason in states] == [
        ("", "Unknown", ""), ("yes", "", "letter")
    ]  # fmt: skip


def test_a_field_takes_two_queries_whatever_happened_to_it(visit, nurse):
    address = Address("visit", visit.pk, "pain")
    for value in (1, 2, 3, 4):
        by_the_action(visit, value, nurse)
    with CaptureQueriesContext(connection) as taken:
        assert len(field_history(address)) == 5
    assert len(taken) == 2


def test_the_history_of_a_row_says_what_was_done_together(visit, nurse):
    by_the_action(visit, 3, nurse)
    first, last = row_history("visit", visit.pk)
    assert {label for label, _, _ in first.what} >= {"Visited on", "Timepoint"}
    assert next((label, before, after) for label, before, after in last.what if "ain" in label)[1:] == ("7", "3")
    assert last.reason == "read again"


def test_the_pages_show_it_and_another_site_sees_nothing(visit, nurse, neighbour, client):
    field = reverse("history-field", args=["visit", visit.pk, "pain"])
    row = reverse("history-row", args=["visit", visit.pk])
    client.force_login(nurse)
    by_the_action(visit, 3, nurse)
    page, part = client.get(field), client.get(field, HTTP_HX_REQUEST="true")
    assert "<!doctype html>" in page.content.decode()
    assert "<!doctype html>" not in part.content.decode()
    for answer in (page, part, client.get(row)):
        assert "read again" in answer.content.decode()
    assert client.get(reverse("history-field", args=["visit", visit.pk, "nothing"])).status_code == 404
    assert client.get(reverse("history-field", args=["nothing", visit.pk, "pain"])).status_code == 404
    client.force_login(neighbour)
    assert client.get(field).status_code == client.get(row).status_code == 404
