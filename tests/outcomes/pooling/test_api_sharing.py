"""The API of what leaves a site: specs are proposed, bundles asked for, read and explained; a no has a name."""

import hashlib

import pytest
from rest_framework.test import APIClient

from outcomes.models import SentBundle
from outcomes.models import Spec as KnownSpec
from outcomes.pooling.bundle import read_bundle
from outcomes.pooling.proposals import approve_spec, propose_spec, retire_spec
from outcomes.tasks import summarise
from registry.access import Role
from registry.models import Job, Pull, Timepoint
from tests.builders import build_member, build_study
from tests.outcomes.pooling.cohorts import keep, spec_for
from tests.programs import bearer
from tests.sharing_doors import small

pytestmark = pytest.mark.django_db
NOBODY_KNOWS = "sha256:" + "0" * 64


@pytest.fixture
def client(site):
    return client_of(build_member("centre", site, Role.POOLING_CLIENT))


@pytest.fixture
def sharer(boss):
    return client_of(boss)


@pytest.fixture
def known(cohort, site, boss):
    spec, _ = propose_spec(site=site, document=spec_for("clunk2025", cohort).document, by=boss)
    return approve_spec(spec=spec, levels=["trusted", "suppressed"], by=boss)


@pytest.fixture
def asked(cohort, site, known):
    return {"freeze": str(keep(cohort, site).pk), "spec_hash": known.spec_hash, "level": "trusted"}


def client_of(user) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def made(client, asked, **headers) -> str:
    """The address of a bundle that was asked for and made."""
    answer = client.post("/api/v1/summaries/", asked, format="json", headers=headers)
    assert answer.status_code == 202, answer.content
    summarise(answer.json()["id"])
    return answer.headers["Location"]


def test_a_bundle_is_asked_for_made_and_read_byte_for_byte(sharer, asked):
    waiting = sharer.post("/api/v1/summaries/", asked, format="json")
    address = waiting.headers["Location"]
    assert sharer.get(address).status_code == 202
    assert made(sharer, asked) == address

    answer = sharer.get(address)

    row = SentBundle.objects.get()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert hashlib.sha256(answer.content).hexdigest() == row.sha256
    assert read_bundle(answer.content).id == row.bundle_id
    again = sharer.get(address, headers={"if-none-match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert [each["bundle_id"] for each in sharer.get("/api/v1/summaries/").json()["results"]] == [row.bundle_id]


def test_a_key_gives_the_same_job_and_another_body_is_refused(sharer, asked):
    key = {"idempotency-key": "one"}
    first, second = (made(sharer, asked, **key) for _ in range(2))
    assert first == second
    other = sharer.post("/api/v1/summaries/", asked | {"overlap": "possible"}, format="json", headers=key)
    assert other.status_code == 422
    third = made(sharer, asked, **{"idempotency-key": "two"})
    assert third != first
    assert sharer.get(third).content == sharer.get(first).content


def problem(answer) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"]


def test_each_no_has_a_name(client, asked, known, boss):
    def post(**changed):
        return problem(client.post("/api/v1/summaries/", asked | changed, format="json"))

    assert post(spec_hash=NOBODY_KNOWS) == (404, "/problems/spec-unknown/")
    assert post(level="coarsened") == (403, "/problems/spec-not-approved/")
    assert post(level="masked")[0] == 400
    assert post(freeze=str(known.pk))[0] == 404
    assert post(more="1")[0] == 400
    assert post() == (403, "/problems/permission-denied/")
    retire_spec(spec=known, by=boss, reason="over")
    assert post() == (403, "/problems/spec-not-approved/")


def test_whole_tables_are_for_who_asked_for_them_and_who_shares_at_the_site(client, sharer, asked, site):
    waiting = sharer.post("/api/v1/summaries/", asked, format="json").headers["Location"]
    others = (client, client_of(build_member("reader", site, Role.INVESTIGATOR)))
    assert {reader.get(waiting).status_code for reader in others} == {404}
    address = made(sharer, asked)
    another = client_of(build_member("second-boss", site, Role.SITE_ADMIN))
    for reader, n in ((sharer, 1), (another, 1), *((reader, 0) for reader in others)):
        assert len(reader.get("/api/v1/summaries/").json()["results"]) == n
        assert reader.get(address).status_code == (200 if n else 404)
    hidden = made(client, asked | {"level": "suppressed"})
    assert {reader.get(hidden).status_code for reader in (*others, sharer)} in ({200}, {403})


def test_a_token_for_one_study_reads_no_bundle_by_its_id_and_one_that_does_is_logged(sharer, asked, site, boss):
    address = made(sharer, asked)
    other, reads = build_study(slug="another", site=site), {"scopes": ["read:summaries"]}
    for study, status in ((other, 404), (None, 200)):
        header = bearer(boss, site, study=study, **reads)
        assert APIClient().get(address, headers=header).status_code == status
    pull, row = Pull.objects.get(), SentBundle.objects.get()
    assert (pull.user, pull.rows, pull.size, pull.release) == (boss, 0, len(row.content), row.bundle_id)
    assert pull.site_ids == [site.pk]


def test_the_same_tables_with_another_overlap_are_a_conflict(sharer, asked):
    made(sharer, asked)
    body = asked | {"overlap": "possible"}
    for headers in ({}, {"idempotency-key": "another"}):
        answer = sharer.post("/api/v1/summaries/", body, format="json", headers=headers)
        assert problem(answer) == (409, "/problems/conflict/")
    assert Job.objects.count() == 1


def test_an_instance_that_counts_otherwise_says_so(sharer, asked, cohort):
    Timepoint.objects.filter(schedule__studies__cohorts=cohort, code="w6").update(opens_on_day=22)
    address = made(sharer, asked)
    answer = sharer.get(address)
    assert problem(answer) == (409, "/problems/spec-fixture-mismatch/")
    assert not SentBundle.objects.exists()


def test_what_is_withheld_has_one_answer_whoever_the_patients_are(client, asked, cohort, site, boss):
    patients = cohort.studies.get().patients.order_by("study_number")
    bodies = []
    for few in (4, 1):
        patients.exclude(pk__in=patients[:few].values("pk")).filter(withdrawn_on=None).update(
            withdrawn_on="2026-01-01", withdrawn_reason="asked to leave"
        )
        address = made(client, asked | {"freeze": str(keep(cohort, site).pk), "level": "suppressed"})
        answer = client.get(address)
        assert problem(answer) == (403, "/problems/disclosure-withheld/")
        bodies.append(answer.content)
        audit = f"{address}audit/"
        assert client.get(audit).status_code == 403
        assert client_of(boss).get(audit).json()["told"]
    assert bodies[0] == bodies[1]
    assert Job.objects.filter(state=Job.State.DONE, error="").count() == 2


def test_a_spec_is_proposed_once_read_and_waits_for_the_site(client, site):
    document = small()[0].document
    body = {"site": site.code, "document": document}
    first, second = (client.post("/api/v1/specs/", body, format="json") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["status"] == "proposed"
    read = client.get(f"/api/v1/specs/{first.json()['id']}/").json()
    assert read["document"] == document
    assert [each["id"] for each in client.get(f"/api/v1/specs/?spec_hash={read['spec_hash']}").json()["results"]]
    assert KnownSpec.objects.get().levels == []


def test_a_spec_that_is_none_or_is_for_another_site_is_refused(client, site, south):
    broken = client.post("/api/v1/specs/", {"site": site.code, "document": {"format": 1}}, format="json")
    assert broken.status_code == 400
    assert "document" in broken.json()["errors"]
    elsewhere = client.post("/api/v1/specs/", {"site": south.code, "document": {}}, format="json")
    assert elsewhere.status_code == 404
