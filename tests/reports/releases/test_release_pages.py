"""Letting rows go at the screen: to whom, what was pulled, and a refusal in words, for who may share alone."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.access import Role
from registry.actions import standing
from registry.models import Job, Patient
from reports.models import Release
from reports.tasks import make_release
from tests.builders import build_member
from tests.reports.releases.released import build_alike, frozen_now, released, token


@pytest.fixture
def kept(north, surgeon):
    return frozen_now(build_alike(north, surgeon), surgeon)


def words_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def page_of(client, kept) -> str:
    return words_of(client.get(reverse("freeze-detail", args=[kept.pk])))


def post(client, kept, **said):
    fields = {f"release-{name}": value for name, value in said.items()}
    return client.post(reverse("freeze-release", args=[kept.pk]), fields)


def test_who_may_share_releases_rows_and_sees_to_whom_and_what_was_pulled(client, kept, admin, pool, north):
    client.force_login(admin)
    assert "No rows of this freeze have been released." in page_of(client, kept)
    answer = post(client, kept, recipient=pool.pk, profile="safe_harbor")
    job = Job.objects.get()
    assert answer.url == reverse("job-detail", args=[job.pk])
    assert "A release is being made." in page_of(client, kept)
    make_release(str(job.pk))
    release = Release.objects.get()
    assert f"pool Safe harbor {release.digest[7:19]}" in page_of(client, kept)
    assert "not yet" in page_of(client, kept)
    client.get(reverse("api-release-file", args=[release.pk, "wide.csv"]), headers=token(pool, north))
    client.force_login(admin)
    page = page_of(client, kept)
    assert "1 file" in page and "not yet" not in page
    standing.withdraw_patient(patient=Patient.objects.first(), on=date(2026, 1, 1), reason="wishes", by=admin)
    assert "1 patient" in page_of(client, kept)
    again = post(client, kept, recipient=pool.pk, profile="safe_harbor")
    assert again.url == reverse("freeze-detail", args=[kept.pk])


@pytest.mark.parametrize("who", ["nurse", "surgeon", "pool"])
def test_nobody_else_sees_to_whom_rows_went(client, request, kept, admin, who):
    released(kept, admin)
    client.force_login(request.getfixturevalue(who))
    assert "Rows that leave the site" not in page_of(client, kept)
    assert post(client, kept, recipient=admin.pk, profile="safe_harbor").status_code == 403


def test_a_refusal_says_how_many_are_too_rare_and_an_agreement_opens_it(client, north, surgeon, admin, pool):
    kept = frozen_now(build_alike(north, surgeon, patients=3), surgeon)
    client.force_login(admin)
    answer = post(client, kept, recipient=pool.pk, profile="safe_harbor")
    assert answer.status_code == 400
    assert "Of 3 patients, 3 have fewer than 4 others" in words_of(answer)
    without = post(client, kept, recipient=pool.pk, profile="safe_harbor", fewest=3)
    assert "Name the agreement" in words_of(without)
    assert not Job.objects.exists()
    post(client, kept, recipient=pool.pk, profile="safe_harbor", fewest=3, agreement="DUA 12")
    make_release(str(Job.objects.get().pk))
    assert "pool: 3 have to be alike. DUA 12" in page_of(client, kept)


def test_rows_go_to_who_has_a_role_for_them_at_every_site(client, kept, admin, nurse, neighbour, south):
    build_member("far", south, Role.POOLING_CLIENT)
    client.force_login(admin)
    for stranger in (nurse, neighbour):
        assert post(client, kept, recipient=stranger.pk, profile="safe_harbor").status_code == 400
    page = client.get(reverse("freeze-detail", args=[kept.pk])).content.decode()
    offered = re.findall(r'<option value="[^"]+">(\w+)</option>', page)
    assert offered == ["admin", "surgeon"]


def test_the_page_takes_as_many_queries_for_three_releases_as_for_one(client, kept, admin, pool, surgeon):
    client.force_login(admin)

    def queries() -> int:
        page_of(client, kept)
        with CaptureQueriesContext(connection) as taken:
            page_of(client, kept)
        return len(taken)

    released(kept, pool)
    of_one = queries()
    released(kept, admin)
    released(kept, surgeon)
    assert queries() == of_one
