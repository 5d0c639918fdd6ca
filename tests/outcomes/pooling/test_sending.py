"""What leaves a site: by an approved spec alone, once for each release and level, signed, in the ledger."""

import hashlib
import json
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from outcomes.models import SentBundle, SiteKey
from outcomes.models import Spec as KnownSpec
from outcomes.pooling.bundle import check_against, read_bundle
from outcomes.pooling.keys import key_for, revoke_key, rotate_key, signer_of
from outcomes.pooling.proposals import approve_spec, document_of, propose_spec, retire_spec
from outcomes.pooling.refusing import SpecNotApproved, SpecUnknown, told_apart
from outcomes.pooling.sending import answer_of, ask_summary, what_leaves
from outcomes.pooling.signing import KeyUnreadable, as_bytes, check_signature
from outcomes.tasks import summarise
from registry.access import Role
from registry.actions.people import system_user
from registry.errors import Refused
from registry.models import Job, Timepoint
from tests.builders import build_member, build_patient, build_procedure
from tests.outcomes.pooling.cohorts import frozen_now, keep, spec_for
from tests.sharing_doors import small

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(cohort, site):
    return keep(cohort, site)


@pytest.fixture
def known(cohort, site, boss):
    """The spec of the paper's plan, approved for all that it can be."""
    spec = spec_for("clunk2025", cohort)
    found, _ = propose_spec(site=site, document=spec.document, by=boss)
    return approve_spec(spec=found, levels=["trusted", "suppressed"], by=boss)


def made(kept, known, by, level="trusted", **more) -> Job:
    job = ask_summary(freeze=kept, spec_hash=known.spec_hash, level=level, by=by, **more)
    summarise(str(job.pk))
    job.refresh_from_db()
    return job


def sent(kept, known, by, level="trusted") -> SentBundle:
    job = made(kept, known, by, level)
    assert job.state == Job.State.DONE, job.error
    return answer_of(job)


def test_a_bundle_leaves_by_an_approved_spec_signed_by_the_site(kept, known, boss, site):
    answer = sent(kept, known, boss)

    bundle = read_bundle(bytes(answer.content))
    check_against(bundle, document_of(known))
    check_signature(bundle.document, as_bytes(SiteKey.objects.get(site=site).public))
    assert (bundle.id, bundle.site, bundle.level) == (answer.bundle_id, site.code, "trusted")
    assert bundle.content == bytes(answer.content)
    assert hashlib.sha256(bundle.content).hexdigest() == answer.sha256
    assert bundle.release["digest"] == f"sha256:{kept.digest}"
    assert all(bundle.has(name) for name in document_of(known).analyses)


def test_the_same_question_has_the_same_bytes_and_another_release_takes_the_place_of_the_first(
    kept, known, boss, cohort, site
):
    first = sent(kept, known, boss)
    assert ask_summary(freeze=kept, spec_hash=known.spec_hash, level="trusted", by=boss).pk == first.pk
    again = ask_summary(freeze=kept, spec_hash=known.spec_hash, level="trusted", by=boss, idempotency_key="once more")
    summarise(str(again.pk))
    assert answer_of(again) == first
    build_procedure(patient=build_patient(study=cohort.studies.get(), site=site))

    second = sent(keep(cohort, site), known, boss)

    assert second.supersedes == read_bundle(bytes(second.content)).release["supersedes"] == first.bundle_id
    assert first.supersedes == ""
    assert SentBundle.objects.count() == 2


def test_what_left_is_never_altered(kept, known, boss):
    answer = sent(kept, known, boss)
    for change in (lambda: SentBundle.objects.update(content=b"{}"), lambda: answer.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_nothing_leaves_by_a_spec_that_is_unknown_not_approved_for_the_level_or_retired(kept, known, boss):
    with pytest.raises(SpecUnknown):
        ask_summary(freeze=kept, spec_hash="sha256:" + "0" * 64, level="trusted", by=boss)
    with pytest.raises(SpecNotApproved):
        ask_summary(freeze=kept, spec_hash=known.spec_hash, level="coarsened", by=boss)
    asked = ask_summary(freeze=kept, spec_hash=known.spec_hash, level="trusted", by=boss)
    retire_spec(spec=known, by=boss, reason="the agreement ended")
    with pytest.raises(SpecNotApproved):
        ask_summary(freeze=kept, spec_hash=known.spec_hash, level="trusted", by=boss)
    summarise(str(asked.pk))
    asked.refresh_from_db()
    assert (asked.state, told_apart(asked.error)[0]) == (Job.State.FAILED, "spec-not-approved")
    assert not SentBundle.objects.exists()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.INVESTIGATOR])
def test_who_may_not_send_or_share_is_refused(kept, known, site, role):
    somebody = build_member("somebody", site, role)
    with pytest.raises(Refused, match="may not send"):
        ask_summary(freeze=kept, spec_hash=known.spec_hash, level="trusted", by=somebody)
    with pytest.raises(Refused, match="may share"):
        approve_spec(spec=known, levels=["trusted"], by=somebody)
    with pytest.raises(Refused, match="may share"):
        retire_spec(spec=known, by=somebody, reason="no")


def test_a_freeze_of_another_schedule_is_refused_in_words_and_nothing_is_kept(kept, known, boss, cohort, site):
    Timepoint.objects.filter(schedule__studies__cohorts=cohort, code="w6").update(opens_on_day=22)

    job = made(keep(cohort, site), known, boss)

    name, words = told_apart(job.error)
    assert (job.state, name) == (Job.State.FAILED, "spec-fixture-mismatch")
    assert words == "The timepoint w6 has another window here."
    assert not SentBundle.objects.exists()


def test_an_instance_that_counts_otherwise_sends_nothing(kept, known, boss, cohort):
    """The freeze was made before the schedule was changed, and says what the spec says."""
    Timepoint.objects.filter(schedule__studies__cohorts=cohort, code="w6").update(opens_on_day=22)
    job = made(kept, known, boss)
    assert (job.state, told_apart(job.error)[0]) == (Job.State.FAILED, "spec-fixture-mismatch")
    assert not SentBundle.objects.exists()


def test_what_is_suppressed_leaves_without_small_counts_and_tells_the_coordinator_what_stays(kept, known, boss):
    answer = sent(kept, known, boss, "suppressed")
    if answer.withheld:
        assert (answer.withheld, bytes(answer.content), answer.bundle_id) == ("disclosure-withheld", b"", "")
    else:
        told = [cell for leaf in read_bundle(bytes(answer.content)).leaves for cell in leaf["cells"]]
        assert not [cell for cell in told if cell is not None and 0 < cell < 5]
    assert answer.told


def test_a_cohort_of_a_few_is_withheld_with_a_name_and_no_number(known, boss, cohort, site):
    few = frozen_now(cohort)
    patients = cohort.studies.get().patients.order_by("study_number")
    patients.exclude(pk__in=patients[:3].values("pk")).update(
        withdrawn_on="2026-01-01", withdrawn_reason="asked to leave"
    )
    few = keep(cohort, site)

    answer = sent(few, known, boss, "suppressed")

    assert (answer.withheld, bytes(answer.content)) == ("disclosure-withheld", b"")
    assert not [word for word in " ".join(answer.told).split() if word.isdigit()]
    assert sent(few, known, boss, "suppressed") == answer


def test_a_bundle_takes_the_place_of_an_earlier_one_of_its_level_alone(kept, known, boss, cohort, site):
    hidden = sent(kept, known, boss, "suppressed")
    whole = sent(kept, known, boss)
    assert (hidden.supersedes, whole.supersedes) == ("", "")


def test_a_value_without_a_cell_has_the_constant_answer_and_its_words_stay_here(kept, boss, cohort, site):
    spec = spec_for("clunk2025", cohort)
    key = next(key for key, about in spec.instruments.items() if about["step"])
    narrow = {**spec.document["instruments"][key], "status": "draft"}
    row = SentBundle(spec=KnownSpec(spec_hash=spec.hash), freeze=kept, level="suppressed", site=site)
    narrow |= {"minimum": narrow["maximum"]}
    changed = replace(spec, document=spec.document | {"instruments": spec.instruments | {key: narrow}})

    assert what_leaves(row, changed, frozen_now(cohort)) is None

    assert row.withheld == "disclosure-withheld"
    (told,) = row.told
    assert told.startswith(f"{key} has a value for which the spec has no level.")


def test_a_spec_that_tells_smaller_counts_than_the_site_is_approved_for_whole_tables_alone(known, boss, settings):
    settings.MIN_CELL = 6
    for levels in (["suppressed"], ["trusted", "suppressed"]):
        with pytest.raises(Refused, match="none below 6 leave"):
            approve_spec(spec=known, levels=levels, by=boss)
    assert approve_spec(spec=known, levels=["trusted"], by=boss).levels == ["trusted"]
    settings.MIN_CELL = 5
    assert approve_spec(spec=known, levels=["suppressed"], by=boss).levels == ["suppressed"]


def test_at_most_twenty_specs_of_one_proposer_wait_for_a_site(site, boss):
    document = small()[0].document

    def propose(number, by=boss):
        return propose_spec(site=site, document=document | {"name": f"spec-{number}"}, by=by)

    waiting = [propose(number)[0] for number in range(20)]
    with pytest.raises(Refused, match="20 specs that you proposed wait"):
        propose(20)
    assert propose(0) == (waiting[0], False)
    assert propose(20, by=build_member("reader", site, Role.INVESTIGATOR))[1]
    retire_spec(spec=waiting[0], by=boss, reason="not needed")
    assert propose(21)[1]


def test_a_key_that_is_replaced_or_revoked_signs_nothing_more(kept, known, boss, site, settings):
    old = key_for(site=site, by=boss)
    new = rotate_key(site=site, by=boss)
    old.refresh_from_db()
    assert old.valid_to is not None
    assert sent(kept, known, boss).kid == new.kid
    with pytest.raises(Refused, match="Say why"):
        revoke_key(key=new, by=boss, reason=" ")
    revoke_key(key=new, by=boss, reason="the disk was lost")
    assert key_for(site=site, by=boss).kid not in (old.kid, new.kid)
    assert signer_of(new).kid == new.kid
    settings.SECRET_KEY = "another secret of the same length, which opens nothing"
    with pytest.raises(KeyUnreadable, match="another SECRET_KEY"):
        signer_of(new)


def test_the_seed_of_a_key_is_nowhere_in_the_database(site, boss):
    key = key_for(site=site, by=boss)
    assert signer_of(key).seed not in bytes(key.sealed)
    assert SiteKey.objects.filter(pk=key.pk).values()[0].keys() == {
        "id", "site_id", "kid", "public", "sealed", "valid_from", "valid_to", "revoked_at"
    }  # fmt: skip


def said(command, *arguments, **options) -> str:
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_a_spec_and_its_approval_by_command(kept, site, tmp_path):
    file = tmp_path / "spec.json"
    told = said("make_spec", "clunk2025", "--freeze", kept.pk, "--out", file, "--name", "three-sites")
    assert "analyses to pool" in told
    document = json.loads(file.read_bytes())
    assert document["name"] == "three-sites"

    said("approve_spec", file, "--site", site.code, "--level", "trusted")
    said("approve_spec", file, "--site", site.code, "--level", "trusted")

    known = KnownSpec.objects.get(site=site)
    assert (known.status, known.levels) == ("approved", ["trusted"])
    assert known.spec_hash in told
    assert said("site_key", "--site", site.code) == said("site_key", "--site", site.code)
    assert "replaced" in said("site_key", "--site", site.code, "--rotate")
    with pytest.raises(CommandError, match="no site"):
        said("site_key", "--site", "nowhere")


def test_a_spec_that_is_none_is_refused_in_words(site, boss):
    with pytest.raises(Refused, match="no JSON"):
        propose_spec(site=site, document=b"{", by=boss)
    with pytest.raises(Refused, match="a key more than once"):
        propose_spec(site=site, document=b'{"format": 1, "format": 1}', by=boss)


def test_a_bundle_by_command(kept, known, tmp_path):
    sent(kept, known, system_user())
    file = tmp_path / "bundle.json"
    told = said("export_bundle", "clunk2025", "--freeze", kept.pk, "--out", file)
    assert read_bundle(file.read_bytes()).id in told
