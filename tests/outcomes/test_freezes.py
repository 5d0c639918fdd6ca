"""Freezes that people make: named, of one digest for the same data, verified from their bytes, computed from later."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from outcomes import wide
from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.freeze import freeze, store
from outcomes.freezes import ask_freeze, cite_as, find_freeze, make_freeze, name_freeze, verify
from outcomes.models import Cohort, Freeze, FreezeName, Result
from outcomes.running import run_job
from registry import jobs
from registry.errors import Refused
from registry.models import Job, Membership
from tests.builders import build_cohort_rows, build_study

MEDIANS = {"name": "one", "analyses": [{"id": "m", "type": "describe_by_timepoint", "instrument": "pain"}]}
PROTECTION = "pgtrigger_written_once_"


@pytest.fixture
def cohort(north, surgeon) -> Cohort:
    study = build_study(slug="one", name="One", site=north)
    build_cohort_rows(study, north, 6)
    return visible_cohorts(surgeon).get(slug="one")


def done(job: Job, work=make_freeze) -> Job:
    """Do a job in this process, as a worker would."""
    with jobs.claimed(job.pk) as claimed:
        work(claimed)
    job.refresh_from_db()
    return job


def frozen(cohort: Cohort, by, name: str = "First submission") -> Freeze:
    job = done(ask_freeze(cohort=cohort, name=name, note="Before the data lock", by=by))
    assert job.state == Job.State.DONE, job.error
    return FreezeName.objects.get(cohort=cohort, name=name).freeze


def more_rows(cohort: Cohort, north) -> None:
    build_cohort_rows(cohort.studies.get(), north, 2)


@pytest.mark.django_db(transaction=True)
def test_the_same_data_keep_the_same_freeze_under_several_names(cohort, surgeon, north):
    first, second = frozen(cohort, surgeon), frozen(cohort, surgeon, "Revision")
    more_rows(cohort, north)
    third = frozen(cohort, surgeon, "Second submission")

    assert first == second != third
    assert [each.name for each in first.names.all()] == ["First submission", "Revision"]
    assert {each.named_by for each in first.names.all()} == {surgeon}
    assert first.names.first().note == "Before the data lock"
    assert third.manifest["flow"]["patients"] == 8


@pytest.mark.django_db(transaction=True)
def test_a_name_is_given_once_in_a_cohort_when_asked_and_when_made(cohort, surgeon):
    late = ask_freeze(cohort=cohort, name="First  submission ", note="later", by=surgeon)
    frozen(cohort, surgeon)

    with pytest.raises(Refused, match="has that name already"):
        ask_freeze(cohort=cohort, name="First submission", by=surgeon)
    assert done(late).state == Job.State.FAILED
    assert "has that name already" in late.error
    assert FreezeName.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b", "a\x1bb"])
def test_a_name_that_cannot_be_read_is_refused(cohort, surgeon, name):
    with pytest.raises(Refused, match="1 to 100 letters"):
        ask_freeze(cohort=cohort, name=name, by=surgeon)
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_lost_the_right_gets_no_freeze_and_who_never_had_it_is_refused(cohort, surgeon, nurse, pool, neighbour):
    job = ask_freeze(cohort=cohort, name="mine", by=surgeon)
    Membership.objects.filter(user=surgeon).delete()

    assert done(job).state == Job.State.FAILED and "may no longer" in job.error
    assert not Freeze.objects.exists()
    for user in (nurse, pool, neighbour):
        with pytest.raises(Refused, match="may not make freezes"):
            ask_freeze(cohort=cohort, name="theirs", by=user)


@pytest.mark.django_db(transaction=True)
def test_who_may_not_ask_at_every_site_of_a_freeze_names_it_not_and_computes_nothing_from_it(
    cohort, surgeon, south, nurse
):
    kept = frozen(cohort, surgeon)
    wider = Freeze.objects.create(
        cohort=cohort, site_ids=[*kept.site_ids, south.pk], digest="d" * 64, manifest=kept.manifest, made_by=surgeon,
        **{name: getattr(kept, name) for name in Freeze.TABLES},
    )  # fmt: skip
    for freeze_, by in ((wider, surgeon), (kept, nurse)):
        with pytest.raises(Refused, match="may not name"):
            name_freeze(freeze=freeze_, name="x", by=by)
        with pytest.raises(Refused, match="may not ask"):
            ask_analysis(cohort=cohort, plan=MEDIANS, by=by, freeze=freeze_)


@pytest.mark.django_db(transaction=True)
def test_a_kept_freeze_gives_the_same_bytes_after_later_edits_and_todays_data_others(cohort, surgeon, north):
    overview = done(ask_analysis(cohort=cohort, plan=None, by=surgeon), run_job)
    kept = Freeze.objects.get()
    more_rows(cohort, north)
    job = Job.objects.create(
        kind=overview.kind, params=overview.params | {"freeze": str(kept.pk)}, site_ids=overview.site_ids,
        requested_by=surgeon,
    )  # fmt: skip
    today = done(ask_analysis(cohort=cohort, plan=None, by=surgeon), run_job)

    again = done(job, run_job)

    assert payloads(again) == payloads(overview) != payloads(today)
    assert Result.objects.filter(job=again).first().freeze == kept
    assert Freeze.objects.count() == 2


def payloads(job: Job) -> list[tuple[str, str]]:
    return list(Result.objects.filter(job=job).order_by("place").values_list("analysis_id", "payload_text"))


@pytest.mark.django_db(transaction=True)
def test_what_this_program_computed_on_a_freeze_is_given_back_and_not_what_another_one_did(
    cohort, surgeon, north, settings
):
    first = done(ask_analysis(cohort=cohort, plan=MEDIANS, by=surgeon), run_job)
    kept = Freeze.objects.get()
    more_rows(cohort, north)

    assert ask_analysis(cohort=cohort, plan=MEDIANS, by=surgeon, freeze=kept) == first
    assert ask_analysis(cohort=cohort, plan=MEDIANS | {"name": "two"}, by=surgeon, freeze=kept) != first
    settings.PROGRAM_VERSION = "99.0.0"
    assert ask_analysis(cohort=cohort, plan=MEDIANS, by=surgeon, freeze=kept) != first


@pytest.mark.django_db(transaction=True)
def test_a_freeze_of_another_cohort_is_refused(cohort, surgeon, north):
    other = build_study(slug="two", site=north)
    with pytest.raises(Refused, match="of another cohort"):
        ask_analysis(
            cohort=visible_cohorts(surgeon).get(slug=other.slug), plan=None, by=surgeon, freeze=frozen(cohort, surgeon)
        )


def tamper(kept: Freeze, column: str, content) -> None:
    """Change a stored freeze as who holds the database may: with the protection taken away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'outcomes_freeze'::regclass AND NOT tgisinternal")
        names = [name for (name,) in cursor.fetchall() if name.startswith(PROTECTION)]
        assert len(names) == 1
        cursor.execute(f"ALTER TABLE outcomes_freeze DISABLE TRIGGER {names[0]}")
        cursor.execute(f"UPDATE outcomes_freeze SET {column} = %s WHERE id = %s", [content, kept.pk])
        cursor.execute(f"ALTER TABLE outcomes_freeze ENABLE TRIGGER {names[0]}")
    kept.refresh_from_db()


def broken(kept: Freeze) -> list[str]:
    return [part.name for part in verify(kept) if not part.is_whole]


@pytest.mark.django_db(transaction=True)
def test_a_freeze_cannot_be_changed_and_where_its_protection_is_taken_away_the_change_is_found(cohort, surgeon):
    kept = frozen(cohort, surgeon)
    assert broken(kept) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Freeze.objects.filter(pk=kept.pk).update(digest="0" * 64)

    scores = wide.from_parquet(bytes(kept.scores))
    name = next(name for name in scores.column_names if name == "pain|w6")
    other = scores.set_column(scores.column_names.index(name), scores.schema.field(name), scores[name].take([1] * 6))
    tamper(kept, "scores", wide.to_parquet(other))

    assert broken(kept) == ["scores"]
    job = done(Job.objects.create(kind="outcomes.analyse", params={
        "cohort": str(cohort.pk), "plan": MEDIANS, "freeze": str(kept.pk)}, site_ids=kept.site_ids,
        requested_by=surgeon), run_job)  # fmt: skip
    assert job.state == Job.State.FAILED and "not what its digest says: scores" in job.error
    with pytest.raises(CommandError, match="1 of 1 freezes are not what they were"):
        call_command("verify_freeze", str(kept.pk))


@pytest.mark.django_db(transaction=True)
def test_every_changed_byte_of_a_table_is_found_or_changes_nothing_that_is_read(cohort, surgeon):
    kept = frozen(cohort, surgeon)
    whole, content = wide.from_parquet(bytes(kept.procedures)), bytes(kept.procedures)
    found = 0
    for place in range(0, len(content), max(1, len(content) // 150)):
        kept.procedures = content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]
        if broken(kept):
            found += 1
        else:
            assert wide.from_parquet(kept.procedures).equals(whole)
    assert found > 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("column", ["manifest", "digest"])
def test_a_changed_manifest_or_digest_is_found(cohort, surgeon, column):
    kept = frozen(cohort, surgeon)
    other = '{"cohort": {}, "tables": {}}' if column == "manifest" else "0" * 64
    tamper(kept, column, other)
    assert "manifest" in broken(kept)


@pytest.mark.django_db
def test_the_sentence_to_cite_says_all_that_names_the_data(cohort, surgeon, north, settings):
    settings.PROGRAM_VERSION = "1.2.3"
    kept = store(freeze(cohort, [north.pk]), cohort, [north.pk], by=surgeon)
    words = cite_as(kept, "First submission")
    said = ("One (one)", "version 1", "“First submission”", "site north", "6 patients", "6 procedures", kept.digest,
            f"{kept.made_at:%-d %B %Y}", "Promontory 1.2.3")  # fmt: skip
    assert [each for each in said if each not in words] == []


@pytest.mark.django_db(transaction=True)
def test_a_freeze_is_found_by_id_digest_and_name_and_by_nothing_else(cohort, surgeon):
    kept = frozen(cohort, surgeon)
    for text in (str(kept.pk), kept.digest, kept.digest[:10].upper(), "one/First submission"):
        assert find_freeze(text) == kept
    for text in ("", "one", kept.digest[:4], "two/First submission", "one/", "x" * 64):
        with pytest.raises(Refused, match="No freeze"):
            find_freeze(text)


@pytest.mark.worker
def test_freeze_cohort_goes_through_the_worker_and_prints_what_to_cite(cohort, dispatcher, capsys):
    call_command("freeze_cohort", "one", "--name", "Lock of 2026")
    said = capsys.readouterr().out
    named = FreezeName.objects.get()
    assert said.split()[:2] == [str(named.freeze_id), named.freeze.digest]
    assert "“Lock of 2026”" in said
    call_command("verify_freeze")
    assert capsys.readouterr().out == "1 verified.\n"
    with pytest.raises(CommandError, match="has that name already"):
        call_command("freeze_cohort", "one", "--name", "Lock of 2026")
    with pytest.raises(CommandError, match="There is no cohort two"):
        call_command("freeze_cohort", "two", "--name", "x")
