"""The pages of a place that pools: who contributed what, the sum, its report and files, one result."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outcomes.models import ContributorKey, PooledResult, ReceivedBundle
from outcomes.pooling.adding import add_up
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.signing import as_text
from outcomes.pooling.studies import join, revoke_key
from outcomes.stats.documents import canonical
from outcomes.tasks import pool as work
from registry.models import Job
from tests.outcomes.pooling.studies import CODES, bundle_of, pooling_study, signer, small_spec, whole_cohort

PAGE = "/pooling/three-sites/"


@pytest.fixture
def study(north):
    return pooling_study(north)


@pytest.fixture
def complete(study, system):
    """All three sites have sent, and it was added up."""
    for code in CODES:
        import_bundle(study, bundle_of(code).content, by=system)
    return add_up(study, by=system)


def shown(client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content[:300]
    return answer.content.decode()


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_a_bundle_is_taken_in_by_hand_added_up_by_a_job_and_read_as_a_report(client, study, admin, system):
    client.force_login(admin)
    assert "Nothing has come yet from Hospital north, Hospital south, Hospital west" in shown(client, PAGE)
    for code in CODES:
        file = SimpleUploadedFile("bundle.json", bundle_of(code).content)
        assert client.post(f"{PAGE}bundles/", {"bundle": file}).status_code == 302
    page = shown(client, PAGE)
    assert "3 of 3 contributors sent tables of 30 rows" in page and "Add up now" in page
    answer = client.post(f"{PAGE}sum/")
    job = Job.objects.get(kind="outcomes.pool")
    assert answer.url == f"/jobs/{job.pk}/"
    assert client.post(f"{PAGE}sum/").url == answer.url
    work(str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert "Sum of the tables of Three sites" in shown(client, answer.url)
    assert client.get(f"/jobs/{job.pk}/open/").url == f"{PAGE}report/"
    assert "Sum of the tables of Three sites" in shown(client, "/jobs/")
    assert "Pooled report of 3 sites" in shown(client, f"{PAGE}report/")


def test_the_results_of_the_sum_have_the_bytes_of_all_rows(complete):
    for name, (_, analysis) in small_spec().analyses.items():
        result = complete.results.get(analysis_id=name)
        expected = canonical(analysis.compute(analysis.tabulate(whole_cohort()))).decode()
        assert (result.payload_text, result.exact, result.level) == (expected, True, "trusted")
        assert len(result.inputs) == 3


def test_adding_up_the_same_again_gives_the_sum_that_is_there(complete, study, system):
    before = list(PooledResult.objects.order_by("pk").values_list("pk", "created_at"))
    assert add_up(study, by=system) == complete
    assert list(PooledResult.objects.order_by("pk").values_list("pk", "created_at")) == before


def test_the_report_says_its_level_how_exact_it_is_and_what_stands_beside_each_number(client, complete, surgeon):
    client.force_login(surgeon)
    page = shown(client, f"{PAGE}report/")
    for words in ("trusted", "all 10 results", "Whole tables of every site", "over the sites", "within sites",
                  "random effects, REML", "Forest plot 1", complete.digest, *complete.inputs):  # fmt: skip
        assert words in page, words
    assert "30</b> patients enrolled" in page
    assert "freeze of the cohort" not in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)), sorted(each for each in ids if ids.count(each) > 1)[:5]
    assert "Table 0" not in page and "Figure 0" not in page


def test_each_result_has_a_page_that_leads_to_its_inputs(client, complete, surgeon):
    client.force_login(surgeon)
    for result in complete.results.all():
        page = shown(client, f"{PAGE}results/{result.pk}/")
        for name in result.inputs:
            assert name in page
        assert f"{PAGE}#contributor-south" in page and "exact" in page


@pytest.mark.parametrize(
    ("name", "begins"),
    [("report.pdf", b"%PDF"), ("report.docx", b"PK"), ("report.xlsx", b"PK"), ("report.html", b"<!doctype html>")],
)
def test_the_files_of_a_sum_are_the_same_bytes_each_time(client, complete, surgeon, name, begins):
    client.force_login(surgeon)
    one, two = (client.get(f"{PAGE}report/{name}/") for _ in range(2))
    assert one.content.startswith(begins) and one.content == two.content
    assert f"three-sites-{complete.digest[:12]}-{name}" in one.headers["Content-Disposition"]
    assert client.get(f"{PAGE}report/data.zip/").status_code == 404


def test_what_a_newer_release_replaced_stays_on_the_page_and_the_sum_is_said_to_be_old(client, complete, study, admin):
    first = bundle_of("north")
    import_bundle(study, bundle_of("north", number=2, supersedes=first.id, without=1).content, by=admin)
    client.force_login(admin)
    page = shown(client, PAGE)
    assert "kept, does not count" in page and "What counts has changed since" in page
    assert "29 rows" in page


def test_a_key_is_added_and_revoked_and_what_it_signed_is_marked(client, complete, study, admin):
    client.force_login(admin)
    said = {"code": "east", "name": "Hospital east", "public": as_text(signer("east").public)}
    assert client.post(f"{PAGE}keys/", said).status_code == 302
    assert "Hospital east" in shown(client, PAGE)
    key = ContributorKey.objects.get(contributor__code="north")
    assert client.post(f"{PAGE}keys/revoke/", {"key": key.pk, "reason": ""}).status_code == 400
    assert client.post(f"{PAGE}keys/revoke/", {"key": key.pk, "reason": "lost"}).status_code == 302
    assert "revoked since" in shown(client, PAGE)
    result = complete.results.first()
    assert "key revoked since" in shown(client, f"{PAGE}results/{result.pk}/")


def test_what_is_refused_is_said_in_words_beside_the_form_and_changes_nothing(client, study, admin):
    client.force_login(admin)
    tries = [
        ("bundles/", {"bundle": SimpleUploadedFile("b.json", b"{}")}, "This is no bundle"),
        ("bundles/", {}, "This field is required"),
        ("keys/", {"code": "Not a code", "public": "x"}, "Enter a valid value"),
        ("keys/", {"code": "east", "public": "x" * 44}, "A public key is the 32 bytes"),
    ]
    for address, said, words in tries:
        answer = client.post(f"{PAGE}{address}", said)
        assert answer.status_code == 400 and words in answer.content.decode(), (address, words)
    assert not ReceivedBundle.objects.exists() and ContributorKey.objects.count() == 3
    assert client.post(f"{PAGE}sum/").status_code == 400


def test_two_sites_are_cautioned_about(client, study, admin, system):
    for code in CODES[:2]:
        import_bundle(study, bundle_of(code).content, by=system)
    add_up(study, by=system)
    client.force_login(admin)
    assert "Fewer than 3 sites contribute" in shown(client, f"{PAGE}report/")


def test_pages_that_list_ask_as_often_for_many_as_for_few(client, north, admin, system):
    few = pooling_study(north)
    client.force_login(admin)
    import_bundle(few, bundle_of("north").content, by=system)
    shown(client, PAGE)
    before = {address: queries(client, address) for address in (PAGE, "/pooling/", "/api/v1/pool/studies/",
              "/api/v1/pool/studies/three-sites/contributors/", "/api/v1/pool/studies/three-sites/keys/")}  # fmt: skip
    for number in range(6):
        join(study=few, code=f"more-{number}", public=as_text(signer(f"more-{number}").public), by=system)
    for code in CODES[1:]:
        import_bundle(few, bundle_of(code).content, by=system)
    revoke_key(key=ContributorKey.objects.get(contributor__code="west"), by=system)
    assert {address: queries(client, address) for address in before} == before


def test_who_reads_no_pooling_study_has_no_entry_in_the_navigation(client, complete, neighbour, nurse):
    for who, there in ((nurse, True), (neighbour, False)):
        client.force_login(who)
        assert ('href="/pooling/"' in shown(client, "/")) is there
