"""What a patient's page says follows from the record as a whole; the numbers are counted by hand."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from registry.actions.chart import mark_form_unavailable, save_form
from registry.chart import FORMS
from registry.chart_live import live_values
from registry.chart_page import chart_page
from registry.models import VisitDetails
from tests.builders import build_patient, build_procedure, build_study, build_visit

INDEX = date(2024, 3, 1)


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "msts", "opioid", "fourp"))
    return build_procedure(
        patient=build_patient(study=study, site=north), performed_on=INDEX, kind="sacroplasty_with_screws"
    )


def seen(procedure, timepoint, on, **scores):
    return build_visit(procedure=procedure, timepoint=timepoint, visited_on=on, scores=scores)


def add(form, parent, by, **values):
    return save_form(form=FORMS[form], parent=parent, row=None, values=values, overrides=None, by=by)


def said(procedure) -> dict[str, str]:
    (part,) = chart_page(procedure.patient).parts
    return dict(part.follows)


def test_nothing_is_said_of_what_is_not_recorded(procedure):
    assert said(procedure) == {}
    seen(procedure, "w6", date(2024, 4, 12), pain=3)
    assert said(procedure) == {}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (8, 3, "8 to 3; less by 2 points: yes, by 30 %: yes"),
        (8, 6, "8 to 6; less by 2 points: yes, by 30 %: no"),
        (3, "1.5", "3 to 1.5; less by 2 points: no, by 30 %: yes"),
        (0, 1, "0 to 1; less by 2 points: no, by 30 %: no percent of 0"),
    ],
)
def test_the_latest_pain_is_held_against_that_before(procedure, before, after, words):
    seen(procedure, "preop", date(2024, 2, 20), pain=before)
    seen(procedure, "w6", date(2024, 4, 12), pain=Decimal(after) + 1)
    seen(procedure, "m3", date(2024, 5, 31), pain=Decimal(after))
    assert said(procedure)["Pain"] == words


@pytest.mark.parametrize(("level", "answer"), [(1, "yes"), (2, "yes"), (3, "no"), (4, "no")])
def test_a_response_is_resolved_or_improved(procedure, level, answer):
    seen(procedure, "w6", date(2024, 4, 12), fourp=level)
    assert said(procedure)["Response (four-level scale)"] == answer


def test_the_final_visit_is_the_latest_with_an_msts_and_its_day_is_said(procedure):
    seen(procedure, "preop", date(2024, 2, 20), msts=12)
    seen(procedure, "w6", date(2024, 4, 12), msts=20)
    seen(procedure, "m3", date(2024, 5, 31), pain=3)
    assert said(procedure)["Final visit with an MSTS"] == (
        "6 weeks, day 42: 20 of 30 (66.7 %); +8 points, +26.7 percentage points of the maximum"
    )


def test_the_first_secondary_procedure_is_said_by_its_day(procedure, nurse):
    for on, what in ((date(2024, 8, 1), "hardware_removal"), (date(2024, 3, 27), "si_joint_steroid_injection")):
        add(
            "secondary_procedure",
            procedure,
            nurse,
            secondary=what,
            happened_on=on.isoformat(),
            reason="unresolved_pain",
        )
    assert said(procedure)["First secondary procedure"] == "day 26"
    add(
        "secondary_procedure",
        procedure,
        nurse,
        secondary="radiation_therapy",
        happened_on="2024",
        reason="unresolved_pain",
    )
    assert said(procedure)["First secondary procedure"] == "day not known"


def test_radiation_of_the_sacrum_before_is_said_once_its_form_was_opened(procedure, nurse):
    row = add("radiation", procedure.patient, nurse, started_on="2024-05-01", field_includes_sacrum="yes")
    assert said(procedure)["Sacrum irradiated before"] == "no"
    add(
        "radiation",
        procedure.patient,
        nurse,
        started_on="2023-05-01",
        ended_on="2023-06-01",
        field_includes_sacrum="yes",
    )
    assert said(procedure)["Sacrum irradiated before"] == "yes"
    assert row.pk


@pytest.mark.parametrize(("reason", "words"), [("not_applicable", "no"), ("not_recorded", "not known")])
def test_no_radiation_is_no_and_a_lost_record_is_not_known(procedure, nurse, reason, words):
    mark_form_unavailable(
        form=FORMS["radiation"], parent=procedure.patient, row=None, reason_code=reason, comment="searched", by=nurse
    )
    assert said(procedure)["Sacrum irradiated before"] == words


def test_the_dose_of_opioids_is_held_against_that_before(procedure, nurse):
    before = seen(procedure, "preop", date(2024, 2, 20), opioid=1)
    after = seen(procedure, "w6", date(2024, 4, 12), opioid=1)
    add("opioid_line", before, nurse, drug="oxycodone", route="oral", strength=Decimal(10), units_per_day=Decimal(4),
        prn="no")  # fmt: skip
    assert "Opioid dose" not in said(procedure)
    add("opioid_line", after, nurse, drug="fentanyl", route="transdermal", strength=Decimal("12.5"))
    assert said(procedure)["Opioid dose"].startswith("decreased: 60 to 30 MME a day")


def test_a_visit_after_a_second_procedure_is_said_to_be_by_the_days(procedure, nurse):
    w6, m3 = seen(procedure, "w6", date(2024, 4, 12)), seen(procedure, "m3", date(2024, 5, 31))
    add("secondary_procedure", procedure, nurse, secondary="hardware_removal", happened_on="2024-05-01",
        reason="hardware_problem")  # fmt: skip
    said = {each.day: live_values(FORMS["visit_details"], VisitDetails(visit=each)) for each in (w6, m3)}
    answers = {
        day: {live.label: live.value for live in lines}["After a re-intervention"] for day, lines in said.items()
    }
    assert answers == {42: "no", 91: "yes"}


def test_the_patients_page_shows_it(procedure, client, nurse):
    seen(procedure, "w6", date(2024, 4, 12), msts=20)
    client.force_login(nurse)
    page = client.get(reverse("patient-detail", args=[procedure.patient.pk])).content.decode()
    assert "What follows" in page and "day 42: 20 of 30 (66.7 %)" in page
