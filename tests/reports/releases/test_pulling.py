"""Releases by the API: asked for, made, pulled whole, in parts or not at all, and by nobody else."""

import gzip
import hashlib
import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outcomes.pooling.jcs import jcs
from registry.access import Role
from registry.actions import standing, studies
from registry.models import ApiToken, Patient, Pull
from registry.throttle import EXPORTS
from reports.models import Release
from reports.releases.asking import Terms
from reports.tasks import make_release
from tests.builders import build_cohort_rows, build_member, build_study
from tests.programs import bearer, rows_of
from tests.reports.releases.released import build_alike, cohort_of, contents, frozen_now, post_release, released, token
from tests.second_reading_doors import second_reading_rows

PROBLEM = "application/problem+json"


@pytest.fixture
def kept(north, surgeon):
    return frozen_now(build_alike(north, surgeon), surgeon)


@pytest.fixture
def release(kept, pool) -> Release:
    return released(kept, pool)


@pytest.fixture
def headers(pool, north) -> dict[str, str]:
    return token(pool, north)


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


def test_a_pulled_file_has_the_bytes_and_the_digest_of_the_manifest(client, release, headers):
    manifest = client.get(reverse("api-release-manifest", args=[release.pk]), headers=headers)
    named = {key: value for key, value in manifest.json().items() if key != "signatures"}
    assert release.digest == f"sha256:{hashlib.sha256(jcs(named)).hexdigest()}"
    for about in manifest.json()["files"]:
        answer = client.get(file_of(release, about["name"]), headers=headers)
        assert hashlib.sha256(answer.content).hexdigest() == about["sha256"]
        assert answer.headers["ETag"] == f'"{about["sha256"]}"'
        assert answer.headers["Content-Type"] == about["media_type"]
        assert "no-store" in answer.headers["Cache-Control"]


def test_who_has_the_file_is_told_so_without_its_bytes(client, release, headers):
    whole = client.get(file_of(release), headers=headers)
    for tag in (whole.headers["ETag"], f'"x", W/{whole.headers["ETag"]}', "*"):
        again = client.get(file_of(release), headers=headers | {"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == whole.headers["ETag"]
    assert client.get(file_of(release), headers=headers | {"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "part"),
    [("bytes=0-9", slice(0, 10)), ("bytes=5-", slice(5, None)), ("bytes=-7", slice(-7, None)),
     ("bytes=0-99999999", slice(0, None))],
)  # fmt: skip
def test_a_part_of_a_file_is_told_where_it_lies(client, release, headers, asked, part):
    content = contents(release)["wide.csv"]
    answer = client.get(file_of(release), headers=headers | {"Range": asked, "Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.content) == (206, content[part])
    first = len(content) + part.start if part.start < 0 else part.start
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(content)}"


def test_a_part_behind_the_end_is_refused_and_a_range_that_cannot_be_read_gives_the_whole(client, release, headers):
    behind = client.get(file_of(release), headers=headers | {"Range": "bytes=99999999-"})
    assert (behind.status_code, behind.headers["Content-Type"]) == (416, PROBLEM)
    for asked in ("bytes=9-3", "bytes=-", "lines=1-2", "bytes=0-1,4-5"):
        assert client.get(file_of(release), headers=headers | {"Range": asked}).status_code == 200
    other = {"Range": "bytes=0-3", "If-Range": '"an older file"'}
    assert client.get(file_of(release), headers=headers | other).status_code == 200


def test_texts_are_compressed_for_who_accepts_it_and_have_a_tag_of_their_own(client, release, headers):
    zips = headers | {"Accept-Encoding": "br, gzip"}
    answer = client.get(file_of(release), headers=zips)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == contents(release)["wide.csv"]
    assert answer.headers["ETag"] != client.get(file_of(release), headers=headers).headers["ETag"]
    assert client.get(file_of(release), headers=zips | {"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for plain in ("identity", "gzip;q=0"):
        answer = client.get(file_of(release), headers=headers | {"Accept-Encoding": plain})
        assert "Content-Encoding" not in answer.headers
    assert "Content-Encoding" not in client.get(file_of(release, "wide.parquet"), headers=zips).headers


def test_whatever_type_is_accepted_the_file_has_its_own_and_a_refusal_is_a_problem(client, release, headers):
    takes = headers | {"Accept": "application/x-ndjson"}
    assert client.get(file_of(release, "wide.ndjson"), headers=takes).headers["Content-Type"] == "application/x-ndjson"
    for address in (file_of(release, "none.csv"), file_of(release).replace(str(release.pk), str(release.freeze_id))):
        answer = client.get(address, headers=takes)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM)


def test_every_pull_of_a_file_is_kept_304_and_part_with_the_rest(client, release, headers, north):
    before = set(Pull.objects.values_list("pk", flat=True))
    tag = client.get(file_of(release), headers=headers).headers["ETag"]
    client.get(file_of(release), headers=headers | {"If-None-Match": tag})
    client.get(file_of(release), headers=headers | {"Range": "bytes=0-9"})
    pulls = Pull.objects.exclude(pk__in=before).order_by("at")
    size = len(contents(release)["wide.csv"])
    assert [(each.status, each.rows, each.size) for each in pulls] == [(200, 6, size), (304, 0, 0), (206, 6, 10)]
    assert {(each.release, each.profile, *each.site_ids) for each in pulls} == {
        (release.digest, "safe_harbor", north.pk)
    }


def test_a_token_pulls_one_file_at_a_time(client, release, headers, pool, north):
    busy, beside = ApiToken.objects.get(), connection.copy()
    key = [EXPORTS, busy.pk.int % 2**31]
    with beside.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
    refused = client.get(file_of(release), headers=headers)
    others = client.get(file_of(release), headers=token(pool, north))
    with beside.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
    beside.close()
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/rate-limited/")
    assert int(refused.headers["Retry-After"]) > 0
    assert others.status_code == 200
    assert client.get(file_of(release), headers=headers).status_code == 200


@pytest.mark.parametrize(("gone", "told"), [(0, None), (1, "<5"), (4, "<5"), (5, "5"), (6, "5")])
def test_how_many_left_since_is_told_without_telling_who(client, release, headers, admin, gone, told):
    for patient in Patient.objects.all()[:gone]:
        standing.withdraw_patient(patient=patient, on=date(2026, 1, 1), reason="wishes", by=admin)
    answer = client.get(reverse("api-release-detail", args=[release.pk]), headers=headers)
    assert answer.json()["recalled_subjects"] == told


def test_a_list_takes_as_many_queries_for_four_releases_as_for_one(client, kept, release, headers, pool):
    def queries() -> int:
        rows_of(client, "api-release", headers=headers)
        with CaptureQueriesContext(connection) as taken:
            rows_of(client, "api-release", headers=headers)
        return len(taken)

    of_one = queries()
    for formats in (["csv"], ["ndjson"], ["parquet"]):
        released(kept, pool, formats=formats, terms=None)
    assert queries() == of_one
    assert len(rows_of(client, "api-release", headers=headers)) == 4
    for other in ({"cohort": "other"}, {"profile": "limited"}, {"state": "failed"}):
        assert rows_of(client, "api-release", headers=headers, **other) == []
    same = {"cohort": "nails", "profile": "safe_harbor", "state": "done"}
    assert len(rows_of(client, "api-release", headers=headers, **same)) == 4


def test_an_agreement_of_the_site_opens_what_was_withheld(client, north, surgeon, headers, admin, pool):
    kept = frozen_now(build_alike(north, surgeon, patients=3), surgeon)
    assert post_release(client, headers, cohort="nails").status_code == 403
    released(kept, pool, by=admin, terms=Terms(fewest=3, words="DUA 1"))
    (row,) = rows_of(client, "api-release", headers=headers)
    assert (row["state"], row["tables"]["patients"]) == ("done", 3)
    assert post_release(client, headers, cohort="nails", formats=["csv"]).status_code == 202
