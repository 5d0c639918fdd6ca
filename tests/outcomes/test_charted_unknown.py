"""What is not known of a chart: never a no, never a row that was taken back."""

from datetime import date

import pytest

from registry.actions.chart import mark_row_as_error
from registry.actions.people import system_user
from registry.actions.standing import withdraw_patient
from registry.models import Event
from tests.builders import build_cohort_rows, build_study
from tests.outcomes.charted import days_after, fill, frozen, nothing, operated, photodynamic_nails, said, times

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(north):
    return build_study(
        slug="nails", site=north, instruments=("pain", "opioid", "ecog", "cpaf"), default_plan="clunk2025"
    )


@pytest.fixture
def nails(study):
    return photodynamic_nails(study)


def test_an_event_of_which_only_those_who_had_it_are_known_is_no_column_unless_the_rule_asks(study):
    """Of one with a complication and two of whom nobody said, 1 of 1 would seem to be everybody."""
    first, *_ = (operated(study, number) for number in "ABC")
    fill("complication", first, complication="infection_deep", happened_on=days_after(first, 9))
    fill("vital_status", first.patient, status="deceased", died_on=days_after(first, 40), lost_to_follow_up="no")

    made = frozen(study)

    assert not {"complication", "infection", "vital_status"} & set(made.procedures.column_names)
    assert "survival" not in made.manifest["survival"]
    asked = frozen(study, {"include": [{"variable": "complication", "op": "unknown"}]})
    assert asked.manifest["flow"]["steps"] == [{"criterion": "Any complication is not recorded", "n": 1, "unknown": 0}]


def test_a_row_that_is_entered_in_error_never_counts(study, nails):
    clot = nails[0].events.get(complication="vte_dvt")
    mark_row_as_error(row=clot, version=clot.version, reason="wrong patient", by=system_user())
    operation = nails[1].operation_rows.get()
    mark_row_as_error(row=operation, version=operation.version, reason="wrong patient", by=system_user())

    made = frozen(study)

    assert said(made, "vte") == ["no", "no", None]
    assert said(made, "complexity") == ["simple", None, None]


def test_a_withdrawn_patients_chart_never_counts(study, nails):
    withdraw_patient(patient=nails[0].patient, on=date(2023, 1, 1), reason="asked to", by=system_user())

    made = frozen(study)

    assert said(made, "primary_cancer") == ["other", None]
    assert "clavien_dindo" not in made.procedures.column_names


def test_silence_is_not_no_and_a_form_that_cannot_be_filled_is_not_either(study):
    _silent, unrecorded, none, reviewed, reviewed_too_early = (operated(study, number) for number in "ABCDE")
    nothing("complication", unrecorded, reason="not_recorded")
    nothing("complication", none)
    nothing("malignancy", unrecorded.patient, reason="unknown")
    nothing("malignancy", none.patient)
    alive = {"status": "alive", "last_known_alive_on": days_after(reviewed, 100), "lost_to_follow_up": "no"}
    fill("vital_status", reviewed.patient, **alive, reviewed_through_on=days_after(reviewed, 100))
    fill("vital_status", reviewed_too_early.patient, **alive, reviewed_through_on=days_after(reviewed, 99))

    made = frozen(study)

    assert said(made, "complication") == [None, None, "no", "no", None]
    assert said(made, "cancer") == [None, None, "no", None, None]
    assert said(made, "metastases_liver") == [None, None, "no", None, None]


def test_other_complications_do_not_say_that_there_was_no_thrombosis(study):
    one = operated(study, "A")
    fill("complication", one, complication="infection_deep", happened_on=days_after(one, 9))

    made = frozen(study)

    assert (said(made, "complication"), said(made, "infection")) == (["yes"], ["yes"])
    assert "vte" not in made.procedures.column_names


def test_a_death_that_is_told_as_an_event_is_a_death(study):
    one = operated(study, "A")
    Event.objects.create(
        procedure=one, site=one.site, kind="death", happened_on=date(2021, 6, 1), happened_precision="day"
    )

    assert times(frozen(study), "survival") == [(92, 1)]


def test_who_died_on_a_day_that_is_not_known_has_no_time(study):
    one = operated(study, "A")
    fill("vital_status", one.patient, status="deceased", death_date_unknown="yes", lost_to_follow_up="no",
         last_known_alive_on=days_after(one, 30))  # fmt: skip

    made = frozen(study)

    assert said(made, "vital_status") == ["deceased"]
    assert "survival" not in made.manifest["survival"]


def test_another_studys_chart_at_the_same_site_changes_nothing(study, north):
    build_cohort_rows(study, north, 3)
    before = frozen(study).digest
    other = build_study(slug="other", site=north, instruments=("pain",))
    one = operated(other, "X")
    fill("vital_status", one.patient, status="alive", last_known_alive_on="2022-01-01", lost_to_follow_up="no")

    assert frozen(study).digest == before
