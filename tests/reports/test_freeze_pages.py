"""Freezes at the screen: made with a button, cited, verified, the report of an old one, and what changed since."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outcomes.asking import ask_analysis
from outcomes.models import Freeze, FreezeName, Result
from outcomes.tasks import analyse, freeze_cohort
from registry.access import Role
from registry.models import Job
from reports import freeze_difference
from reports.document_asking import ask_document
from reports.models import Document
from reports.tasks import make_document
from tests.builders import build_cohort_rows, build_member, build_patient
from tests.outcomes.test_freeze_diff import a_visit, cohort, correct, kept
from tests.outcomes.test_freezes import tamper
from tests.settled import settled

__all__ = ["cohort"]  # a fixture


def without_token(answer) -> str:
    """What a page is about, without the token against forged forms, which is another one each time."""
    return re.sub(r'csrfmiddlewaretoken" value="\w{64}"', "", answer.content.decode().partition("<main")[2])


def words_of(answer) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text)


def shown(client, name: str, *args, query: str = "") -> str:
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == 200
    return words_of(answer)


@pytest.mark.django_db(transaction=True)
def test_a_button_makes_a_freeze_whose_page_says_name_note_digest_who_and_how_to_cite(client, surgeon, cohort):
    client.force_login(surgeon)
    answer = client.post(reverse("freeze-list", args=["one"]), {"name": "Submission", "note": "After the lock"})
    job = Job.objects.get()
    assert answer.url == reverse("job-detail", args=[job.pk])
    freeze_cohort(str(job.pk))
    page = client.get(reverse("job-open", args=[job.pk]), follow=True)

    kept_one = FreezeName.objects.get().freeze
    assert page.redirect_chain[-1][0] == reverse("freeze-detail", args=[kept_one.pk])
    for words in ("Submission", "After the lock", kept_one.digest, "surgeon", "freeze “Submission”"):
        assert words in words_of(page)
    assert "Submission" in shown(client, "freeze-list", "one")


@pytest.mark.django_db(transaction=True)
def test_a_name_that_is_taken_is_said_at_its_field_and_nothing_is_asked(client, surgeon, cohort):
    client.force_login(surgeon)
    one = kept(cohort, surgeon)
    assert client.post(reverse("freeze-detail", args=[one.pk]), {"name": "Mine", "note": ""}).status_code == 302
    for name, args in (("freeze-list", ["one"]), ("freeze-detail", [one.pk])):
        answer = client.post(reverse(name, args=args), {"name": "Mine", "note": ""})
        assert answer.status_code == 400
        assert "has that name already" in words_of(answer)
    for body in ({}, {"name": "a\x00b"}, {"name": "x" * 101}, {"name": "n", "note": "x" * 2001}):
        assert client.post(reverse("freeze-list", args=["one"]), body).status_code == 400
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_report_of_an_old_freeze_shows_the_same_after_edits_and_todays_report_does_not(
    client, surgeon, nurse, cohort
):
    client.force_login(surgeon)
    job = ask_analysis(cohort=cohort, plan=None, by=surgeon)
    analyse(str(job.pk))
    old = Freeze.objects.get()
    address = reverse("cohort-report", args=["one"])
    before = client.get(f"{address}?freeze={old.pk}")
    correct(a_visit(), nurse, "typo", pain=10)
    build_cohort_rows(cohort.studies.get(), old.cohort.sites_for(surgeon).get(), 2)
    today = ask_analysis(cohort=cohort, plan=None, by=surgeon)
    analyse(str(today.pk))

    again = client.get(f"{address}?freeze={old.pk}")
    assert without_token(again) == without_token(before) != without_token(client.get(address))
    assert "Of the freeze" in words_of(again)
    assert old.digest in words_of(again) and old.digest not in words_of(client.get(address))
    asked_again = client.post(f"{address}?freeze={old.pk}")
    assert asked_again.url == reverse("job-detail", args=[job.pk])
    assert client.get(reverse("job-open", args=[job.pk])).url == address


@pytest.mark.django_db(transaction=True)
def test_a_report_is_made_of_an_old_freeze_by_its_button(client, surgeon, nurse, cohort):
    client.force_login(surgeon)
    old = kept(cohort, surgeon)
    correct(a_visit(), nurse, "typo", pain=10)
    address = f"{reverse('cohort-report', args=['one'])}?freeze={old.pk}"
    assert "No report yet" in words_of(client.get(address))
    assert address in client.get(reverse("freeze-detail", args=[old.pk])).content.decode()

    client.post(address)
    job = Job.objects.get()
    analyse(str(job.pk))

    assert client.get(reverse("job-open", args=[job.pk])).url == address
    assert {result.freeze for result in Result.objects.all()} == {old}
    assert "No report yet" in shown(client, "cohort-report", "one")


@pytest.mark.django_db
def test_a_freeze_that_is_none_or_of_another_cohort_is_not_there(client, surgeon, cohort):
    client.force_login(surgeon)
    for text in ("x", "0" * 32, "'; DROP TABLE"):
        answer = client.get(reverse("cohort-report", args=["one"]), {"freeze": text})
        assert answer.status_code == 404


@pytest.mark.django_db(transaction=True)
def test_verifying_says_that_all_is_whole_or_which_part_is_not(client, surgeon, cohort):
    client.force_login(surgeon)
    one = kept(cohort, surgeon)
    address = reverse("freeze-verify", args=[one.pk])
    assert "Verified" in words_of(client.post(address))
    tamper(one, "survival", bytes(one.survival)[:-9])
    answer = client.post(address)
    assert "not what it was" in words_of(answer) and "survival" in words_of(answer)
    other = Freeze.objects.create(
        cohort=cohort, site_ids=one.site_ids, digest="1" * 64, manifest=one.manifest, made_by=surgeon,
        **{name: getattr(one, name) for name in Freeze.TABLES},
    )  # fmt: skip
    assert "nothing is read from it" in shown(client, "freeze-diff", one.pk, other.pk)


@pytest.mark.django_db(transaction=True)
def test_the_page_of_two_freezes_shows_old_new_who_and_why_and_counts_alone_to_who_sees_no_patients(
    client, surgeon, nurse, pool, cohort
):
    one = kept(cohort, surgeon)
    visit = a_visit()
    correct(visit, nurse, "read the wrong line", pain=10)
    two = kept(cohort, surgeon)
    number = visit.procedure.patient.study_number

    client.force_login(surgeon)
    for pair in ((one.pk, two.pk), (two.pk, one.pk)):
        words = shown(client, "freeze-diff", *pair)
        for said in (number, "read the wrong line", "nurse", "1 changed cell in 1 row", "→ 10"):
            assert said in words
    client.force_login(pool)
    words = shown(client, "freeze-diff", one.pk, two.pk)
    assert "1 changed cell in 1 row" in words and number not in words and "read the wrong line" not in words
    assert "No row differs" in shown(client, "freeze-diff", one.pk, one.pk)


@pytest.mark.django_db(transaction=True)
def test_many_changed_cells_are_paged_with_as_many_queries_for_each_page(client, surgeon, nurse, cohort, monkeypatch):
    monkeypatch.setattr(freeze_difference, "PER_PAGE", 5)
    one = kept(cohort, surgeon)
    for timepoint in ("preop", "w6", "m3"):
        for visit in a_visit().timepoint.visits.model.objects.filter(timepoint__code=timepoint):
            correct(visit, nurse, "typo", pain=10 if visit.scores.get(instrument__key="pain").value != 10 else 9)
    two = kept(cohort, surgeon)
    settled(client, surgeon)

    def page(number: int) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(reverse("freeze-diff", args=[one.pk, two.pk]), {"page": number})
        return answer.content.decode().count("<del>"), len(asked)

    (five, queries), (again, as_many), (two_left, at_last) = page(1), page(2), page(3)
    assert (five, again, two_left) == (5, 5, 2)
    assert queries == as_many == at_last


@pytest.mark.django_db(transaction=True)
def test_freezes_are_listed_with_as_many_queries_for_many_as_for_one(client, surgeon, cohort, north):
    settled(client, surgeon)

    def queries(name: str, *args) -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(name, args=args))
        return len(asked)

    first = kept(cohort, surgeon)
    build_patient(study=cohort.studies.get(), site=north)
    kept(cohort, surgeon)
    few = queries("freeze-list", "one"), queries("freeze-detail", first.pk)
    for _ in range(4):
        build_patient(study=cohort.studies.get(), site=north)
        kept(cohort, surgeon)
    assert (queries("freeze-list", "one"), queries("freeze-detail", first.pk)) == few


@pytest.fixture
def filed(cohort, surgeon, settings):
    """Makes a document of the cohort's freeze of now, by a version of the program."""

    def make(version: str, profile=Document.Profile.TABLES) -> Document:
        settings.PROGRAM_VERSION = version
        analysis = ask_analysis(cohort=cohort, plan=None, by=surgeon)
        analyse(str(analysis.pk))
        analysis.refresh_from_db()
        job = ask_document(analysis=analysis, profile=profile, by=surgeon)
        make_document(str(job.pk))
        return Document.objects.get(job=job)

    return make


@pytest.mark.django_db(transaction=True)
def test_files_made_before_an_upgrade_are_found_on_the_page_of_their_freeze(client, surgeon, pool, cohort, filed):
    def page_of(user, kept) -> tuple[str, int]:
        settled(client, user)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(reverse("freeze-detail", args=[kept.pk])).content.decode()
        return page, len(asked)

    old = filed("1.0.0")
    page, queries = page_of(surgeon, old.freeze)
    new, with_rows = filed("2.0.0"), filed("2.0.0", Document.Profile.DEIDENTIFIED)
    assert len({old.freeze, new.freeze, with_rows.freeze}) == 1
    links = [reverse("document-detail", args=[each.pk]) for each in (old, new, with_rows)]

    again, as_many = page_of(surgeon, old.freeze)
    assert [link in page for link in links] == [True, False, False]
    assert [link in again for link in links] == [True, True, True]
    assert as_many == queries
    theirs, _ = page_of(pool, old.freeze)
    assert [link in theirs for link in links] == [True, True, False]


@pytest.mark.django_db(transaction=True)
def test_another_sites_freeze_is_not_there_in_a_cohort_of_both(client, surgeon, cohort, south):
    boss = build_member("boss", south, Role.SITE_ADMIN)
    build_patient(study=cohort.studies.get(), site=south)
    theirs = kept(cohort, boss)
    FreezeName.objects.create(freeze=theirs, cohort=cohort, name="Theirs", named_by=boss)
    client.force_login(surgeon)
    assert "Theirs" not in shown(client, "freeze-list", "one")
    assert client.get(reverse("freeze-detail", args=[theirs.pk])).status_code == 404
