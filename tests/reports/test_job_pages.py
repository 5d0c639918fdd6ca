"""Jobs as people meet them: where they stand, stopped, tried again, announced once on whatever page is open."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.freezes import FREEZE
from outcomes.tasks import analyse
from registry import jobs
from registry.models import Job, Membership
from registry.nightly import SWEEP
from reports.job_kinds import KINDS
from reports.templatetags.jobs import ordinal
from tests.builders import build_cohort_rows, build_study
from tests.settled import settled

PLAN = {"name": "pain", "analyses": [{"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"}]}


@pytest.fixture
def ask(north, surgeon):
    study = build_study(slug="hips", name="Hips", site=north)
    build_cohort_rows(study, north, 3)
    return lambda: ask_analysis(cohort=visible_cohorts(surgeon).get(slug="hips"), plan=PLAN, by=surgeon)


def text_of(client, name: str, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def failed(job: Job, words: str = "The plan does not fit.") -> Job:
    jobs.fail(jobs.claim(job.pk), words)
    return job


def test_a_waiting_job_says_its_place_and_a_running_one_its_step(client, surgeon, ask):
    client.force_login(surgeon)
    first, second = ask(), ask()
    assert "2nd in the queue" in text_of(client, "job-detail", second.pk)
    jobs.progress(jobs.claim(first.pk), 2, 7, "kruskal_pain")
    words = text_of(client, "job-progress", first.pk)
    assert "kruskal_pain" in words and "2 of 7" in words
    assert "1st in the queue" in text_of(client, "job-progress", second.pk)
    assert {"pain on Hips", "2 of 7", "1st in the queue"} <= set(re.findall(
        r"pain on Hips|2 of 7|1st in the queue", text_of(client, "job-list")))  # fmt: skip


def test_ordinals():
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 1003)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th", "1,003rd"]  # fmt: skip


def test_a_page_that_shows_how_it_stands_is_not_sent_the_same_again(client, surgeon, ask):
    client.force_login(surgeon)
    job = ask()
    page = client.get(reverse("job-detail", args=[job.pk])).content.decode()
    poll = re.search(r'hx-get="(/jobs/[^"]+/progress/\?was=[^"]+)"', page).group(1)
    assert client.get(poll).status_code == 204
    jobs.progress(jobs.claim(job.pk), 1, 2, "x")
    assert client.get(poll).status_code == 200


def test_a_button_stops_a_job_and_another_asks_for_it_again(client, surgeon, ask):
    client.force_login(surgeon)
    job = ask()
    answer = client.post(reverse("job-cancel", args=[job.pk]), follow=True)
    assert "Nothing was kept" in answer.content.decode()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    again = client.post(reverse("job-retry", args=[job.pk]))
    assert again.url == reverse("job-detail", args=[Job.objects.get(retry_of=job).pk])
    assert "It was tried again" in text_of(client, "job-detail", job.pk)


def test_a_failed_job_says_why_gives_a_reference_and_never_a_traceback(client, surgeon, ask):
    client.force_login(surgeon)
    job = failed(ask())
    words = text_of(client, "job-detail", job.pk)
    assert "The plan does not fit." in words and str(job.pk) in words and "Try again" in words
    assert "Traceback" not in words


def test_a_job_that_crashes_is_given_up_with_a_reference(client, surgeon, ask, settings):
    client.force_login(surgeon)
    job = ask()
    for _ in range(settings.JOB_MAX_ATTEMPTS):
        with pytest.raises(ZeroDivisionError), jobs.claimed(job.pk):
            raise ZeroDivisionError("secret of the program")
    jobs.sweep()
    words = text_of(client, "job-detail", job.pk)
    assert "Stopped after 3 attempts" in words and str(job.pk) in words and "secret" not in words


def news(client) -> str:
    found = re.search(r'<div id="my-jobs"[^>]*>(.*?)<main', client.get(reverse("home")).content.decode(), re.DOTALL)
    return found.group(1)


@pytest.mark.django_db(transaction=True)
def test_every_page_says_that_a_job_has_ended_until_it_is_seen_or_put_away(client, surgeon, ask):
    client.force_login(surgeon)
    first, second = ask(), ask()
    assert "2 of your jobs are under way" in news(client) and "hx-get" in news(client)
    analyse(str(first.pk))
    failed(second)
    assert "Ready: pain on Hips" in news(client) and "Failed: pain on Hips" in news(client)
    assert "hx-get" not in news(client)

    opened = client.get(reverse("job-open", args=[first.pk]))
    assert opened.url == reverse("cohort-report", args=["hips"])
    assert "Ready" not in news(client)
    client.post(reverse("job-seen", args=[second.pk]))
    assert news(client).strip().removesuffix("</div>").strip() == ""


def test_what_asks_for_news_is_answered_only_when_there_are_any(client, surgeon, ask):
    client.force_login(surgeon)
    job = ask()
    poll = re.search(r'hx-get="(/jobs/news/[^"]+)"', news(client)).group(1)
    assert client.get(poll).status_code == 204
    failed(job)
    assert "Failed" in client.get(poll).content.decode()


def test_another_persons_jobs_are_no_news(client, admin, ask):
    failed(ask())
    client.force_login(admin)
    assert "Failed" not in news(client)
    assert "No jobs yet" in text_of(client, "job-list")


def test_what_one_may_no_longer_see_is_no_news(client, surgeon, ask):
    failed(ask())
    Membership.objects.filter(user=surgeon).delete()
    client.force_login(surgeon)
    assert "Hips" not in news(client)
    assert "Hips" not in text_of(client, "job-list")


def test_news_costs_a_page_one_query_however_many_jobs_there_are(client, surgeon, ask, django_assert_num_queries):
    settled(client, surgeon)

    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("home"))
        return len(asked), sum('FROM "registry_job"' in each["sql"] for each in asked)

    whole, own = queries()
    assert own == 1
    for _ in range(5):
        failed(ask())
        ask()
    assert queries() == (whole, 1)
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("job-list"))
    ask()
    with CaptureQueriesContext(connection) as more:
        client.get(reverse("job-list"))
    assert len(few) == len(more)


def test_each_kind_that_people_ask_for_has_a_page_and_the_programs_own_have_none(client, surgeon, ask, system):
    client.force_login(surgeon)
    asked = ask()
    assert {asked.kind, FREEZE, "reports.document"} <= set(KINDS)
    nightly = Job.objects.create(kind=SWEEP, params={}, site_ids=asked.site_ids, requested_by=system)
    for name in ("job-detail", "job-progress", "job-open"):
        assert client.get(reverse(name, args=[nightly.pk])).status_code == 404
