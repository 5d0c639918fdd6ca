"""Who reads visits a second time gets the first reading through no import page, file or action."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from registry.access import Role
from registry.actions.imports import upload_file
from registry.actions.reabstraction import draw_sample, submit_reading
from registry.imports.alike import Known
from registry.imports.export import record_csv
from registry.models import ImportBatch, MissingReason, Reading, StudySite
from registry.reabstraction import asked_of
from tests.builders import build_member, build_patient, build_procedure, build_study, build_visit
from tests.registry.imports.doors import import_body
from tests.registry.imports.staged import asked, long_file, previewed

FIRST = "Hand in your open readings of this study first."


@pytest.fixture
def study(north, nurse):
    """One patient whose visit the nurse read first: pain 8.7."""
    study = build_study(slug="blind", site=north, instruments=("pain",))
    procedure = build_procedure(patient=build_patient(study=study, site=north, study_number="B-001"))
    build_visit(procedure=procedure, timepoint="w6", by=nurse, scores={"pain": Decimal("8.7")})
    return study


@pytest.fixture
def reader(north):
    return build_member("second", north, Role.COORDINATOR)


@pytest.fixture
def batch(study, north, nurse):
    """A file that changes what was read first, and one row of which is wrong."""
    rows = ("B-001", "w6", "pain", "2"), ("B-001", "preop", "pain", "99")
    return previewed(long_file(*rows), study=study, site=north, by=nurse, leave_out_errors=True)


@pytest.fixture
def sample(study, north, batch, reader, surgeon):
    return draw_sample(study=study, site=north, seed=1, share=Decimal(100), reader=reader, by=surgeon)


def hand_in(sample) -> None:
    for reading in sample.readings.all():
        values = dict.fromkeys(asked_of(reading.visit), MissingReason.UNKNOWN)
        submit_reading(reading, values=values, version=1, by=sample.reader)


def pages(study, batch) -> list[str]:
    detail = reverse("import-detail", args=[batch.pk])
    record = reverse("import-record", args=[study.slug])
    return [detail, f"{detail}?list=changed", f"{detail}?columns", reverse("import-errors", args=[batch.pk]),
            reverse("import-progress", args=[batch.pk]), record, f"{record}?site=north"]  # fmt: skip


def read(answer) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def test_while_a_reading_is_open_its_reader_gets_no_import_page_or_file_and_is_told_why(
    sample, study, batch, reader, client
):
    client.force_login(reader)
    for url in pages(study, batch):
        answer = client.get(url)
        body = read(answer)
        assert (url, answer.status_code, FIRST in body, "8.7" in body) == (url, 403, True, False)


def test_who_reads_nothing_and_who_handed_in_gets_them_with_the_values(sample, study, batch, reader, nurse, client):
    hand_in(sample)
    for user in (nurse, reader):
        client.force_login(user)
        answers = [client.get(url) for url in pages(study, batch)]
        assert [answer.status_code for answer in answers] == [200] * len(answers)
        # The first list that a preview opens on is that of its errors.
        bodies = [read(answer) for answer in answers]
        assert ["8.7" in body for body in bodies] == [False, True, False, False, False, True, True]


def test_while_a_reading_is_open_its_reader_brings_in_and_commits_nothing(
    sample, study, north, batch, reader, nurse, client
):
    client.force_login(reader)
    where = StudySite.objects.get(study=study, site=north)
    sent = import_body("upload", {"study": study, "batch": batch})["data"] | {"where": str(where.pk)}
    answer = client.post(reverse("import-upload"), sent)
    assert (answer.status_code, FIRST in read(answer)) == (403, True)
    content = long_file(("B-002", "w6", "pain", "1"))
    with pytest.raises(PermissionDenied, match=FIRST):
        upload_file(study=study, site=north, name="a.csv", content=content, by=reader)
    with pytest.raises(PermissionDenied, match=FIRST):
        asked(batch, by=reader)
    assert (ImportBatch.objects.count(), ImportBatch.objects.get().state) == (1, "previewed")
    assert asked(batch, by=nurse).state == "committing"


def test_another_study_of_the_site_stays_open_to_the_reader(sample, north, reader):
    other = build_study(slug="other", site=north)
    batch = previewed(long_file(("O-1", "w6", "pain", "1")), study=other, site=north, by=reader)
    assert batch.state == "previewed", batch.problem


def test_the_file_and_the_search_for_duplicates_leave_out_whom_the_reader_does_not_see(
    sample, study, north, reader, nurse, system
):
    assert Reading.objects.filter(submitted_at=None).count() == 1
    for user, seen in ((reader, False), (nurse, True), (system, True)):
        assert ("8.7" in "".join(record_csv(study, north, by=user))) is seen
        assert bool(Known(north, user).by_number) is seen
