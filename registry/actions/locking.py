"""Locking a patient's record or a study, and unlocking it. The database refuses every change in between."""

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from registry.audit import recording
from registry.errors import Problem, Refused, StaleSave
from registry.models import Patient, Study, User
from registry.models.watches import WRITING

LONGEST_WAIT = "3s"
BUSY = "Somebody is writing into the record at this moment, perhaps an import. Try again when it has ended."


def lock_patient(*, patient: Patient, version: int, by: User, reason: str = "") -> None:
    """From here on no route changes the record; what is being written now is written first, or the lock waits."""
    set_lock(patient, version=version, locked=True, reason=reason, by=by)


def unlock_patient(*, patient: Patient, version: int, reason: str, by: User) -> None:
    """The record takes changes again; the reason is kept."""
    set_lock(patient, version=version, locked=False, reason=reason, by=by)


def lock_study(*, study: Study, by: User, reason: str = "") -> None:
    """Lock the records of all patients of a study at every site, and let nobody enter it."""
    set_lock(study, version=None, locked=True, reason=reason, by=by)


def unlock_study(*, study: Study, reason: str, by: User) -> None:
    """The study takes patients and changes again; patients who are locked themselves stay so."""
    set_lock(study, version=None, locked=False, reason=reason, by=by)


def set_lock(row: Patient | Study, *, version: int | None, locked: bool, reason: str, by: User) -> None:
    """Lock or unlock; refused without the reason of an unlocking, StaleSave where it is locked or unlocked already."""
    if not locked and not reason.strip():
        message = "Say why it is unlocked; the reason is kept."
        raise Refused([Problem(rule="V8", field="reason", value="", message=message)])
    try:
        with transaction.atomic(), recording(by=by, reason=reason.strip()):
            wait_for_writers()
            write_lock(row, version, locked, by)
    except OperationalError as error:
        if error.__cause__.sqlstate not in ("55P03", "40P01"):
            raise
        raise Refused([Problem(rule="V13", field="", value="", message=BUSY)]) from error
    row.refresh_from_db()


def wait_for_writers() -> None:
    """Every statement that writes a patient's row holds the shared lock to the end of its transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITING])


def write_lock(row: Patient | Study, version: int | None, locked: bool, by: User) -> None:
    model, at = type(row), timezone.now() if locked else None
    rows = model.objects.filter(pk=row.pk, locked_at__isnull=locked)
    changes = {"locked_at": at, "locked_by": by if locked else None}
    if version is not None:
        rows, changes = rows.filter(version=version), changes | {"version": F("version") + 1}
    # Who holds the row already may be waiting for us: not waited for, so nobody waits in a ring.
    there = list(rows.select_for_update(nowait=True, of=("self",)).values_list("pk", flat=True))
    if not there or not rows.update(**changes):
        raise StaleSave("Somebody changed this record after you opened the page. Look at it again.")
