"""The API of a place that pools: bundles by the digest of their bytes, keys, results; a refusal changes nothing."""

import hashlib
import json
from datetime import timedelta

import pytest

from outcomes.models import ContributorKey, ReceivedBundle
from outcomes.pooling.adding import add_up
from outcomes.pooling.jcs import jcs
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.signing import as_text, sign
from registry.actions.people import issue_token
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


def test_keys_are_put_and_listed(client, study, surgeon, nurse, north):
    manager = bearer(surgeon, north, "ask:analyses", "read:results")
    body = {"contributor": "east", "name": "Hospital east", "public": as_text(signer("east").public)}

    def send(headers, said=body):
        return client.put(f"{STUDY}keys/", json.dumps(said), content_type="application/json", headers=headers)

    assert [send(manager).status_code, send(manager).status_code] == [201, 200]
    assert ContributorKey.objects.filter(contributor__code="east").count() == 1
    assert send(bearer(nurse, north, "read:results")).status_code == 403
    for wrong in ({"public": "x"}, {"public": 3}, {"contributor": "A B"}, {"more": 1}):
        assert send(manager, body | wrong).status_code == 400
    listed = client.get(f"{STUDY}keys/", headers=manager).json()["results"]
    assert {key["contributor"] for key in listed} == {*CODES, "east"}


def test_the_results_are_those_of_the_newest_sum_with_what_stands_beside_them(client, study, nurse, system):
    client.force_login(nurse)
    assert client.get(f"{STUDY}results/").json()["results"] == []
    for code in CODES:
        import_bundle(study, bundle_of(code).content, by=system)
    add_up(study, by=system)
    newer = bundle_of("north", number=2, supersedes=bundle_of("north").id, without=1)
    import_bundle(study, newer.content, by=system)
    newest = add_up(study, by=system)
    found = client.get(f"{STUDY}results/").json()["results"]
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
