"""The table of two readers' agreement, held against counts by hand."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from registry.access import Role
from registry.actions.reabstraction import draw_sample, submit_reading
from registry.models import Instrument, MissingReason
from registry.reabstraction import asked_in
from reports.agreement import agreements, summary
from tests.builders import build_member, build_patient, build_procedure, build_study, build_visit

# First and second reading of opioid use: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no, and two that one reader missed.
READINGS = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15 + [(1, None)] * 2


@pytest.fixture
def sample(north, nurse, surgeon):
    study = build_study(slug="hips", site=north, instruments=("opioid",))
    reader = build_member("second", north, Role.COORDINATOR)
    said = {}
    for first, second in READINGS:
        procedure = build_procedure(patient=build_patient(study=study), performed_on=date(2024, 3, 1))
        visit = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), by=nurse, scores={"opioid": first})
        said[visit.pk] = MissingReason.NOT_RECORDED if second is None else Decimal(second)
    drawn = draw_sample(study=study, site=north, seed=1, share=Decimal(100), reader=reader, by=surgeon)
    opioid = Instrument.objects.get(site=None, key="opioid")
    for reading in drawn.readings.all():
        submit_reading(reading, values={opioid: said[reading.visit_id]}, version=1, by=reader)
    return drawn


def test_kappa_of_a_sample_is_the_one_by_hand(sample):
    """po = 35/50 = .7, pe = .5 * .6 + .5 * .4 = .5, kappa = .4; 35 of 52 are alike, 2 were found by one reader."""
    (found,) = agreements(sample.readings.all(), asked_in(sample))
    assert (found.n_read, found.alike, found.one_missing, found.n_values) == (52, 35, 2, 50)
    assert found.values.kappa.estimate == pytest.approx(0.4, abs=1e-12)
    assert summary([found]) == "35 of 52 fields were read alike (67.3 %)."


def test_the_file_holds_the_same_table_as_the_page(sample, surgeon, client):
    client.force_login(surgeon)
    address = reverse("sample-agreement", args=[sample.pk])
    page = client.get(address).content.decode()
    file = client.get(address, {"format": "csv"}).content.decode("utf-8-sig")
    (row,) = list(csv.DictReader(io.StringIO(file)))
    assert row["Alike"] == "35 of 52"
    assert row["Kappa (95 % CI)"].startswith("0.40 (")
    assert all(cell in page for cell in row.values())


def test_a_name_that_looks_like_a_formula_is_inert_in_the_file(sample, surgeon, client):
    Instrument.objects.filter(site=None, key="opioid").update(name="=1+1")
    client.force_login(surgeon)
    file = client.get(reverse("sample-agreement", args=[sample.pk]), {"format": "csv"}).content.decode("utf-8-sig")
    assert "'=1+1" in file and "\n=1+1" not in file


def test_the_page_asks_as_often_for_many_readings_as_for_few(sample, surgeon, client, django_assert_max_num_queries):
    client.force_login(surgeon)
    with django_assert_max_num_queries(25):
        client.get(reverse("sample-agreement", args=[sample.pk]))
