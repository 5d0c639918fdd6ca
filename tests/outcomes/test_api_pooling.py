"""The API of a place that pools: bundles by the digest of their bytes, keys, results; a refusal changes nothing."""

import hashlib
import json
import threading
from datetime import timedelta

import pytest
from django.db import connection

from outcomes.models import ContributorKey, ReceivedBundle
from outcomes.pooling.adding import add_up
from outcomes.pooling.jcs import jcs
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.signing import as_text, sign
from outcomes.stats.documents import canonical
from registry.actions.people import issue_token
from registry.models import Job
from registry.throttle import one_at_a_time
from tests.outcomes.pooling.studies import CODES, bundle_of, document_of, pooling_study, signer

STUDY = "/api/v1/pool/studies/three-sites/"


@pytest.fixture
def study(north):
    return pooling_study(north)


def bearer(user, site, *scopes) -> dict:
    _, text = issue_token(user=user, name="t", scopes=list(scopes), sites=[site], life=timedelta(days=1), by=user)
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def sender(pool, north) -> dict:
    return bearer(pool, north, "send:bundles")


def put(client, content: bytes, headers: dict, name: str = ""):
    name = name or hashlib.sha256(content).hexdigest()
    return client.put(f"/api/v1/pool/bundles/{name}/", content, content_type="application/json", headers=headers)


def test_a_bundle_is_taken_once_and_found_again(client, study, sender):
    content = bundle_of("north").content
    first, again = put(client, content, sender), put(client, content, sender)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["bundle_id"] == bundle_of("north").id
    assert ReceivedBundle.objects.count() == 1


def refusals() -> list:
    document = document_of("north")
    unknown = sign(document | {"spec_hash": "sha256:" + "0" * 64}, signer("north"))
    silent = {name: each for name, each in document.items() if name != "overlap_declaration"}
    stranger = sign(document | {"site": "south"}, signer("north"))
    return [
        (jcs(unknown), "", 400, "spec-unknown"),
        (jcs(stranger), "", 400, "signature-invalid"),
        (jcs(document), "0" * 64, 400, "digest-mismatch"),
        (jcs(sign(silent, signer("north"))), "", 400, "overlap-undeclared"),
        (b"[1]", "", 400, "validation"),
        (b"{}", "", 400, "validation"),
    ]


@pytest.mark.parametrize("place", range(6))
def test_what_is_refused_says_why_by_its_name_and_changes_nothing(client, study, sender, place):
    content, name, status, kind = refusals()[place]
    answer = put(client, content, sender, name)
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{kind}/"
    assert not ReceivedBundle.objects.exists()


def test_another_content_for_a_release_is_409(client, study, sender):
    put(client, bundle_of("north").content, sender)
    answer = put(client, bundle_of("north", without=1).content, sender)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/bundle-conflict/")
    assert ReceivedBundle.objects.count() == 1


def test_who_may_not_send_is_told_and_another_places_study_is_unknown(client, study, pool, north, south, neighbour):
    content = bundle_of("north").content
    assert put(client, content, bearer(pool, north, "read:results")).status_code == 403
    assert put(client, content, {}).status_code == 401
    elsewhere = neighbour.memberships.create(site=south, role="pooling_client").user
    answer = put(client, content, bearer(elsewhere, south, "send:bundles"))
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/spec-unknown/")
    assert client.get(STUDY, headers=bearer(elsewhere, south, "read:results")).status_code == 404


def test_other_media_and_unknown_parameters_are_refused(client, study, sender):
    content = bundle_of("north").content
    name = hashlib.sha256(content).hexdigest()
    address = f"/api/v1/pool/bundles/{name}/"
    assert client.put(address, content, content_type="text/plain", headers=sender).status_code == 415
    answer = client.put(f"{address}?force=1", content, content_type="application/json", headers=sender)
    assert answer.status_code == 400


def test_keys_are_put_by_who_may_share_and_listed(client, study, admin, surgeon, nurse, north):
    body = {"contributor": "east", "name": "Hospital east", "public": as_text(signer("east").public)}

    def send(headers=None, said=body):
        return client.put(f"{STUDY}keys/", json.dumps(said), content_type="application/json", headers=headers or {})

    for user, scopes in ((admin, ["ask:analyses", "read:results"]), (surgeon, ["ask:analyses", "read:results"]),
                         (nurse, ["read:results"])):  # fmt: skip
        assert send(bearer(user, north, *scopes)).status_code == 403
    client.force_login(surgeon)
    assert send().status_code == 403
    assert not ContributorKey.objects.filter(contributor__code="east").exists()
    client.force_login(admin)
    assert [send().status_code, send().status_code] == [201, 200]
    assert ContributorKey.objects.filter(contributor__code="east").count() == 1
    for wrong in ({"public": "x"}, {"public": 3}, {"contributor": "A B"}, {"more": 1}):
        assert send(said=body | wrong).status_code == 400
    listed = client.get(f"{STUDY}keys/").json()["results"]
    assert {key["contributor"] for key in listed} == {*CODES, "east"}


def test_the_results_are_those_of_the_newest_sum_with_what_stands_beside_them(client, study, nurse, system):
    client.force_login(nurse)
    assert client.get(f"{STUDY}results/").json()["results"] == []
    for code in CODES:
        import_bundle(study, bundle_of(code).content, by=system)
    add_up(study, by=system)
    assert all(each["is_current"] for each in client.get(f"{STUDY}results/").json()["results"])
    newer = bundle_of("north", number=2, supersedes=bundle_of("north").id, without=1)
    import_bundle(study, newer.content, by=system)
    assert not any(each["is_current"] for each in client.get(f"{STUDY}results/").json()["results"])
    newest = add_up(study, by=system)
    found = client.get(f"{STUDY}results/").json()["results"]
    assert all(each["is_current"] for each in found)
    for each in found:
        assert hashlib.sha256(canonical(each["payload"])).hexdigest() == each["payload_sha256"]
    assert {each["analysis_id"]: each["payload_sha256"] for each in found} == dict(
        newest.results.values_list("analysis_id", "payload_sha256")
    )
    (one,) = client.get(f"{STUDY}results/?analysis_id=pain-arms").json()["results"]
    assert one["exact"] and one["level"] == "trusted" and newer.id in one["inputs"] and len(one["inputs"]) == 3
    assert "test" in one["stratified"] and one["two_stage"]["effects"]
    assert {each["type"] for each in client.get(f"{STUDY}results/?type=km").json()["results"]} == {"km"}
    assert client.get(f"{STUDY}results/?type=nothing").status_code == 400
    about = client.get(STUDY).json()
    assert (about["contributors"], about["bundles"]) == (3, 3)
    contributors = client.get(f"{STUDY}contributors/").json()["results"]
    assert {each["code"]: each["bundle"]["n"] for each in contributors} == {"north": 9, "south": 10, "west": 10}


def test_a_sum_is_asked_for_after_bundles_came_and_once_by_a_key(client, study, sender, surgeon, nurse, pool, north):
    asker = bearer(surgeon, north, "ask:analyses", "read:results")

    def ask(headers, **more):
        return client.post(f"{STUDY}sums/", headers=headers | more)

    assert ask(asker).status_code == 400
    put(client, bundle_of("north").content, sender)
    first, again = ask(asker), ask(asker)
    assert (first.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert first.headers["Location"].endswith(f"{STUDY}results/")
    one, two = (ask(asker, **{"Idempotency-Key": "k-1"}) for _ in range(2))
    assert one.json()["id"] == two.json()["id"] != first.json()["id"]
    Job.objects.create(kind="outcomes.freeze", params={}, site_ids=[], requested_by=surgeon, idempotency_key="k-2")
    assert ask(asker, **{"Idempotency-Key": "k-2"}).status_code == 422
    assert client.post(f"{STUDY}sums/?now=1", headers=asker).status_code == 400
    for user in (nurse, pool):
        assert ask(bearer(user, north, "read:results")).status_code == 403


def test_a_moment_that_would_break_the_study_is_400_and_nothing_is_kept(client, study, sender):
    document = document_of("north")
    document |= {"release": document["release"] | {"as_of": "9999-12-31T23:59:59-14:00"}}
    assert put(client, jcs(sign(document, signer("north"))), sender).status_code == 400
    assert not ReceivedBundle.objects.exists()
    assert client.get(f"{STUDY}contributors/", headers=sender).status_code in (200, 404)


def test_a_bundle_has_at_most_16_million_bytes(client, study, sender):
    assert put(client, b" " * 16_000_001, sender).status_code == 413


@pytest.mark.django_db(transaction=True)
def test_a_token_sends_one_bundle_at_a_time(client, pool, north):
    _, text = issue_token(user=pool, name="t", scopes=["send:bundles"], sites=[north], life=timedelta(days=1), by=pool)
    token = pool.tokens.get()
    held, done = threading.Event(), threading.Event()

    def hold():
        with one_at_a_time(token):
            held.set()
            done.wait(20)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(20)
    answer = put(client, b"{}", {"Authorization": f"Bearer {text}"})
    done.set()
    other.join()
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/rate-limited/")
