"""Whatever commits when, who follows the feed ends with the record. Who follows numbers or clocks does not."""

import random
import threading
import time
from datetime import UTC, date, datetime

from django.db import connection, transaction
from django.utils import timezone

from registry.models import Change, FollowUpVisit, Patient, Score
from registry.profiles import RESOURCES
from tests.builders import build_patient, build_procedure, build_visit
from tests.registry.feed.reading import Puller, lists

WRITERS, PATIENTS, TURNS = 4, 3, 20
SEED = 20261121
KEPT = Patient.history.rel.related_model


class Writer(threading.Thread):
    """Changes patients of its own, each in a transaction that stays open for a while; some are taken back."""

    def __init__(self, number: int, patients: list[Patient]):
        super().__init__()
        self.random = random.Random(SEED + number)
        self.patients = patients
        self.is_through = False

    def run(self):
        try:
            for turn in range(TURNS):
                self.change(self.random.choice(self.patients), turn)
            self.is_through = True
        finally:
            connection.close()

    def change(self, patient: Patient, turn: int) -> None:
        acts = (self.scores, self.withdrawal, self.error, self.another, self.sex)
        with transaction.atomic():
            for act in self.random.sample(acts, 2):
                act(patient, turn)
                time.sleep(self.random.random() / 20)
            if self.random.random() < 0.1:
                transaction.set_rollback(True)

    def scores(self, patient, turn):
        of = Score.objects.filter(visit__procedure__patient=patient)
        for score in of:
            score.value = turn % 2
            score.save()

    def withdrawal(self, patient, turn):
        on = None if Patient.objects.get(pk=patient.pk).withdrawn_on else date(2025, 1, 1)
        Patient.objects.filter(pk=patient.pk).update(withdrawn_on=on, withdrawn_reason="asked to" if on else "")

    def error(self, patient, turn):
        visit = FollowUpVisit.objects.filter(procedure__patient=patient, timepoint__code="w6").first()
        at = None if visit.error_marked_at else timezone.now()
        FollowUpVisit.objects.filter(pk=visit.pk).update(error_marked_at=at)

    def another(self, patient, turn):
        visit = FollowUpVisit.objects.filter(procedure__patient=patient).first()
        FollowUpVisit.objects.create(
            site_id=visit.site_id, procedure_id=visit.procedure_id, day=200 + turn, recorded_by_id=visit.recorded_by_id
        )

    def sex(self, patient, turn):
        Patient.objects.filter(pk=patient.pk).update(sex="FMO"[turn % 3])


class Naive(threading.Thread):
    """A negative control: asks again and again for what comes after the last that it saw."""

    def __init__(self):
        super().__init__()
        self.seen: set[int] = set()
        self.done = threading.Event()

    def run(self):
        while not self.done.is_set():
            self.page()
        connection.close()

    def page(self) -> None:
        raise NotImplementedError


class BySequence(Naive):
    """Whatever has a larger number than the last one."""

    def page(self):
        last = max(self.seen, default=0)
        self.seen |= set(Change.objects.filter(seq__gt=last).values_list("seq", flat=True))


class ByClock(Naive):
    """Whatever was changed after the last change, as `updated_at` would say it."""

    last = datetime(2000, 1, 1, tzinfo=UTC)

    def page(self):
        later = KEPT.objects.filter(pgh_created_at__gt=self.last)
        for pk, at in later.values_list("pgh_id", "pgh_created_at"):
            self.seen.add(pk)
            self.last = max(self.last, at)


def left_out(puller: Naive) -> int:
    """How many of the rows that there are it never saw."""
    model, pk = (Change, "seq") if isinstance(puller, BySequence) else (KEPT, "pgh_id")
    return len(set(model.objects.values_list(pk, flat=True)) - puller.seen)


def caught_up(puller: Puller, mark: Patient) -> None:
    """Pull until the last thing that was written has come. Programs of other databases may hold the horizon a while."""
    ends = time.monotonic() + 60
    while ("patients", str(mark.pk)) not in puller.copy:
        assert time.monotonic() < ends, "The horizon does not move."
        puller.all()


def test_who_follows_the_feed_ends_with_the_record_and_who_follows_the_sequence_does_not(
    client, study, north, identified
):
    patients = [build_patient(study=study, site=north) for _ in range(WRITERS * PATIENTS)]
    for patient in patients:
        procedure = build_procedure(patient=patient)
        for code, day in (("w6", 40), ("m3", 90)):
            build_visit(procedure=procedure, timepoint=code, day=day, scores={"pain": 3, "opioid": 1})
    writers = [Writer(number, patients[number::WRITERS]) for number in range(WRITERS)]
    feed, sequence = Puller(client, identified, limit=20), BySequence()
    for each in (sequence, *writers):
        each.start()
    while any(writer.is_alive() for writer in writers):
        feed.page()
    caught_up(feed, build_patient(study=study, site=north, study_number="LAST"))
    sequence.done.set()
    sequence.join()
    sequence.page()
    assert all(writer.is_through for writer in writers)
    assert set(feed.deleted.values()) == {"withdrawn", "error"}
    assert feed.copy == record(client, identified)
    assert left_out(sequence) > 0


def record(client, headers) -> dict[tuple, dict]:
    """What the lists show of who has not withdrawn."""
    shown = lists(client, headers, RESOURCES)
    gone = {key for (resource, key), row in shown.items() if resource == "patients" and row["withdrawn_on"]}
    return {place: row for place, row in shown.items() if row.get("patient", row["id"]) not in gone}


def other_connection():
    """A second program on the same database, in a transaction that it has not ended."""
    other = connection.copy()
    other.set_autocommit(False)
    return other


def touch(on, row) -> None:
    with on.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET version = version + 1 WHERE id = %s", [row.pk])


def told(puller: Puller) -> list[str]:
    """The ids that came since the last look."""
    before = len(puller.results)
    puller.all()
    return [each["id"] for each in puller.results[before:]]


def test_a_change_that_commits_after_a_later_one_is_not_overtaken(client, study, north, identified):
    first, second = (build_patient(study=study, site=north) for _ in range(2))
    puller, naive = Puller(client, identified), (BySequence(), ByClock())
    for each in naive:
        each.page()
    told(puller)
    slow = other_connection()
    try:
        touch(slow, first)
        touch(connection, second)
        assert told(puller) == []
        for each in naive:
            each.page()
        slow.commit()
    finally:
        slow.close()
    assert told(puller) == [str(first.pk), str(second.pk)]
    for each in naive:
        each.page()
    assert [left_out(each) for each in naive] == [1, 1]


def test_a_transaction_that_began_first_and_wrote_last_is_told_once_and_is_not_left_out(
    client, study, north, identified
):
    """Its number is the lower one, the sequence's the higher."""
    first, second = (build_patient(study=study, site=north) for _ in range(2))
    puller = Puller(client, identified)
    told(puller)
    slow = other_connection()
    try:
        with slow.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        touch(connection, second)
        assert told(puller) == []
        touch(slow, first)
        slow.commit()
    finally:
        slow.close()
    rows = Change.objects.filter(row_id__in=[first.pk, second.pk]).order_by("-seq")[:2]
    assert [(row.row_id, rows[0].xid < rows[1].xid) for row in rows] == [(first.pk, True), (second.pk, True)]
    assert told(puller) == [str(first.pk), str(second.pk)]
    assert told(puller) == []


def test_what_was_rolled_back_holds_nothing_up_and_is_not_told(client, study, north, identified):
    first, second = (build_patient(study=study, site=north) for _ in range(2))
    puller = Puller(client, identified)
    told(puller)
    slow = other_connection()
    try:
        touch(slow, first)
        touch(connection, second)
        slow.rollback()
    finally:
        slow.close()
    assert told(puller) == [str(second.pk)]
