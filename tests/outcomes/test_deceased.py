"""Who died comes out of a freeze: the coded reason of a score or of a missed visit, and only where anyone has it."""

from datetime import date

import pytest

from outcomes import freeze
from outcomes.analyses.run import run
from outcomes.cohorts import visible_cohorts
from registry.actions.people import system_user
from registry.models import MissingReason
from tests.builders import build_patient, build_procedure, build_study, build_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(north):
    return build_study(slug="one", site=north, instruments=("pain",))


def columns_of(study):
    cohort = visible_cohorts(system_user()).get(slug=study.slug)
    return freeze.columns_of(freeze.freeze(cohort, [site.pk for site in study.sites.all()]))


def patient(study, number, *, missed=(), **pain):
    """One patient with these pain scores or reasons, and with visits missed because of a death."""
    procedure = build_procedure(patient=build_patient(study=study, study_number=number), performed_on=date(2024, 3, 1))
    for timepoint, value in pain.items():
        build_visit(procedure=procedure, timepoint=timepoint, scores={"pain": value})
    for timepoint in missed:
        build_visit(procedure=procedure, timepoint=timepoint, missed=MissingReason.DECEASED)


def test_a_scores_reason_and_a_missed_visits_reason_both_say_who_died(study):
    patient(study, "A", preop=7, w6=3)
    patient(study, "B", preop=6, w6="deceased")
    patient(study, "C", preop=5, missed=["w6"])
    patient(study, "D", preop=4, w6="refused")

    deceased = columns_of(study).deceased

    assert {place: dead.tolist() for place, dead in deceased.items()} == {("pain", "w6"): [False, True, True, False]}


def test_where_nobody_died_nothing_is_read(study):
    patient(study, "A", preop=7, w6="lost")

    assert columns_of(study).deceased == {}


def test_the_dead_of_a_freeze_are_counted_apart_from_the_missing(study):
    patient(study, "A", preop=7, w6=3)
    patient(study, "B", preop=6, missed=["w6"])
    patient(study, "C", preop=5, w6="lost")

    at = run({"id": "x", "type": "deaths_apart", "instrument": "pain", "better": "lower"}, columns_of(study))["at"]

    assert [(cell["n"], cell["dead"], cell["missing"]) for cell in at.values()] == [(3, 0, 0), (1, 1, 1)]
