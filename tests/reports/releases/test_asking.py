"""Releases by the API: asked for, by whom and of what, and what is withheld."""

import json
from datetime import date

import pytest
from django.urls import reverse

from registry.access import Role
from registry.actions import standing, studies
from registry.models import Patient
from reports.models import Release
from reports.tasks import make_release
from tests.builders import build_cohort_rows, build_member, build_study
from tests.programs import bearer, rows_of
from tests.reports.releases.released import build_alike, cohort_of, frozen_now, post_release, released, token
from tests.second_reading_doors import second_reading_rows

PROBLEM = "application/problem+json"


def file_of(release: Release, name: str = "wide.csv") -> str:
    return reverse("api-release-file", args=[release.pk, name])


def doors(release: Release) -> list[str]:
    named = [reverse(f"api-release-{what}", args=[release.pk]) for what in ("detail", "manifest")]
    return [*named, file_of(release)]


def statuses(client, release: Release, headers) -> list[int]:
    return [client.get(address, headers=headers).status_code for address in doors(release)]


def test_an_accepted_request_has_an_address_that_says_how_far_it_is_and_then_what_it_holds(client, kept, headers):
    answer = post_release(client, headers, cohort="nails")
    assert answer.status_code == 202
    said = answer.json()
    assert answer.headers["Location"] == f"http://testserver{reverse('api-release-detail', args=[said['id']])}"
    assert (said["state"], said["profile"], said["tables"], said["digest"]) == ("queued", "safe_harbor", None, None)
    for what in ("manifest", "file"):
        more = ["wide.csv"] if what == "file" else []
        assert client.get(reverse(f"api-release-{what}", args=[said["id"], *more]), headers=headers).status_code == 404
    make_release(said["id"])
    after = client.get(answer.headers["Location"], headers=headers).json()
    release = Release.objects.get()
    assert (after["state"], after["digest"], after["tables"]["wide"]) == ("done", release.digest, 6)
    assert release.digest in after["cite_as"] and kept.digest in after["cite_as"]
    assert (after["freeze"], after["supersedes"], after["recalled_subjects"]) == (str(kept.pk), None, None)
    assert rows_of(client, "api-release", headers=headers) == [after]


def test_the_same_key_and_body_are_one_request_and_another_body_is_refused(client, kept, headers):
    answers = [post_release(client, headers, cohort="nails", **{"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    other = post_release(client, headers, cohort="nails", formats=["csv"], **{"Idempotency-Key": "k-1"})
    assert other.status_code == 422


def test_the_newest_freeze_is_released_where_none_is_named(client, kept, surgeon, headers):
    build_cohort_rows(kept.cohort.studies.get(), kept.cohort.studies.get().sites.get(), 2)
    newer = frozen_now(kept.cohort, surgeon)
    assert post_release(client, headers, cohort="nails").json()["freeze"] == str(newer.pk)
    assert post_release(client, headers, cohort="nails", freeze=str(kept.pk)).json()["freeze"] == str(kept.pk)


def test_without_a_freeze_there_is_nothing_to_release(client, north, surgeon, headers):
    build_alike(north, surgeon)
    answer = post_release(client, headers, cohort="nails")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/release-not-frozen/")


@pytest.mark.parametrize(
    "said",
    [
        {}, {"cohort": 3}, {"cohort": "nails", "profile": "identified"}, {"cohort": "nails", "formats": []},
        {"cohort": "nails", "formats": ["xlsx"]}, {"cohort": "nails", "freeze": "x"}, {"cohort": "nails", "what": 1},
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_asks_for_nothing(client, kept, headers, said):
    answer = post_release(client, headers, **said)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)
    assert rows_of(client, "api-release", headers=headers) == []


def test_a_session_or_a_token_without_the_scope_asks_for_nothing(client, kept, pool, north):
    client.force_login(pool)
    answers = [
        post_release(client, {}, cohort="nails"),
        post_release(client, bearer(pool, north, scopes=["read:results"]), cohort="nails"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/scope-missing/")


def test_a_token_reads_its_own_profile_or_a_stricter_one(client, kept, pool, north, admin):
    strict, loose = token(pool, north), token(pool, north, "limited")
    assert post_release(client, strict, cohort="nails", profile="limited").status_code == 403
    assert post_release(client, loose, cohort="nails", profile="safe_harbor").status_code == 202
    limited = released(kept, pool, "limited")
    assert statuses(client, limited, loose) == [200] * 3
    assert statuses(client, limited, strict) == [404] * 3


def test_another_recipients_release_does_not_exist(client, release, headers, admin, north, pool):
    assert statuses(client, release, headers) == [200] * 3
    assert statuses(client, release, token(admin, north)) == [404] * 3
    client.force_login(pool)
    assert statuses(client, release, {}) == [404] * 3


def test_a_release_of_two_sites_needs_a_token_of_both(client, north, south, surgeon, pool):
    study = build_study(slug="nails", site=north)
    studies.join_study(study=study, site=south, by=surgeon)
    for site in (north, south):
        build_cohort_rows(study, site, 5)
        build_member("pool", site, Role.POOLING_CLIENT)
    kept = frozen_now(cohort_of(study, surgeon), surgeon, north, south)
    release = released(kept, pool)
    of_one = token(pool, north)
    assert statuses(client, release, of_one) == [404] * 3
    assert post_release(client, of_one, cohort="nails", freeze=str(kept.pk)).status_code == 404
    assert post_release(client, of_one, cohort="nails").status_code == 409
    pool.memberships.filter(site=south).delete()
    assert statuses(client, release, of_one) == [404] * 3


def test_a_token_of_another_study_sees_no_release(client, release, pool, north):
    other = build_study(slug="other", site=north)
    assert statuses(client, release, token(pool, north, study=other)) == [404] * 3
    assert statuses(client, release, token(pool, north, study=release.cohort.studies.get())) == [200] * 3


def test_who_has_yet_to_read_a_patient_again_pulls_no_rows_of_the_study(client, kept, admin, north):
    reader = build_member("second-north", north, Role.POOLING_CLIENT)
    release, headers = released(kept, reader), token(reader, north)
    assert statuses(client, release, headers) == [200] * 3
    second_reading_rows(kept.cohort.studies.get(), north, admin)
    assert statuses(client, release, headers) == [404] * 3
    assert post_release(client, headers, cohort="nails", freeze=str(kept.pk)).status_code == 404


def test_what_is_withheld_is_told_in_the_same_bytes_whether_nobody_or_nearly_enough_are_there(
    client, north, surgeon, headers
):
    said = set()
    for slug, patients in (("empty", 0), ("one", 1), ("four", 4)):
        frozen_now(build_alike(north, surgeon, slug=slug, patients=patients), surgeon)
        answer = post_release(client, headers, cohort=slug)
        assert answer.status_code == 403
        said.add(answer.content)
    frozen_now(build_alike(north, surgeon, slug="left", patients=7), surgeon)
    gone = Patient.objects.filter(study__slug="left").first()
    standing.withdraw_patient(patient=gone, on=date(2026, 1, 1), reason="wishes", by=surgeon)
    said.add(post_release(client, headers, cohort="left").content)
    (body,) = said
    assert json.loads(body)["type"] == "/problems/disclosure-withheld/"
    assert not any(character.isdigit() for character in json.loads(body)["detail"])
    frozen_now(build_alike(north, surgeon, slug="five", patients=5), surgeon)
    assert post_release(client, headers, cohort="five").status_code == 202
