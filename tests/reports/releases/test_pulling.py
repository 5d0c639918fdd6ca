"""Releases by the API: pulled whole, in parts or not at all, and written down."""

import gzip
import hashlib
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outcomes.pooling.jcs import jcs
from registry.actions import standing
from registry.models import ApiToken, Patient, Pull
from registry.throttle import EXPORTS
from reports.models import Release
from reports.releases.asking import Terms
from tests.programs import rows_of
from tests.reports.releases.released import build_alike, contents, frozen_now, post_release, released, token

PROBLEM = "application/problem+json"


def file_of(release: Release, name: str = "wide.csv") -> str:
    return reverse("api-release-file", args=[release.pk, name])


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
