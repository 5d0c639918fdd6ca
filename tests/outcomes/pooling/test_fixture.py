"""The fixture: an instance that counts in another way than the spec says is found out, and nothing of it stays."""

import json

import pytest
from django.apps import apps
from django.db import connection

from outcomes import extract
from outcomes.pooling import fixture, invented
from outcomes.pooling.fixture import FixtureMismatch, check_fixture, digests
from outcomes.pooling.spec import read_spec
from registry import schedules
from registry.models import MissingReason, Timepoint
from registry.rules import NewVisit
from tests.outcomes.pooling.cohorts import PLANS, loaded, spec_for

pytestmark = pytest.mark.django_db
A_VIEW = "pghistory_events"


def whose(cohort):
    return cohort.studies.select_related("schedule")


@pytest.mark.parametrize("plan", PLANS)
def test_every_instance_with_the_schedule_and_instruments_of_a_paper_counts_its_fixture_alike(plan):
    cohort = loaded(plan)
    spec = spec_for(plan, cohort)

    check_fixture(spec, whose(cohort))

    assert spec == read_spec(json.dumps(spec.document))
    assert len(spec.analyses) > 40
    assert spec_for(plan, cohort).hash == spec.hash


@pytest.fixture
def clunk(db):
    cohort = loaded("clunk2025")
    return cohort, spec_for("clunk2025", cohort)


def rows_of_everything() -> dict[str, int]:
    """How many rows each table of the database has, histories and links among them."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
        return found


@pytest.mark.parametrize(("change", "words"), [
    ({"covariates": {"unheard_of": "1"}}, "the covariate unheard_of"),
    ({"times": {"unheard_of": {"time": "1", "unit": "days", "event": True}}}, "the time unheard_of"),
    ({"born": "1950-02-31"}, "cannot be recorded"),
    ({"visits": [{"day": 3, "timepoint": "unheard_of", "missed": "", "scores": {}, "missing": {}}]}, "the timepoint"),
    ({"visits": [{"day": 3, "timepoint": "", "missed": "", "scores": {"unheard_of": "1"}, "missing": {}}]},
     "the instrument"),
    ({"visits": [{"day": 3, "timepoint": "", "missed": "why not", "scores": {}, "missing": {}}]}, "the reason"),
    ({"visits": [{"day": 3, "timepoint": "", "missed": "", "scores": {"pain": "much"}, "missing": {}}]}, "recorded"),
], ids=["covariate", "time", "date", "timepoint", "instrument", "reason", "number"])  # fmt: skip
def test_a_fixture_that_names_what_is_not_there_is_no_crash(clunk, change, words):
    cohort, spec = clunk
    first, *others = spec.document["fixture"]["rows"]
    if "scores" in str(change) and "pain" in str(change):
        change["visits"][0]["scores"] = {next(iter(spec.instruments)): "much"}
    rows = [first | change, *others]
    broken = read_spec(spec.document | {"fixture": spec.document["fixture"] | {"rows": rows}})
    with pytest.raises(FixtureMismatch, match=words):
        check_fixture(broken, whose(cohort))


def test_nothing_of_the_fixture_stays(clunk):
    cohort, spec = clunk
    before = rows_of_everything()
    assert set(before) >= {model._meta.db_table for model in apps.get_models()} - {A_VIEW}

    check_fixture(spec, whose(cohort))

    assert rows_of_everything() == before


def test_nothing_of_a_fixture_that_is_refused_stays(clunk):
    cohort, spec = clunk
    spec.document["fixture"]["rows"][3]["visits"][0]["scores"]["pain"] = "11"
    before = rows_of_everything()

    with pytest.raises(FixtureMismatch, match="cannot be recorded"):
        check_fixture(spec, whose(cohort))

    assert rows_of_everything() == before


def refused(cohort, spec) -> str:
    with pytest.raises(FixtureMismatch) as refusal:
        check_fixture(spec, whose(cohort))
    return str(refusal.value)


@pytest.mark.parametrize("change", [{"opens_on_day": 22}, {"closes_on_day": 65}, {"target_day": 43}])
def test_a_window_or_a_target_that_differs_by_one_day_is_found_out(clunk, change):
    cohort, spec = clunk
    Timepoint.objects.filter(schedule__studies__cohorts=cohort, code="w6").update(**change)
    assert "another way" in refused(cohort, spec)


def test_an_instance_whose_window_rule_leaves_out_its_ends_is_found_out(clunk, monkeypatch):
    def open_ended(timepoint, day):
        if timepoint is None or day is None or not timepoint.has_window:
            return "unknown"
        return "inside" if timepoint.opens_on_day < day < timepoint.closes_on_day else "outside"

    monkeypatch.setattr(schedules, "window_of", open_ended)
    assert "another way" in refused(*clunk)


def test_an_instance_that_takes_the_later_of_two_visits_that_are_as_near_is_found_out(clunk, monkeypatch):
    count = extract.the_one_that_counts

    def later(rows):
        ordered = count(rows).query.order_by
        swapped = tuple(f"-{key}" if key == "visit__day" else key for key in ordered)
        return rows.order_by(*swapped).distinct(*swapped[:3]).values("pk")

    monkeypatch.setattr(extract, "the_one_that_counts", later)
    assert "another way" in refused(*clunk)


@pytest.mark.parametrize("code", ["deceased"])
def test_an_instance_that_knows_a_reason_for_missing_by_another_meaning_is_found_out(clunk, monkeypatch, code):
    made = fixture.visit

    def mistaken(said, procedure, planned, there) -> NewVisit:
        found = made(said, procedure, planned, there)
        other = MissingReason.LOST
        found.missed = other if found.missed == code else found.missed
        found.scores = {key: other if value == code else value for key, value in found.scores.items()}
        return found

    monkeypatch.setattr(fixture, "visit", mistaken)
    assert "another way" in refused(*clunk)


def test_one_changed_score_of_the_fixture_is_found_out(clunk):
    cohort, spec = clunk
    rows = spec.document["fixture"]["rows"]
    scores = next(visit["scores"] for visit in rows[0]["visits"] if visit["scores"])
    scores["pain"] = "1" if scores["pain"] != "1" else "2"
    assert "another way" in refused(cohort, spec)


def test_a_fixture_that_says_nothing_lets_nothing_out(clunk):
    cohort, spec = clunk
    spec.document["fixture"] |= {"rows": [], "tables": {}}
    assert "does not say" in refused(cohort, spec)


def test_the_fixture_has_every_reason_for_missing_and_every_kind_of_visit(clunk):
    _, spec = clunk
    rows = spec.document["fixture"]["rows"]
    visits = [visit for row in rows for visit in row["visits"]]
    said = {code for visit in visits for code in visit["missing"].values()} | {visit["missed"] for visit in visits}
    assert said >= set(MissingReason.values)
    assert len(rows) == invented.PATIENTS
    assert any(len({v["day"] for v in row["visits"] if v["day"] and 21 <= v["day"] <= 66}) == 2 for row in rows)


def test_it_is_invented_from_the_frame_alone(clunk):
    _, spec = clunk
    assert invented.invented(spec.document) == spec.document["fixture"]["rows"]


def test_a_study_that_does_not_ask_for_an_instrument_answers_for_the_others(clunk):
    cohort, spec = clunk
    study = cohort.studies.get()
    study.asked.filter(instrument__key="pain").delete()
    found = digests(spec, study)
    assert 0 < len(found) < len(spec.analyses)
    check_fixture(spec, [study])
