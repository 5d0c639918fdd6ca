"""What a job leaves behind: results with their envelope, rights of now, and the same answer to the same request."""

import hashlib
import json

import pytest
from django.core.management import CommandError, call_command

from outcomes.asking import ANALYSE, ask_analysis
from outcomes.cohorts import make_default_cohorts, visible_cohorts
from outcomes.latest import current_overview, latest_overview, reported_cohorts
from outcomes.models import Cohort, Result
from outcomes.plans.errors import PlanError
from outcomes.running import run_job as run_here
from registry import jobs
from registry.actions.people import system_user
from registry.errors import Refused
from registry.models import Job, Membership
from tests.builders import build_cohort_rows, build_patient, build_study

KRUSKAL = {"name": "one", "analyses": [{"id": "k", "type": "kruskal_dunn", "instrument": "pain"}]}


@pytest.fixture
def cohort(north) -> Cohort:
    study = build_study(slug="one", site=north)
    build_cohort_rows(study, north, 8)
    make_default_cohorts()
    return Cohort.objects.get(slug="one")


def done(job: Job) -> Job:
    """Do a job in this process, as a worker would."""
    with jobs.claimed(job.pk) as claimed:
        run_here(claimed)
    job.refresh_from_db()
    return job


@pytest.mark.django_db(transaction=True)
def test_each_study_has_a_default_cohort_of_its_slug(cohort):
    make_default_cohorts()

    assert [row.slug for row in Cohort.objects.all()] == ["one"]
    assert [study.slug for study in cohort.studies.all()] == ["one"]


@pytest.mark.django_db(transaction=True)
def test_a_result_carries_the_bytes_of_its_payload_and_where_it_came_from(cohort, surgeon):
    job = done(ask_analysis(cohort=cohort, plan=KRUSKAL, by=surgeon))

    result = Result.objects.get(job=job)
    assert hashlib.sha256(result.payload_text.encode()).hexdigest() == result.payload_sha256
    assert result.payload_text == json.dumps(result.payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert result.envelope["freeze"] == result.freeze.digest
    assert result.envelope["sites"] == ["north"]
    assert result.envelope["program_version"] and result.envelope["conventions"]


@pytest.mark.django_db(transaction=True)
def test_the_same_request_twice_gives_the_same_bytes_from_the_same_freeze(cohort, surgeon):
    first, second = (done(ask_analysis(cohort=cohort, plan=KRUSKAL, by=surgeon)) for _ in range(2))

    one, two = (Result.objects.get(job=job) for job in (first, second))
    assert one.payload_text == two.payload_text
    assert one.freeze_id == two.freeze_id


@pytest.mark.django_db(transaction=True)
def test_the_overview_is_shown_to_who_sees_the_same_sites_and_to_nobody_else(cohort, surgeon, nurse, neighbour):
    done(ask_analysis(cohort=cohort, plan=None, by=surgeon))

    assert latest_overview(cohort, nurse)
    assert reported_cohorts(nurse)[0].procedures == 8
    assert not latest_overview(cohort, neighbour)
    assert reported_cohorts(neighbour) == []
    assert not Result.objects.visible_to(neighbour).exists()


@pytest.mark.django_db(transaction=True)
def test_an_overview_is_current_until_the_record_changes(cohort, surgeon):
    done(ask_analysis(cohort=cohort, plan=None, by=surgeon))
    before = current_overview(cohort, surgeon)
    build_cohort_rows(cohort.studies.get(), cohort.sites_for(surgeon).get(), 1)

    assert before
    assert current_overview(cohort, surgeon) == []


@pytest.mark.worker
def test_make_reports_computes_what_is_not_current_and_nothing_twice(cohort, dispatcher, capsys):
    for _ in range(2):
        call_command("make_reports")

    assert Job.objects.filter(kind=ANALYSE).count() == 1  # the dispatcher asks for the night's work beside it
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(" results.") and second.endswith("as it still is.")


@pytest.mark.django_db(transaction=True)
def test_a_site_that_joins_later_does_not_show_in_the_reports_of_the_first(cohort, surgeon, south):
    study = cohort.studies.get()
    build_patient(study=study, site=south, study_number="S-1")

    job = done(ask_analysis(cohort=cohort, plan=KRUSKAL, by=surgeon))

    assert [str(pk) for pk in job.site_ids] == [str(pk) for pk in surgeon.memberships.values_list("site", flat=True)]
    assert Result.objects.get(job=job).freeze.manifest["flow"]["enrolled"] == 8


@pytest.mark.django_db(transaction=True)
def test_a_job_works_with_the_rights_of_now_not_of_when_it_was_asked(cohort, surgeon):
    job = ask_analysis(cohort=cohort, plan=KRUSKAL, by=surgeon)
    Membership.objects.filter(user=surgeon).delete()

    done(job)

    assert job.state == Job.State.FAILED
    assert "may no longer" in job.error
    assert not Result.objects.exists()


@pytest.mark.django_db
def test_who_may_not_ask_is_refused_in_words(cohort, nurse, pool):
    for user in (nurse, pool):
        with pytest.raises(Refused, match="may not ask"):
            ask_analysis(cohort=cohort, plan=KRUSKAL, by=user)
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_wrong_plan_is_refused_before_anything_is_queued(cohort, surgeon):
    wrong = {"name": "x", "analyses": [{"id": "k", "type": "kruskal_done", "instrument": "pain"}]}

    with pytest.raises(PlanError, match="kruskal_done"):
        ask_analysis(cohort=cohort, plan=wrong, by=surgeon)
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_key_that_is_used_again_gives_the_same_job_and_for_another_request_a_refusal(cohort, surgeon):
    first = ask_analysis(cohort=cohort, plan=KRUSKAL, by=surgeon, idempotency_key="k1")

    assert ask_analysis(cohort=cohort, plan=KRUSKAL, by=surgeon, idempotency_key="k1").pk == first.pk
    with pytest.raises(Refused, match="another request"):
        ask_analysis(cohort=cohort, plan=None, by=surgeon, idempotency_key="k1")


@pytest.mark.worker
def test_analyse_study_goes_through_the_worker_and_writes_the_results(cohort, dispatcher, tmp_path):
    plan, out = tmp_path / "plan.json", tmp_path / "results.json"
    plan.write_text(json.dumps(KRUSKAL))

    call_command("analyse_study", "one", "--plan", str(plan), "--out", str(out), verbosity=0)

    document = json.loads(out.read_text())
    assert set(document) >= {"results", "freeze", "program_version", "conventions"}
    assert document["results"]["k"]["n"] == {"preop": 8, "w6": 8, "m3": 8}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "plan", "words"),
    [
        ("none", "{}", "There is no study none"),
        ("one", "{", "cannot be read as a JSON plan"),
        ("one", '{"name": "x", "analyses": [], "title": "\\ud800"}', "cannot be read as a JSON plan"),
        ("one", '{"name": "\\u0000", "analyses": []}', "holds a NUL"),
        ("one", '{"name": "x", "analyses": [], "published": {"n": NaN}}', "NaN is not a number of JSON"),
        ("one", '{"analyses": 3, "name": "x"}', "analyses"),
        ("one", "[]", "plan"),
    ],
)
def test_analyse_study_says_what_is_wrong_with_what_it_was_given(cohort, tmp_path, name, plan, words):
    file = tmp_path / "plan.json"
    file.write_text(plan)

    with pytest.raises(CommandError, match=words):
        call_command("analyse_study", name, "--plan", str(file), "--out", str(tmp_path / "out.json"), verbosity=0)
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_visible_cohorts_are_those_of_ones_own_sites(cohort, surgeon, neighbour, nobody):
    assert [row.slug for row in visible_cohorts(surgeon)] == ["one"]
    assert [row.slug for row in visible_cohorts(system_user())] == ["one"]
    assert not visible_cohorts(neighbour).exists()
    assert not visible_cohorts(nobody).exists()
