"""Times to an event from the register to the curve: with their unit, and refused where units are mixed."""

from decimal import Decimal

import pytest

from outcomes import freeze
from outcomes.analyses.run import run
from outcomes.cohorts import visible_cohorts
from outcomes.plans.errors import PlanError
from registry.actions.patients import record_times
from registry.actions.people import system_user
from registry.models import TimeToEvent
from tests.builders import build_patient, build_procedure, build_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(north):
    return build_study(slug="one", site=north, instruments=("pain",))


def followed(study, number, *, unit="days", **times):
    """A procedure with its times to an event: name = (time, event)."""
    procedure = build_procedure(patient=build_patient(study=study, study_number=number))
    rows = [
        TimeToEvent(site=procedure.site, procedure=procedure, name=name, time=Decimal(time), unit=unit, event=event)
        for name, (time, event) in times.items()
    ]
    record_times(rows, by=system_user())


def columns_now(study):
    cohort = visible_cohorts(system_user()).get(slug=study.slug)
    return freeze.columns_of(freeze.freeze(cohort, [site.pk for site in study.sites.all()]))


def test_recorded_times_are_counted_with_their_decimals_and_told_in_their_unit(study):
    followed(study, "A", death=("12.5", True))
    followed(study, "B", death=("30", False))
    followed(study, "C")

    payload = run({"id": "x", "type": "km", "times": "death"}, columns_now(study))

    assert payload["unit"] == "days"
    assert (payload["n"], payload["events"], payload["left_out"]) == (2, 1, {"no_time": 1})
    assert [(time, at["n_risk"], at["S"]) for time, at in payload["survival_at"].items()] == [("12.5", 2, 0.5)]


def test_a_recorded_death_competes_with_a_recorded_repair(study):
    followed(study, "A", repair=("90", True), death=("200", True))
    followed(study, "B", repair=("58", False), death=("58", True))
    entry = {"id": "x", "type": "cumulative_incidence", "survival": "repair", "competing": "death", "times": [90]}

    payload = run(entry, columns_now(study))

    assert (payload["events"], payload["competing"], payload["incidence_at"]["90"]["F"]) == (1, 1, 0.5)


def test_times_recorded_in_two_units_are_refused_until_somebody_mends_them(study):
    followed(study, "A", death=("12", True))
    followed(study, "B", unit="months", death=("3", True))

    with pytest.raises(PlanError, match="'death' is kept in several units: days, months"):
        run({"id": "x", "type": "km", "times": [1]}, columns_now(study))
