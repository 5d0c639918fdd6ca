"""The dictionary and the capabilities: what programs are told of the record, and nothing of any patient."""

import pytest
from django.urls import reverse

from registry.access import Profile
from registry.actions import people, studies
from registry.chart import FORMS
from registry.dictionary import VERSION
from registry.models import Instrument, MissingReason
from tests.builders import build_study
from tests.programs import bearer


@pytest.fixture
def told(client, surgeon, north):
    """The dictionary as an investigator at north reads it."""
    study = build_study(slug="hips", site=north)
    studies.add_covariate(study=study, name="age", label="Age", kind="integer", by=people.system_user())
    client.force_login(surgeon)
    return client.get(reverse("api-dictionary")).json()


def test_every_instrument_has_its_range_and_the_levels_that_it_can_take(told):
    instruments = {row["key"]: row for row in told["instruments"]}
    assert set(instruments) == set(Instrument.objects.filter(site=None).values_list("key", flat=True))
    assert [level["value"] for level in instruments["ecog"]["levels"]] == ["0", "1", "2", "3", "4"]
    assert [level["value"] for level in instruments["pain"]["levels"]][:3] == ["0", "0.1", "0.2"]
    assert len(instruments["pain"]["levels"]) == 101
    assert (instruments["ecog"]["loinc"], instruments["pain"]["loinc"]) == ("89247-1", "72514-3")
    assert {row["loinc"] for key, row in instruments.items() if key not in ("ecog", "pain")} == {None}


def test_every_form_and_reason_is_told(told):
    assert [form["key"] for form in told["forms"]] == list(FORMS)
    fields = {field["name"]: field for form in told["forms"] if form["key"] == "radiation" for field in form["fields"]}
    assert (fields["dose_gy"]["type"], fields["dose_gy"]["minimum"], fields["dose_gy"]["maximum"]) == (
        "decimal",
        "0",
        "200",
    )
    assert fields["modality"]["codes"]["sbrt"] == "Stereotactic body radiation"
    assert [row["code"] for row in told["missing"]] == MissingReason.values
    crosswalk = {row["code"]: row["fhir_data_absent_reason"] for row in told["missing"]}
    assert (crosswalk["refused"], crosswalk["not_due"]) == ("asked-declined", "temp-unknown")


def test_what_rows_hold_under_each_profile_is_told(told):
    assert set(told["rows"]["patients"]) == set(Profile)
    assert "study_number" not in told["rows"]["patients"]["safe_harbor"]
    assert told["covariates"] == [{"study": "hips", "name": "age", "label": "Age", "type": "integer"}]


def test_another_sites_instrument_and_study_are_not_told(client, told, neighbour, south):
    scale = {"minimum": 0, "maximum": 3, "step": 1, "name": "theirs", "levels": {}, "instrument_version": "1"}
    studies.add_instrument(key="theirs", site=south, **scale, by=people.system_user())
    for who, sees in ((neighbour, True), (None, False)):
        if who:
            client.force_login(who)
            answer = client.get(reverse("api-dictionary")).json()
        else:
            answer = told
        assert ("theirs" in {row["key"] for row in answer["instruments"]}) is sees
        assert (answer["covariates"] == []) is sees


def test_the_dictionary_has_a_version_and_a_tag(client, told, surgeon, north):
    header = bearer(surgeon, north, scopes=["pull:rows"])
    first = client.get(reverse("api-dictionary-version", args=[VERSION]), headers=header)
    assert first.json()["dictionary_version"] == VERSION == told["dictionary_version"]
    again = client.get(first.wsgi_request.path, headers=header | {"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    other = client.get(reverse("api-dictionary-version", args=["0.0.1"]), headers=header)
    assert (other.status_code, other.json()["type"]) == (404, "/problems/dictionary-unsupported/")


def test_what_this_program_can_do_is_told(client, surgeon, north, settings):
    client.force_login(surgeon)
    told = client.get(reverse("api-capabilities")).json()
    assert told["profiles"] == list(Profile)
    assert told["limits"]["calls_per_minute"] == settings.API_CALLS_PER_MINUTE
    assert told["dictionary_version"] == VERSION
    assert told["public_keys"] == []
