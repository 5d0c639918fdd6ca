"""Queries: who may do what, every step kept; a waiver ends when its value changes, by any route."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registry.actions import queries as actions
from registry.actions.chart import save_form
from registry.addresses import Address
from registry.chart import FORMS
from registry.errors import Refused, StaleSave
from registry.marks import queries_of
from registry.models import Query, QueryStep
from registry.rules import RULES, Finding
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.every_route import EVERY_ROUTE, by_queryset, switch_off
from tests.registry.record import add_twin, refusal, set_columns


@pytest.fixture
def visit(north):
    study = build_study(slug="hips", site=north, instruments=("pain", "opioid"))
    procedure = build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))
    return build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3})


@pytest.fixture
def ask(visit, surgeon):
    def asked(field: str = "pain", **about) -> Query:
        about = {"text": "The letter says 8.", "category": "source", "assigned_to": None, "by": surgeon} | about
        address = Address("visit", visit.pk, field)
        return actions.open_query(address=address, patient=visit.procedure.patient, **about)

    return asked


def finding(visit, field: str = "pain") -> Finding:
    rule = next(iter(RULES.values()))
    return Finding(rule, Address("visit", visit.pk, field), "3", "Pain 3 does not fit what was said before.")


def steps(query: Query) -> list[tuple[str, str]]:
    return [(step.action, str(step.by or "")) for step in query.steps.order_by("at", "id")]


def test_a_query_is_opened_answered_sent_back_and_closed_on_its_page(visit, ask, surgeon, nurse, client):
    query = ask(assigned_to=nurse)
    address = reverse("query-detail", args=[query.pk])

    def press(who, do: str, comment: str = "as the letter says", status: int = 302) -> None:
        client.force_login(who)
        query.refresh_from_db()
        assert client.post(address, {"do": do, "comment": comment, "version": query.version}).status_code == status

    press(nurse, "closed", status=403)
    press(nurse, "answered", comment="  ", status=400)
    press(nurse, "answered")
    press(nurse, "sent_back", status=403)
    press(surgeon, "sent_back")
    press(nurse, "answered")
    press(surgeon, "closed", comment="")
    press(surgeon, "reopened")
    press(surgeon, "waived")
    press(nurse, "reopened", status=403)
    press(surgeon, "answered", status=403)
    press(surgeon, "nonsense", status=400)
    assert steps(query) == [
        ("opened", "surgeon"), ("answered", "nurse"), ("sent_back", "surgeon"), ("answered", "nurse"),
        ("closed", "surgeon"), ("reopened", "surgeon"), ("waived", "surgeon"),
    ]  # fmt: skip
    assert (query.status, query.waived_for) == ("waived", "3")
    page = client.get(address).content.decode()
    assert "as the letter says" in page
    assert reverse("visit-correct", args=[visit.pk]) in page


def test_only_who_checks_opens_one_by_hand_and_only_about_what_is_there(visit, surgeon, nurse, neighbour, client):
    address = reverse("query-create-field", args=["visit", visit.pk, "pain"])
    sent = {"text": "The letter says 8.", "category": "source"}
    for who, status in ((nurse, 403), (neighbour, 404), (surgeon, 302)):
        client.force_login(who)
        assert client.post(address, sent).status_code == status
    assert client.post(address, sent | {"text": ""}).status_code == 400
    assert client.post(address, sent | {"category": "rule"}).status_code == 400
    assert client.get(reverse("query-create-field", args=["visit", visit.pk, "nothing"])).status_code == 404
    query = Query.objects.get()
    assert (query.form, query.row_id, query.field, query.opened_by) == ("visit", visit.pk, "pain", surgeon)


def test_a_step_taken_twice_or_on_another_state_is_told(ask, surgeon, nurse):
    query = ask()
    stale = Query.objects.get(pk=query.pk)
    actions.answer_query(query=query, comment="8 it is", version=query.version, by=nurse)
    for step in (actions.answer_query, actions.reopen):
        with pytest.raises(StaleSave):
            step(query=stale, comment="again", version=stale.version, by=nurse)
    assert len(steps(query)) == 2


def test_a_query_is_assigned_to_somebody_who_records_at_its_site(ask, surgeon, nurse, neighbour, client):
    query = ask()
    with pytest.raises(Refused, match="records at this site"):
        actions.assign(query=query, to=neighbour, version=query.version, by=surgeon)
    client.force_login(surgeon)
    address = reverse("query-detail", args=[query.pk])
    assert client.post(address, {"do": "assigned", "to": neighbour.pk, "version": 1}).status_code == 400
    assert client.post(address, {"do": "assigned", "to": nurse.pk, "version": 1}).status_code == 302
    query.refresh_from_db()
    assert query.assigned_to == nurse


@pytest.mark.parametrize("change", EVERY_ROUTE)
def test_a_waiver_ends_when_its_value_changes_by_any_route(visit, ask, surgeon, nurse, change):
    query, other = ask(), ask("visited_on")
    for each in (query, other):
        actions.waive_query(query=each, reason="so in the chart", version=each.version, by=surgeon)
    change(visit, 9, nurse)
    query.refresh_from_db()
    assert (query.status, query.ended_at, query.waived_for, query.waived_reason) == ("open", None, None, "")
    assert steps(query)[-1] == ("lapsed", "")
    other.refresh_from_db()
    assert other.status == "waived"


@pytest.mark.parametrize("change", EVERY_ROUTE)
def test_without_its_trigger_a_waiver_would_stand(visit, ask, surgeon, nurse, change):
    query = ask()
    actions.waive_query(query=query, reason="so in the chart", version=query.version, by=surgeon)
    switch_off("value_changed")
    change(visit, 9, nurse)
    query.refresh_from_db()
    assert query.status == "waived"


def test_a_waiver_for_nothing_recorded_ends_when_something_is(visit, ask, surgeon):
    query = ask("opioid")
    actions.waive_query(query=query, reason="nobody asked", version=query.version, by=surgeon)
    opioid = visit.procedure.patient.study.instruments.get(key="opioid")
    add_twin(visit.scores.get(), f'{{"instrument_id": "{opioid.pk}", "value": 1}}')
    query.refresh_from_db()
    assert query.status == "open"


def test_a_waiver_of_a_whole_row_and_one_of_the_chart_end_with_a_change(visit, ask, surgeon, nurse):
    patient = visit.procedure.patient
    row = save_form(form=FORMS["bone_health"], parent=patient, row=None, values={"osteoporosis": "yes"}, by=nurse)
    about = {"text": "Which scan?", "category": "source", "by": surgeon}
    queries = [
        actions.open_query(address=Address("bone_health", row.pk, field), patient=patient, **about)
        for field in ("", "osteoporosis")
    ] + [ask("")]
    for query in queries:
        actions.waive_query(query=query, reason="so in the chart", version=1, by=surgeon)
    set_columns(row, "version = version + 1")
    assert {query.status for query in Query.objects.all()} == {"waived"}
    set_columns(row, "osteoporosis = false")
    by_queryset(visit, 9, nurse)
    assert {query.status for query in Query.objects.all()} == {"open"}


def test_a_rules_query_is_opened_once_and_closes_with_its_finding(visit, system):
    patient = visit.procedure.patient
    query = actions.open_for_finding(finding=finding(visit), patient=patient, by=system)
    assert actions.open_for_finding(finding=finding(visit), patient=patient, by=system) is None
    actions.close_for_finding(query=query, by=system)
    assert (query.status, steps(query)[-1]) == ("closed", ("closed", "system"))
    again = actions.open_for_finding(finding=finding(visit), patient=patient, by=system)
    with pytest.raises(Refused, match="open query already"):
        actions.reopen(query=query, comment="again", version=query.version, by=system)
    assert again.status == "open"


def test_a_reason_given_while_typing_is_a_waived_query_and_the_last_reason_counts(visit, nurse):
    patient = visit.procedure.patient
    for reason in ("seen twice", "seen three times"):
        query = actions.waive_at_entry(finding=finding(visit), patient=patient, reason=reason, by=nurse)
    assert Query.objects.count() == 1
    assert (query.status, query.waived_reason, query.waived_for) == ("waived", "seen three times", "3")
    assert [action for action, _ in steps(query)] == ["opened", "waived", "reopened", "waived"]


def test_steps_are_written_once(ask):
    step = ask().steps.get()
    with pytest.raises(DatabaseError) as refused:
        set_columns(step, "comment = 'never said'")
    assert "Cannot update or delete rows" in refusal(refused.value)


def test_queries_of_a_row_are_those_of_ones_own_site(visit, ask, surgeon, nurse, neighbour):
    query = ask()
    assert list(queries_of(nurse, [visit.pk])) == [query]
    assert not queries_of(neighbour, [visit.pk]).exists()
    actions.close_query(query=query, version=1, by=surgeon)
    assert not queries_of(nurse, [visit.pk]).exists()


def shown(client, **asked) -> set[str]:
    answer = client.get(reverse("query-list"), asked)
    assert answer.status_code == 200
    return {query.text for query in answer.context["page"].object_list}


def test_the_list_is_filtered_and_the_number_that_waits_stands_in_the_navigation(
    visit, ask, surgeon, nurse, neighbour, client
):
    ask(text="one", assigned_to=nurse)
    closed = ask(text="two", category="missing")
    actions.close_query(query=closed, version=1, by=surgeon)
    old = ask("visited_on", text="three")
    Query.objects.filter(pk=old.pk).update(opened_at=timezone.now() - timedelta(days=10))
    client.force_login(nurse)
    assert shown(client) == {"one", "three"}
    assert shown(client, status="closed") == {"two"}
    assert shown(client, status="all", category="missing") == {"two"}
    assert shown(client, mine="on") == {"one"}
    assert shown(client, days="10") == {"three"}
    assert shown(client, study="hips", site="north") == {"one", "three"}
    assert shown(client, rule="P1") == set()
    for wrong in ({"status": "odd"}, {"study": "knees"}, {"site": "south"}, {"days": "-1"}, {"days": "9" * 40}):
        assert client.get(reverse("query-list"), wrong).status_code == 400
    assert '<span class="count">2<' in client.get(reverse("home")).content.decode()
    client.force_login(neighbour)
    assert shown(client, status="all") == set()
    assert '<span class="count">' not in client.get(reverse("home")).content.decode()


def test_the_file_has_every_query_asked_for_and_no_formula(visit, ask, nurse, client):
    ask(text='=HYPERLINK("http://x")', assigned_to=nurse)
    actions.answer_query(query=Query.objects.get(), comment="+1+cmd", version=1, by=nurse)
    client.force_login(nurse)
    answer = client.get(reverse("query-csv"))
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["question"], row["last comment"]) == ('\'=HYPERLINK("http://x")', "'+1+cmd")
    assert (row["field"], row["status"], row["comments"], row["last step"]) == (
        "Pain (VAS / NRS)",
        "Answered",
        "2",
        "answered",
    )


def test_the_list_takes_as_many_queries_for_forty_as_for_four(visit, ask, nurse, client):
    client.force_login(nurse)
    taken = []
    for more in (4, 36):
        for _ in range(more):
            ask()
        client.get(reverse("query-list"))
        with CaptureQueriesContext(connection) as made:
            client.get(reverse("query-list"))
        taken.append(len(made))
    assert taken[0] == taken[1] < 16
    assert QueryStep.objects.count() == 40
