"""The sweep: what raw SQL broke is asked about once, and closed by itself once it is mended."""

import io
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry import nightly
from registry.actions.people import system_user
from registry.actions.queries import waive_query
from registry.actions.standing import withdraw_patient
from registry.models import Fracture, Job, Query
from registry.sweep import all_patients, sweep
from tests.builders import (
    build_cohort_rows,
    build_patient,
    build_procedure,
    build_site,
    build_study,
    build_visit,
    run_job,
)
from tests.registry.record import set_columns


@pytest.fixture
def visit(north):
    """A visit that breaks no rule."""
    study = build_study(site=north, instruments=("pain", "fms", "ecog"))
    procedure = build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2022, 3, 1))
    return build_visit(procedure=procedure, timepoint="w6", day=42, scores={"fms": 3, "ecog": 2})


def swept() -> Counter:
    return sweep(all_patients(), by=system_user())


def set_score(visit, key: str, value) -> None:
    set_columns(visit.scores.get(instrument__key=key), f"value = {value}")


def asked() -> list[tuple]:
    return list(Query.objects.order_by("opened_at", "id").values_list("rule", "form", "row_id", "field", "status"))


def test_a_sound_record_is_asked_nothing(visit):
    assert swept()["opened"] == 0
    assert asked() == []


def test_a_row_broken_by_raw_sql_is_one_query_that_closes_when_it_is_mended(visit):
    set_score(visit, "ecog", 0)
    assert swept()["opened"] == 1
    assert asked() == [("F4", "visit", visit.pk, "ecog", "open")]
    assert swept() == Counter(opened=0, closed=0, standing=1, waived=0)
    set_score(visit, "ecog", 2)
    assert swept()["closed"] == 1
    assert asked() == [("F4", "visit", visit.pk, "ecog", "closed")]
    assert swept() == Counter(opened=0, closed=0, standing=0, waived=0)


def test_a_waived_query_rests_until_the_value_is_another(visit):
    set_score(visit, "ecog", 0)
    swept()
    query = Query.objects.get()
    waive_query(query=query, reason="walks with a stick, works full time", version=query.version, by=system_user())
    assert swept()["waived"] == 1
    set_score(visit, "fms", 4)
    assert swept()["opened"] == 1
    assert sorted(status for *_, status in asked()) == ["closed", "open"]


def test_what_another_form_lacks_is_asked_for_by_the_sweep(visit):
    patient = visit.procedure.patient
    Fracture.objects.create(site=patient.site, patient=patient, etiology="metastatic")
    assert swept()["opened"] == 1
    assert [rule for rule, *_ in asked()] == ["R3"]


def test_nobody_is_asked_about_a_patient_who_was_withdrawn(visit):
    set_score(visit, "ecog", 0)
    swept()
    withdraw_patient(patient=visit.procedure.patient, on=date(2024, 5, 1), reason="moved away", by=system_user())
    assert swept()["closed"] == 1


def test_a_sweep_takes_as_many_queries_for_a_hundred_patients_as_for_ten(north):
    study = build_study(site=north)
    build_cohort_rows(study, north, 10)
    counts = []
    for _ in range(2):
        swept()
        with CaptureQueriesContext(connection) as queries:
            swept()
        savepoints = [query for query in queries if "SAVEPOINT" in query["sql"]]
        counts.append(len(queries) - len(savepoints))
        build_cohort_rows(study, north, 90)
    assert counts[0] == counts[1]


def test_the_command_sweeps_one_study_or_all(visit):
    set_score(visit, "ecog", 0)
    with pytest.raises(CommandError, match="no study nowhere"):
        call_command("sweep", "--study", "nowhere")
    out = io.StringIO()
    call_command("sweep", "--study", visit.procedure.patient.study.slug, stdout=out)
    assert out.getvalue() == "1 patients: 1 queries opened, 0 closed, 0 standing, 0 waived.\n"


def test_each_night_is_asked_for_once_however_many_dispatchers_there_are(north):
    late, early, next_night = (datetime(2024, 5, day, hour, tzinfo=UTC) for day, hour in ((1, 23), (2, 1), (2, 2)))
    for now in (late, early, early):
        nightly.Clock(lambda now=now: now).tick()
    assert Job.objects.filter(kind=nightly.SWEEP).count() == 1
    clock = nightly.Clock(lambda: next_night)
    clock.tick()
    clock.tick()
    assert Job.objects.filter(kind=nightly.SWEEP).count() == 2


def test_a_dispatcher_without_a_site_asks_for_nothing(db):
    nightly.Clock(timezone.now).tick()
    assert not Job.objects.exists()


@pytest.mark.worker
def test_the_nightly_job_sweeps_the_whole_record(worker):
    site = build_site("north")
    study = build_study(site=site, instruments=("fms", "ecog"))
    procedure = build_procedure(study=study, performed_on=date(2022, 3, 1))
    visit = build_visit(procedure=procedure, timepoint="w6", day=42, scores={"fms": 3, "ecog": 2})
    set_score(visit, "ecog", 0)
    nightly.Clock(timezone.now).tick()
    job = run_job(Job.objects.get(kind=nightly.SWEEP))
    assert job.state == Job.State.DONE
    assert [rule for rule, *_ in asked()] == ["F4"]
