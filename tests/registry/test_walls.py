import pytest
from django.db import connection
from registry import walls
from registry.models import Patient
from tests.builders import build_patient, build_study

pytestmark = pytest.mark.django_db

def test_thin(north, south, client, nurse):
    a = build_patient(study=build_study(slug="a", site=north), site=north)
    b = build_patient(study=build_study(slug="b", site=south), site=south)
    assert Patient.objects.count() == 2
    with walls.at_sites([north.pk]):
        assert list(Patient.objects.all()) == [a]
    with walls.no_site():
        assert Patient.objects.count() == 0
    with walls.standing(walls.sites_of(nurse)):
        assert list(Patient.objects.all()) == [a]
    assert Patient.objects.count() == 2
