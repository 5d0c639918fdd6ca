"""What a place that pools takes in and what it does not; what is refused changes nothing."""

import base64
import json
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from outcomes.models import ContributorKey, Pooling, ReceivedBundle
from outcomes.pooling.adding import add_up
from outcomes.pooling.jcs import jcs
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.refusals import BundleRefused
from outcomes.pooling.signing import as_text, sign
from outcomes.pooling.studies import add_key, join, make_study, revoke_key
from registry.errors import Refused
from tests.outcomes.pooling.studies import (
    CODES,
    bundle_of,
    document_of,
    pooling_study,
    signer,
    small_spec,
)
from tests.registry.record import refusal, run_sql


@pytest.fixture
def study(north):
    return pooling_study(north)


def counting(study) -> dict:
    rows = study.bundles.filter(status="accepted").values_list("contributor__code", "bundle_id")
    return dict(rows)


def everything() -> list:
    return [list(model.objects.order_by("pk").values()) for model in (ReceivedBundle, ContributorKey, Pooling)]


def refused(study, content: bytes, by) -> str:
    """The name of the reason; nothing was changed."""
    before = everything()
    with pytest.raises(BundleRefused) as error:
        import_bundle(study, content, by=by)
    assert everything() == before
    assert error.value.message.endswith((".", "here.")) or error.value.message
    return error.value.problem_type


def test_the_same_bundle_again_changes_nothing_however_it_is_written(study, system):
    bundle = bundle_of("north")
    first, is_new = import_bundle(study, bundle.content, by=system)
    before = everything()
    spaced = json.dumps(dict(reversed(bundle.document.items())), indent=2).encode()
    for content in (bundle.content, spaced):
        assert import_bundle(study, content, by=system) == (first, False)
    assert is_new and everything() == before
    assert bytes(ReceivedBundle.objects.get().content) == bundle.content
    assert (first.n, first.level, first.contributor.code) == (10, "trusted", "north")


def test_another_content_for_the_same_release_is_a_conflict(study, system):
    import_bundle(study, bundle_of("north").content, by=system)
    assert refused(study, bundle_of("north", without=1).content, system) == "bundle-conflict"


def test_a_newer_release_takes_the_place_of_the_one_that_it_names_and_the_old_one_stays(study, system):
    first = bundle_of("north")
    import_bundle(study, first.content, by=system)
    assert refused(study, bundle_of("north", number=2).content, system) == "bundle-conflict"
    second = bundle_of("north", number=2, supersedes=first.id, without=2)
    import_bundle(study, second.content, by=system)
    assert counting(study) == {"north": second.id}
    assert ReceivedBundle.objects.get(bundle_id=first.id).status == "superseded"
    assert import_bundle(study, first.content, by=system)[1] is False
    assert counting(study) == {"north": second.id}


def test_whichever_of_two_releases_comes_first_the_newer_one_counts(study, system):
    first = bundle_of("north")
    second = bundle_of("north", number=2, supersedes=first.id, without=2)
    third = bundle_of("north", number=3, supersedes=second.id)
    for each in (second, first, third, second):
        import_bundle(study, each.content, by=system)
    assert counting(study) == {"north": third.id}
    fork = bundle_of("north", number=4, supersedes=first.id)
    assert refused(study, fork.content, system) == "bundle-conflict"


def test_a_release_that_replaces_one_never_sent_here_counts_where_it_is_newer(study, system):
    first = bundle_of("north")
    unsent = bundle_of("north", number=2, supersedes=first.id)
    third = bundle_of("north", number=3, supersedes=unsent.id)
    import_bundle(study, first.content, by=system)
    import_bundle(study, third.content, by=system)
    assert counting(study) == {"north": third.id}


def test_supersede_then_resend_gives_the_bytes_of_the_newer_release_alone(study, system, south):
    first = bundle_of("north", without=3)
    second = bundle_of("north", number=2, supersedes=first.id)
    others = [bundle_of(code) for code in CODES[1:]]
    for each in (first, *others, second, first, *others):
        import_bundle(study, each.content, by=system)
    elsewhere = pooling_study(south, slug="elsewhere")
    for each in (others[1], second, others[0]):
        import_bundle(elsewhere, each.content, by=system)
    one, two = (add_up(each, by=system) for each in (study, elsewhere))
    assert one.digest == two.digest
    assert payloads(one) == payloads(two)


def payloads(pooling) -> list:
    return list(pooling.results.order_by("place").values_list("analysis_id", "payload_text", "exact", "inputs"))


def test_a_bundle_of_another_spec_is_not_taken(study, system):
    document = document_of("north") | {"spec_hash": "sha256:" + "0" * 64}
    assert refused(study, jcs(sign(document, signer("north"))), system) == "spec-unknown"


def test_tables_of_instruments_that_mean_something_else_are_not_taken(study, system):
    document = document_of("north") | {"dictionary_version": "sha256:" + "0" * 64}
    assert refused(study, jcs(sign(document, signer("north"))), system) == "dictionary-unsupported"


def test_who_does_not_say_whether_patients_may_be_elsewhere_is_asked_to(study, system):
    document = document_of("north")
    del document["overlap_declaration"]
    assert refused(study, jcs(sign(document, signer("north"))), system) == "overlap-undeclared"
    silent = document_of("north") | {"overlap_declaration": "no idea"}
    assert refused(study, jcs(sign(silent, signer("north"))), system) == "overlap-undeclared"


def test_a_cell_that_was_changed_after_signing_is_noticed(study, system):
    document = document_of("north")
    document["tables"][0]["left_out"]["no_arm"] = 1
    assert refused(study, jcs(document), system) == "signature-invalid"


@pytest.mark.parametrize("site", ["south", "nowhere"])
def test_a_bundle_signed_by_somebody_else_is_not_taken(study, system, site):
    document = document_of("north") | {"site": site}
    assert refused(study, jcs(sign(document, signer("north"))), system) == "signature-invalid"


def test_a_revoked_key_opens_nothing_more_and_what_it_signed_stays(study, system):
    first = bundle_of("north")
    import_bundle(study, first.content, by=system)
    key = ContributorKey.objects.get(contributor__code="north")
    revoke_key(key=key, by=system, reason="the laptop was stolen")
    assert refused(study, bundle_of("north", number=2, supersedes=first.id).content, system) == "key-revoked"
    assert import_bundle(study, first.content, by=system)[1] is False
    kept = ReceivedBundle.objects.select_related("key").get()
    assert kept.status == "accepted" and kept.key.revoked_at is not None


def test_a_key_out_of_its_time_is_not_in_force(study, system):
    run_sql("UPDATE outcomes_contributorkey SET valid_to = valid_from + interval '1 microsecond'")
    assert refused(study, bundle_of("north").content, system) == "signature-invalid"


def out_of_range(document):
    counts = document["tables"][0]["parts"]["scores"]["counts"]["pre"]
    next(iter(counts.values()))["99"] = 1


def unknown_timepoint(document):
    document["tables"][0]["parts"]["scores"]["timepoints"]["10y"] = 9


def a_table_less(document):
    document["tables"].pop()


def a_flow_of_words(document):
    document["about"]["flow"] = {"patients": "ten"}


def a_day_that_is_not(document):
    document["release"]["as_of"] = "2026-02-30T12:00:00+00:00"


def another_fixture(document):
    document["engine"]["fixture_digest"] = "sha256:" + "1" * 64


BROKEN = [out_of_range, unknown_timepoint, a_table_less, a_flow_of_words, a_day_that_is_not, another_fixture]


@pytest.mark.parametrize("broken", BROKEN)
def test_tables_that_are_not_the_specs_are_refused_in_words_though_they_are_signed(study, system, broken):
    document = json.loads(json.dumps(document_of("north")))
    broken(document)
    assert refused(study, jcs(sign(document, signer("north"))), system) == "validation"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"a": 1, "a": 2}', b"[" * 100_000])
def test_what_is_no_bundle_is_refused(study, system, content):
    assert refused(study, content, system) == "validation" or content == b"{}"


def test_a_bundle_that_is_taken_without_the_change_shows_that_the_refusals_bite(study, system):
    assert import_bundle(study, jcs(document_of("north")), by=system)[1]


@pytest.mark.django_db(transaction=True)
def test_of_two_that_come_at_once_one_is_new_and_the_other_finds_it(north, system):
    study, content = pooling_study(north), bundle_of("north").content
    answers, ready = [], threading.Barrier(4)

    def send():
        ready.wait()
        try:
            answers.append(import_bundle(study, content, by=system)[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [False, False, False, True]
    assert ReceivedBundle.objects.count() == 1


def test_what_was_received_cannot_be_rewritten_by_raw_sql(study, system):
    import_bundle(study, bundle_of("north").content, by=system)
    for column in ("content = 'x'", "bundle_id = 'x'", "n = 1"):
        with pytest.raises(DatabaseError) as error, transaction.atomic():
            run_sql(f"UPDATE outcomes_receivedbundle SET {column}")
        assert "Cannot update rows" in refusal(error.value)
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        run_sql("UPDATE outcomes_contributorkey SET public = 'x'")
    assert "Cannot update rows" in refusal(error.value)
    run_sql("UPDATE outcomes_receivedbundle SET status = 'superseded'")


def test_a_study_is_made_once_of_a_spec_and_a_key_has_32_bytes(north, south, system):
    study = pooling_study(north)
    assert make_study(site=north, slug=study.slug, spec=small_spec().document, by=system) == study
    for site, slug in ((north, "another"), (south, study.slug)):
        with pytest.raises(Refused):
            make_study(site=site, slug=slug, spec=small_spec().document, by=system)
    with pytest.raises(Refused):
        make_study(site=north, slug="third", spec=b"{}", by=system)
    contributor = study.contributors.get(code="north")
    for public in ("", "short", base64.b64encode(b"1" * 31).decode(), "é" * 44):
        with pytest.raises(Refused):
            add_key(contributor=contributor, public=public, by=system)
    with pytest.raises(Refused):
        join(study=study, code="Not A Code", public=as_text(signer("x").public), by=system)


def test_a_key_that_is_not_yet_in_force_opens_nothing(north, system):
    study = pooling_study(north, codes=())
    contributor = join(study=study, code="north", public=as_text(signer("other").public), by=system)[0].contributor
    tomorrow = timezone.now() + timedelta(days=1)
    add_key(contributor=contributor, public=as_text(signer("north").public), valid_from=tomorrow, by=system)
    assert refused(study, bundle_of("north").content, system) == "signature-invalid"
