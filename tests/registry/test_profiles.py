"""Rows in the form that a token has: what of them leaves, under which ids, and in how many queries."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.access import Profile, Role
from registry.actions import events, patients, people, standing, studies
from registry.models import Event, MissingReason, Patient, Pseudonym, RadiationCourse, SystemicTherapy
from registry.profiles import RESOURCES, project, rows_of
from registry.profiles.covariates import says_age
from registry.profiles.whitelist import WHITELIST
from tests.builders import (
    build_cohort_rows,
    build_member,
    build_patient,
    build_procedure,
    build_study,
    build_visit,
)
from tests.programs import bearer
from tests.programs import rows_of as listed

NAMES = {"patients": "api-patient", "procedures": "api-procedure", "visits": "api-visit", "scores": "api-score",
         "events": "api-event", "treatments": "api-treatment"}  # fmt: skip
PULLED = [Profile.LIMITED, Profile.SAFE_HARBOR]


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north)


@pytest.fixture
def puller(surgeon, north):
    """A function that gives the header of a token of the surgeon, in a form."""
    return lambda profile=Profile.SAFE_HARBOR, **scope: bearer(
        surgeon, north, scopes=["pull:rows"], profile=profile, **scope
    )


def of_patient(study, site, number="N-1", **fields):
    """A patient with two operations, a visit, a complication, and treatments before and after."""
    patient = build_patient(study=study, site=site, study_number=number, **fields)
    first = build_procedure(patient=patient, performed_on=date(2021, 3, 1), kind="pdn")
    second = build_procedure(patient=patient, performed_on=date(2021, 6, 1), is_index=False)
    build_visit(procedure=first, timepoint="w6", visited_on=date(2021, 4, 12), scores={"pain": 3, "opioid": "refused"})
    build_visit(procedure=second, timepoint="w6", visited_on=date(2021, 7, 13), scores={"pain": 2})
    said = {"happened_on": date(2021, 3, 5), "happened_precision": "day", "description": "told in words"}
    by = people.system_user()
    events.record_event(Event(procedure=first, kind="complication", complication="wound", **said), by=by)
    RadiationCourse.objects.create(site=site, patient=patient, started_on=date(2021, 2, 1), started_precision="day",
                                   modality="sbrt", dose_gy=Decimal("30.50"), field_site="left ilium")  # fmt: skip
    SystemicTherapy.objects.create(site=site, patient=patient, drug_class="chemo", agent="a trade name",
                                   started_on=date(2021, 1, 1), started_precision="year")  # fmt: skip
    return patient


@pytest.fixture
def patient(study, north):
    return of_patient(study, north, sex="F", born_on=date(1950, 5, 5), born_precision="day")


@pytest.mark.parametrize("profile", PULLED)
def test_each_resource_has_the_fields_of_its_list_and_no_others(client, puller, patient, profile):
    for resource, tables in RESOURCES.items():
        lists = [WHITELIST[table.key][profile] for table in tables]
        for row in listed(client, NAMES[resource], headers=puller(profile)):
            assert tuple(row) in lists, resource


def test_safe_harbor_tells_days_from_the_index_procedure(client, puller, patient):
    header = puller()
    days = {name: sorted(str(row["day"]) for row in listed(client, NAMES[name], headers=header))
            for name in ("procedures", "visits", "events", "treatments")}  # fmt: skip
    assert days == {"procedures": ["0", "92"], "visits": ["134", "42"], "events": ["4"], "treatments": ["-28", "None"]}
    row = listed(client, "api-patient", headers=header)[0]
    assert (row["age"], row["index_year"], row["sex"]) == ("70", 2021, "F")


def test_limited_has_the_dates_and_still_no_number(client, puller, patient):
    header = puller(Profile.LIMITED)
    assert listed(client, "api-patient", headers=header)[0]["born_on"] == "1950-05-05"
    assert {row["visited_on"] for row in listed(client, "api-visit", headers=header)} == {"2021-04-12", "2021-07-13"}
    assert "N-1" not in client.get(reverse("api-patient-list"), headers=header).content.decode()


@pytest.mark.parametrize(
    ("born", "performed", "last", "age", "year"),
    [
        (date(1940, 1, 1), date(2021, 3, 1), None, "81", 2021),
        (date(1936, 1, 1), date(2021, 3, 1), None, "85", None),  # with the year it shows that somebody is 90 by now
        (date(1931, 3, 1), date(2021, 3, 1), None, "90+", None),
        (date(1928, 3, 1), date(2021, 3, 1), None, "90+", None),
        (date(1932, 3, 1), date(2021, 3, 1), date(2022, 3, 1), "90+", None),  # 89 at the procedure, 90 at a visit
        (date(1932, 3, 1), date(2021, 3, 1), date(2022, 2, 28), "89", None),
        (date(2030, 1, 1), date(2021, 3, 1), None, None, 2021),
    ],
)
def test_no_age_over_89_is_told_or_follows(north, study, system, born, performed, last, age, year):
    patient = build_patient(study=study, site=north)
    procedure = build_procedure(patient=patient, performed_on=performed)
    if last:
        build_visit(procedure=procedure, timepoint=None, visited_on=last, scores={"pain": 1})
    if born.year < performed.year:
        Patient.objects.filter(pk=patient.pk).update(born_on=born, born_precision="day")
    (row,) = projected("patients", system, Profile.SAFE_HARBOR).values()
    assert (row["age"], row["index_year"]) == (age, year)


def projected(resource, user, profile):
    return project(resource, [rows_of(table, user, profile) for table in RESOURCES[resource]], profile, user)


def covariate(study, name, kind, values, by):
    """A covariate with a value of each patient of the study, in the order of their numbers."""
    made = studies.add_covariate(study=study, name=name, label=name.title(), kind=kind, by=by)
    rows = zip(study.patients.order_by("study_number"), values, strict=True)
    patients.record_covariates(
        [patients.covariate_value(patient=patient, covariate=made, value=value) for patient, value in rows], by=by
    )


def test_of_covariates_numbers_and_shared_levels_leave_and_what_may_say_who_it_is_stays(north, study, system):
    for number in ("1001", "1002", "1003", "1004"):
        build_procedure(patient=build_patient(study=study, site=north, study_number=number))
    numbers = lambda *values: [Decimal(value) for value in values]  # noqa: E731
    covariate(study, "age", "integer", numbers(93, 60, 61, 62), system)
    covariate(study, "bmi", "decimal", numbers("27.5", 20, 21, 22), system)
    covariate(study, "arm", "category", ["wired", "wired", "plain", "plain"], system)
    covariate(study, "level", "category", ["left", "right", "none", "unknown"], system)
    covariate(study, "remark", "category", ["fell off a horse", "wired", "wired", "wired"], system)
    covariate(study, "seen", "category", ["2021-03-04", "2021-03-04", "x", "x"], system)
    covariate(study, "born", "integer", numbers(1931, 1950, 1951, 1952), system)
    covariate(study, "number", "integer", numbers(1001, 1002, 1003, 1004), system)
    covariate(study, "phone", "integer", numbers(1, 2, 3, 441632961), system)
    rows = projected("patients", system, Profile.SAFE_HARBOR).values()
    assert {frozenset(row["covariates"]) for row in rows} == {frozenset({"age", "bmi", "arm", "level"})}
    assert sorted(row["covariates"]["age"]["value"] for row in rows) == ["60", "61", "62", "90+"]
    assert all(row["index_year"] is None for row in rows if row["covariates"]["age"]["value"] == "90+")
    limited = projected("patients", system, Profile.LIMITED).values()
    assert "93" in {row["covariates"]["age"]["value"] for row in limited}


@pytest.mark.parametrize(
    ("values", "leaves"),
    [
        (("4711.5", 4712, 4713, 4714), False),  # one fraction beside numbers of records
        (("45352.4", "45353.1", 45354, 45355), False),  # days as a spreadsheet counts them
        ((1931, 1950, 1951, 5), False),  # years, and one that is none
        (("1001.5", 1002, 1003, 1004), False),  # study numbers
        ((1, 2, 3, "441632961.5"), False),
        (("27.5", 20, 1950, 22), True),
        ((None, None, 20, 22), True),
    ],
)
def test_one_odd_value_lets_no_column_of_records_leave(north, study, system, values, leaves):
    for number in ("1001", "1002", "1003", "1004"):
        build_patient(study=study, site=north, study_number=number)
    typed = ["not_done" if value is None else Decimal(value) for value in values]
    covariate(study, "typed", "decimal", [MissingReason(each) if isinstance(each, str) else each for each in typed],
              system)  # fmt: skip
    rows = projected("patients", system, Profile.SAFE_HARBOR).values()
    assert {bool(row["covariates"]) for row in rows} == {leaves}


AGES = ("age", "Age", "ageatsurgery", "ageAtSurgery", "age_at_op", "AGE", "PatientAge", "patientage", "ptAge",
        "years old", "yearsOld", "age2")  # fmt: skip
NO_AGES = ("percentage", "dosage", "tumor_stage", "stage", "agent", "haemorrhage", "percentageOfBone", "bmi", "imaged")


def test_what_is_called_an_age_is_known_as_one():
    assert [name for name in AGES if not says_age(name)] == []
    assert [name for name in NO_AGES if says_age(name)] == []


@pytest.mark.parametrize("name", ["ageatsurgery", "ageAtSurgery", "age_at_op"])
def test_an_age_of_93_is_not_told_however_it_is_called(north, study, system, name):
    build_procedure(patient=build_patient(study=study, site=north))
    covariate(study, name, "integer", [Decimal(93)], system)
    (row,) = projected("patients", system, Profile.SAFE_HARBOR).values()
    assert (row["covariates"][name]["value"], row["index_year"]) == ("90+", None)


def test_ids_are_another_recipients_own_and_the_same_the_next_time(client, north, study, patient, puller):
    other = bearer(build_member("other", north, Role.INVESTIGATOR), north, scopes=["pull:rows"])
    for name in NAMES.values():
        mine, again = (listed(client, name, headers=puller()) for _ in range(2))
        theirs = listed(client, name, headers=other)
        assert mine == again
        assert {row["id"] for row in mine}.isdisjoint(row["id"] for row in theirs)
        assert {row["id"] for row in mine}.isdisjoint(
            str(pk) for pk in Pseudonym.objects.values_list("patient", flat=True)
        )
    assert Pseudonym.objects.count() == 2


def test_the_ids_of_one_pull_fit_together(client, puller, patient):
    found = {name: listed(client, name, headers=puller()) for name in NAMES.values()}
    ids = {name: {row["id"] for row in rows} for name, rows in found.items()}
    assert {row["patient"] for name, rows in found.items() if name != "api-patient" for row in rows} == ids[
        "api-patient"
    ]
    assert {row["procedure"] for row in found["api-visit"]} == ids["api-procedure"]
    assert {row["visit"] for row in found["api-score"]} == ids["api-visit"]


@pytest.mark.parametrize("resource", NAMES)
def test_a_single_row_is_found_at_the_id_that_the_recipient_has_and_at_no_other(client, puller, patient, resource):
    header, name = puller(), NAMES[resource]
    row = listed(client, name, headers=header)[0]
    assert client.get(reverse(f"{name}-detail", args=[row["id"]]), headers=header).json() == row
    own = RESOURCES[resource][0].model.objects.values_list("pk", flat=True)[0]
    assert client.get(reverse(f"{name}-detail", args=[own]), headers=header).status_code == 404


@pytest.mark.parametrize("name", NAMES.values())
def test_pages_under_a_profile_neither_skip_nor_repeat(client, puller, north, study, name):
    for number in range(5):
        of_patient(study, north, f"N-{number}")
    header, found, address = puller(), [], reverse(f"{name}-list") + "?page_size=2"
    while address:
        answer = client.get(address, headers=header).json()
        found += [row["id"] for row in answer["results"]]
        address = answer["next"]
    assert found == sorted(found)
    assert found == [row["id"] for row in listed(client, name, headers=header)]
    assert len(found) == len(set(found)) >= 5


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("name", NAMES.values())
def test_the_number_of_queries_of_a_page_does_not_grow_with_its_rows(client, surgeon, north, study, name, profile):
    header = bearer(
        surgeon, north, scopes=["read:rows" if profile == Profile.IDENTIFIED else "pull:rows"], profile=profile
    )
    counted = []
    for number in (1, 10, 100):
        for place in range(2):
            of_patient(study, north, f"N-{number + place}")
        listed(client, name, headers=header)
        with CaptureQueriesContext(connection) as queries:
            rows = listed(client, name, headers=header)
        counted.append((len(rows), len(queries)))
    assert counted[0][0] < counted[1][0] < counted[2][0]
    assert len({queries for _, queries in counted}) == 1


def test_who_withdrew_leaves_no_more_in_a_form_without_identifiers(client, puller, nurse, patient):
    standing.withdraw_patient(patient=patient, on=date(2024, 5, 1), reason="moved away", by=nurse)
    for name in NAMES.values():
        assert listed(client, name, headers=puller()) == []


def test_a_filter_that_says_who_it_is_is_not_understood_without_identifiers(client, puller, patient):
    header = puller()
    for name, key, value in (("api-patient", "study_number", "N-1"), ("api-visit", "procedure", str(patient.pk))):
        answer = client.get(reverse(f"{name}-list"), {key: value}, headers=header)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [key])
    code = listed(client, "api-patient", headers=header)[0]["id"]
    assert len(listed(client, "api-visit", headers=header, patient=code)) == 2
    assert listed(client, "api-visit", headers=header, patient="P0") == []
    assert listed(client, "api-visit", headers=header, patient=str(patient.pk)[:20]) == []


def test_a_session_may_look_at_what_would_leave(client, surgeon, patient):
    client.force_login(surgeon)
    assert listed(client, "api-patient")[0]["study_number"] == "N-1"
    assert "study_number" not in listed(client, "api-patient", profile="safe_harbor")[0]


def test_a_cursor_of_one_form_is_refused_in_another(client, surgeon, north, study):
    build_cohort_rows(study, north, 4)
    client.force_login(surgeon)
    answer = client.get(reverse("api-patient-list"), {"page_size": 2}).json()
    assert client.get(answer["next"] + "&profile=limited").status_code == 400
    pulled = client.get(reverse("api-patient-list"), {"page_size": 2, "profile": "limited"}).json()["next"]
    assert client.get(pulled.replace("&profile=limited", "").replace("profile=limited&", "")).status_code == 400
