"""The multicentre demonstration: the same rows for the same site, other rows for another, all within their cohorts."""

import json

import pytest
from django.core.management import CommandError, call_command

from registry.demonstration import clunk, cox, gupta
from registry.demonstration.sites import site_studies
from registry.models import FollowUpVisit, Patient, StudySite


def scores(study):
    return [
        (one.study_number, visit.timepoint, key, value)
        for one in study.patients
        for visit in one.procedure.visits
        for key, value in visit.scores.items()
    ]


def test_a_site_has_the_same_patients_every_time_and_another_site_has_others():
    assert site_studies("a", 12) == site_studies("a", 12)
    mine, theirs = (scores(site_studies(code, 12)[0]) for code in ("a", "b"))
    assert [row[1:] for row in mine] != [row[1:] for row in theirs]


def test_the_patients_are_shared_out_over_the_three_cohorts():
    assert [len(study.patients) for study in site_studies("a", 150)] == [50, 50, 50]
    assert [len(study.patients) for study in site_studies("a", 11)] == [4, 4, 3]


@pytest.mark.parametrize(("place", "source"), [(0, clunk), (1, cox), (2, gupta)])
def test_every_value_lies_within_what_its_cohort_holds(place, source):
    known = {}
    for _, _, key, value in scores(source.study()):
        known.setdefault(key, set()).add(value)
    for _, _, key, value in scores(site_studies("a", 150)[place]):
        within = (
            value in known[key]
            if isinstance(value, str)
            else any(isinstance(low, int) and low <= value for low in known[key])
            and any(isinstance(high, int) and value <= high for high in known[key])
        )
        assert within


@pytest.mark.django_db
def test_two_sites_are_loaded_beside_each_other_and_loading_again_changes_nothing(tmp_path):
    load = ["load_sites", "--site", "a", "--site", "b", "--patients", "9", "--logins", str(tmp_path / "logins.json")]
    call_command(*load)
    before = (tmp_path / "logins.json").read_text()
    visits = FollowUpVisit.objects.count()
    call_command(*load)
    assert StudySite.objects.filter(study__slug__endswith="-demo").count() == 6
    assert Patient.objects.filter(site__code="a").count() == Patient.objects.filter(site__code="b").count() == 9
    assert FollowUpVisit.objects.count() == visits > 18
    assert (tmp_path / "logins.json").read_text() == before
    assert {user["username"] for user in json.loads(before)["users"]} == {"admin", "surgeon", "centre"}


@pytest.mark.django_db
def test_a_centre_has_people_and_no_patients(tmp_path):
    call_command("load_sites", "--centre", "centre", "--logins", str(tmp_path / "logins.json"))
    found = json.loads((tmp_path / "logins.json").read_text())
    assert [token["scopes"] for token in found["tokens"]] == [["read:results", "ask:analyses"], ["send:bundles"]]
    assert not Patient.objects.exists()


def test_sites_or_a_centre_must_be_named(tmp_path):
    with pytest.raises(CommandError, match="--centre"):
        call_command("load_sites", "--logins", str(tmp_path / "logins.json"))
