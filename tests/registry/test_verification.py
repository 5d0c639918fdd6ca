"""A verified value is no longer verified once it changes, by any route."""

from datetime import date

import pytest
from django.urls import reverse

from registry.actions import verification as actions
from registry.actions.chart import save_form
from registry.addressed import place_of
from registry.addresses import Address
from registry.chart import FORMS
from registry.errors import Refused, StaleSave
from registry.marks import marks_of
from registry.models import Verification
from registry.progress import progress
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.every_route import EVERY_ROUTE, by_queryset, switch_off
from tests.registry.record import full_record, set_columns


@pytest.fixture
def visit(north):
    study = build_study(slug="hips", site=north, instruments=("pain", "opioid"))
    procedure = build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))
    return build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3})


def verify(address: Address, by) -> None:
    actions.verify(address=address, seen=str(place_of(address).standing), by=by)


def state(address: Address, user) -> str:
    return marks_of(user, [address.row_id])[address].state


@pytest.mark.parametrize("change", EVERY_ROUTE)
def test_a_value_that_changes_by_any_route_is_changed_since_verified(visit, nurse, admin, change):
    pain, day = Address("visit", visit.pk, "pain"), Address("visit", visit.pk, "visited_on")
    assert state(pain, admin) == ""
    for address in (pain, day):
        verify(address, admin)
    assert (state(pain, admin), state(day, admin)) == ("verified", "verified")
    change(visit, 9, nurse)
    assert (state(pain, admin), state(day, admin)) == ("changed", "verified")


@pytest.mark.parametrize("change", EVERY_ROUTE)
def test_without_its_trigger_a_verification_would_stay(visit, nurse, admin, change):
    pain = Address("visit", visit.pk, "pain")
    verify(pain, admin)
    switch_off("value_changed")
    change(visit, 9, nurse)
    assert state(pain, admin) == "verified"


def test_saving_the_same_value_again_keeps_it_verified(visit, nurse, admin):
    pain = Address("visit", visit.pk, "pain")
    verify(pain, admin)
    by_queryset(visit, 3, nurse)
    set_columns(visit.scores.get(), "version = version + 1")
    assert state(pain, admin) == "verified"


@pytest.mark.parametrize(
    ("form", "table", "field", "change"),
    [
        ("patient", "registry_patient", "born_on", "born_on = '1951-01-01'"),
        ("patient", "registry_patient", "born_on", "born_precision = 'day'"),
        ("procedure", "registry_procedure", "kind", "kind = 'screws'"),
        ("visit", "registry_followupvisit", "visited_on", "visited_on = '2024-04-21'"),
        ("covariate", "registry_covariatevalue", "age", "number = 72"),
        ("covariate", "registry_covariatevalue", "age", "number = NULL, missing = 'unknown'"),
    ],
)
def test_each_kind_of_value_drops_by_raw_sql(db, admin, form, table, field, change):
    record = full_record()
    row = record["registry_patient"] if form == "covariate" else record[table]
    address = Address(form, row.pk, field)
    verify(address, admin)
    set_columns(record[table], "version = version + 1")
    assert state(address, admin) == "verified"
    set_columns(record[table], change)
    assert state(address, admin) == "changed"


def test_an_answer_of_the_chart_and_its_reason_for_missing_drop(visit, nurse, admin):
    form, patient = FORMS["bone_health"], visit.procedure.patient
    row = save_form(form=form, parent=patient, row=None, values={"osteoporosis": "yes"}, by=nurse)
    address = Address("bone_health", row.pk, "osteoporosis")
    verify(address, admin)
    set_columns(row, "missing = jsonb_build_object('osteoporosis', 'unknown'), osteoporosis = NULL")
    assert state(address, admin) == "changed"
    verify(address, admin)
    set_columns(row, "missing = jsonb_build_object('osteoporosis', 'refused')")
    assert state(address, admin) == "changed"


def test_only_what_was_seen_is_verified(visit, admin):
    pain, opioid = Address("visit", visit.pk, "pain"), Address("visit", visit.pk, "opioid")
    with pytest.raises(StaleSave):
        actions.verify(address=pain, seen="4", by=admin)
    with pytest.raises(Refused, match="Nothing is recorded"):
        actions.verify(address=opioid, seen="", by=admin)
    assert not Verification.objects.exists()


def test_verifying_twice_is_once_and_taking_back_is_not_a_change(visit, admin):
    pain = Address("visit", visit.pk, "pain")
    verify(pain, admin)
    verify(pain, admin)
    assert Verification.objects.count() == 1
    actions.unverify(address=pain, by=admin)
    assert state(pain, admin) == ""


def test_the_page_verifies_all_that_it_showed_or_nothing(visit, surgeon, nurse, client):
    address = reverse("check-row", args=["visit", visit.pk])
    sent = {"seen_visited_on": "2024-04-12", "seen_pain": "3"}
    client.force_login(nurse)
    assert client.get(address).status_code == 200
    assert client.post(address, sent).status_code == 403
    client.force_login(surgeon)
    by_queryset(visit, 4, nurse)
    assert client.post(address, sent).status_code == 409
    assert not Verification.objects.exists()
    assert client.post(address, sent | {"seen_pain": "4"}).status_code == 302
    assert sorted(Verification.objects.values_list("field", flat=True)) == ["pain", "visited_on"]


def test_one_value_is_verified_from_its_line_and_another_sites_is_not_there(visit, surgeon, neighbour, client):
    address = reverse("check-value", args=["visit", visit.pk, "pain"])
    client.force_login(surgeon)
    line = client.post(address, {"do": "verify", "seen": "3"}, HTTP_HX_REQUEST="true").content.decode()
    assert "Take back" in line
    assert line.lstrip().startswith("<tr")
    assert client.post(address, {"do": "unverify"}).status_code == 302
    assert "changed after you opened" in client.post(
        address, {"do": "verify", "seen": "8"}, HTTP_HX_REQUEST="true"
    ).content.decode()  # fmt: skip
    assert client.post(address, {"do": "something"}).status_code == 400
    client.force_login(neighbour)
    assert client.post(address, {"do": "verify", "seen": "3"}).status_code == 404


def test_progress_counts_values_and_what_changed_since(visit, nurse, surgeon, client):
    study = visit.procedure.patient.study
    build_visit(procedure=visit.procedure, timepoint="m3", day=90, scores={"pain": 3, "opioid": "unknown"})
    save_form(form=FORMS["bone_health"], parent=visit.procedure.patient, row=None,
              values={"osteoporosis": "yes"}, missing={}, by=nurse)  # fmt: skip
    verify(Address("visit", visit.pk, "pain"), surgeon)
    verify(Address("visit", visit.pk, "visited_on"), surgeon)
    by_queryset(visit, 9, nurse)
    (counted,) = progress(surgeon, type(study).objects.filter(pk=study.pk))
    assert (counted.recorded, counted.verified, counted.changed) == (4, 0, 1)
    client.force_login(surgeon)
    page = client.get(reverse("verification-list")).content.decode()
    assert "Pain" in page
    assert "changed since verified" in page
    assert client.get(reverse("verification-list"), {"state": "nonsense"}).status_code == 400
    verify(Address("visit", visit.pk, "pain"), surgeon)
    (counted,) = progress(surgeon, type(study).objects.filter(pk=study.pk))
    assert (counted.verified, counted.changed) == (1, 0)
