"""The chain of the history: nobody changes it, whatever is done is in it once, and a command says whether it holds."""

import json

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from registry.audit import recording
from registry.models import Patient, TrailBlock, TrailCheck, TrailEntry, TrailHead
from registry.trail.guards import guards_missing
from registry.trail.heads import NotAHeadFile, read, written
from registry.trail.verify import altered, event_models, verify
from tests.builders import build_patient, build_study
from tests.registry.record import full_record, models_of_ours

pytestmark = pytest.mark.django_db
UPDATED = "update_UPDATE"
TRAIL = ("registry_trailblock", "registry_trailentry", "registry_trailhead", "registry_trailshape", "pghistory_context")


def run(sql: str, params=()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def sealed() -> None:
    """What a commit does."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def patient(north):
    row = build_patient(study=build_study(site=north), site=north)
    sealed()
    return row


def test_a_history_row_of_every_table_is_in_the_chain_and_the_chain_holds(db):
    full_record()
    sealed()
    verified = verify()
    assert verified.breaks == []
    assert verified.entries == sum(model.objects.count() for model in event_models())


def test_a_site_has_a_chain_of_its_own_and_what_belongs_to_no_site_another(north, patient):
    heads = {str(head.chain): head for head in TrailHead.objects.all()}
    assert set(heads) == {str(north.pk), "00000000-0000-0000-0000-000000000000"}
    for chain, head in heads.items():
        blocks = list(TrailBlock.objects.filter(chain=chain).order_by("seq"))
        assert [block.seq for block in blocks] == list(range(1, head.seq + 1))
        assert [bytes(block.prev) for block in blocks[1:]] == [bytes(block.hash) for block in blocks[:-1]]
        assert sum(block.entries for block in blocks) == head.entries


def test_a_transaction_is_one_block_at_a_site_however_many_statements_it_has(patient, nurse):
    sealed()
    before = TrailBlock.objects.count()
    with recording(by=nurse):
        for sex in "FMO":
            Patient.objects.filter(pk=patient.pk).update(sex=sex)
    sealed()
    (block,) = TrailBlock.objects.order_by("-id")[: TrailBlock.objects.count() - before]
    assert (block.entries, block.chain) == (3, patient.site_id)


@pytest.mark.parametrize("table", TRAIL)
def test_nobody_changes_deletes_or_empties_the_chain(patient, table):
    for statement in ("UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
        column = {"registry_trailentry": "sha256", "registry_trailshape": "columns", "pghistory_context": "metadata"}
        name = column.get(table, "seq")
        with pytest.raises(DatabaseError, match="trail: Cannot"), transaction.atomic():
            run(statement.format(table, name, name))


def test_no_table_of_the_record_can_be_emptied(patient):
    for model in models_of_ours():
        with pytest.raises(DatabaseError, match="trail: Cannot truncate"), transaction.atomic():
            run(f"TRUNCATE {model._meta.db_table} CASCADE")


def test_no_setting_of_a_session_switches_the_trail_off(patient):
    name = next(
        each.get_pgid(model) for model, each in pgtrigger.registered() if (model, each.name) == (Patient, UPDATED)
    )
    before = TrailEntry.objects.count()
    run(f"SET LOCAL pgtrigger.ignore = '{{{name}}}'")
    run("UPDATE registry_patient SET sex = 'F' WHERE id = %s", [patient.pk])
    assert TrailEntry.objects.count() == before + 1


def test_everything_that_guards_the_trail_is_on_and_what_is_not_is_named(patient):
    assert list(guards_missing()) == []
    sealed()
    run("ALTER TABLE registry_patient DISABLE TRIGGER registry_never_emptied")
    assert list(guards_missing()) == [
        "the trigger registry_never_emptied of registry_patient is missing, or is not always on"
    ]


def test_a_write_past_the_triggers_is_found_in_the_record_itself(patient):
    run("ALTER TABLE registry_patient DISABLE TRIGGER USER")
    run("UPDATE registry_patient SET sex = 'F' WHERE id = %s", [patient.pk])
    (found,) = altered()
    assert found == (str(patient.site_id), None, f"row {patient.pk} of registry_patient is not what its history says")


@pytest.mark.parametrize("setting", ["TimeZone = 'Asia/Tokyo'", "DateStyle = 'German, DMY'", "bytea_output = 'escape'"])
def test_a_session_with_other_settings_writes_the_same_text(patient, setting):
    run(f"SET LOCAL {setting}")
    run("UPDATE registry_patient SET born_on = '1950-01-01', born_precision = 'day', locked_at = now() WHERE id = %s",
        [patient.pk])  # fmt: skip
    sealed()
    assert list(altered()) == []


def test_a_change_of_key_by_raw_sql_is_kept_too(nurse, north):
    membership = nurse.memberships.get()
    run("UPDATE registry_membership SET id = gen_random_uuid() WHERE id = %s", [membership.pk])
    assert nurse.memberships.get().history.get().pgh_label == "update"


def test_what_is_said_later_in_a_request_is_not_said_of_what_was_done_before(patient, nurse):
    with recording(by=nurse):
        Patient.objects.filter(pk=patient.pk).update(sex="F")
        with recording(by=nurse, reason="read again"):
            Patient.objects.filter(pk=patient.pk).update(sex="M")
    _, first, second = patient.history.order_by("pgh_id")
    assert "reason" not in first.pgh_context.metadata
    assert second.pgh_context.metadata["reason"] == "read again"


def test_the_command_writes_the_heads_and_holds_the_trail_against_them(patient, tmp_path, capsys):
    file = tmp_path / "heads"
    call_command("verify_audit", "--write-head", str(file))
    assert "The trail holds" in capsys.readouterr().out
    assert {head.chain for head in read(file)} == {str(head.chain) for head in TrailHead.objects.all()}
    Patient.objects.filter(pk=patient.pk).update(sex="F")
    sealed()
    call_command("verify_audit", "--from", str(file))
    check = TrailCheck.objects.first()
    assert (check.found, check.anchored) == (0, True)
    moved = [json.loads(line) | {"hash": "0" * 64} for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(each) + "\n" for each in moved))
    with pytest.raises(CommandError, match="2 findings"):
        call_command("verify_audit", "--from", str(file))
    assert "block 1: it is not what the head that was kept outside says" in capsys.readouterr().err.replace("2:", "1:")


@pytest.mark.parametrize("text", ["x", "{}", "[]", '{"chain": "x"}', "1"])
def test_a_file_that_holds_no_heads_is_refused_by_its_line(db, tmp_path, text):
    file = tmp_path / "heads"
    file.write_text(written([]) + text)
    with pytest.raises(NotAHeadFile, match="line 1"):
        read(file)
    with pytest.raises(CommandError, match="line 1"):
        call_command("verify_audit", "--from", str(file))
