"""Rows that are committed: the feed serves nothing of a transaction that is open."""

from datetime import date

import pytest

from registry.access import Role
from registry.models import Event, RadiationCourse, SystemicTherapy
from tests.builders import build_member, build_patient, build_procedure, build_site, build_study, build_visit
from tests.programs import bearer


@pytest.fixture
def north(transactional_db):
    return build_site("north")


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north)


@pytest.fixture
def surgeon(north):
    return build_member("surgeon", north, Role.INVESTIGATOR)


@pytest.fixture
def identified(surgeon, north):
    return bearer(surgeon, north)


@pytest.fixture
def pulling(surgeon, north):
    """Without identifiers."""
    return bearer(surgeon, north, scopes=["pull:rows"])


def chart_of(study, site, number: str):
    """A patient with a row of each resource; the visit."""
    patient = build_patient(study=study, site=site, study_number=number)
    procedure = build_procedure(patient=patient, performed_on=date(2024, 3, 1))
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12), scores={"pain": 3})
    Event.objects.create(site=site, procedure=procedure, kind="complication", description="Words of a person")
    RadiationCourse.objects.create(site=site, patient=patient, field_site="Words of a person")
    SystemicTherapy.objects.create(site=site, patient=patient)
    return visit


@pytest.fixture
def visit(study, north):
    return chart_of(study, north, "N-1")
