"""The demonstration study that is being filled shows every kind of work, whatever the day on which it is loaded."""

from datetime import date

import pytest

from registry.actions.studies import install_definitions
from registry.completeness import measure
from registry.completeness_sheet import Cut
from registry.demonstration.desk import STORIES, load_desk, study
from registry.models import Patient, Study
from registry.worklist import Scope, Work, counts

DAYS = (date(2024, 6, 15), date(2024, 1, 1), date(2023, 12, 31), date(2024, 2, 29))


@pytest.fixture
def definitions(system):
    """A test that commits empties all tables after it."""
    install_definitions(by=system)


@pytest.mark.parametrize("on", DAYS)
def test_every_kind_of_work_but_a_lock_and_the_chart_is_there(north, definitions, system, on):
    load_desk(on=on, by=system)
    found = counts(Scope(user=system, on=on))["desk-demo"]
    assert [kind for kind in Work.values if not found[kind]] == ["abstract", "locked"]
    assert (found[Work.OVERDUE], found[Work.QUERIES], found[Work.VISITS]) == (2, 3, 3)


def test_it_is_loaded_once(north, definitions, system):
    assert load_desk(on=DAYS[0], by=system).slug == "desk-demo"
    assert load_desk(on=DAYS[1], by=system) is None
    assert Patient.objects.count() == len(STORIES) == 19
    assert Study.objects.get().synthetic


def test_the_screening_log_has_gaps(north, definitions, system):
    load_desk(on=DAYS[0], by=system)
    cut = Cut(measure(Study.objects.get(), system, on=DAYS[0]))
    assert (cut.coverage().entered, cut.coverage().eligible) == (19, 22)


def test_the_same_day_gives_the_same_study():
    assert study(DAYS[0]) == study(DAYS[0])
