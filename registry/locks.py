"""A locked record, in one wording for form, API and import."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import IntegrityError

from registry.errors import Problem, Refused
from registry.models import Patient, Study


def in_words(since: datetime) -> str:
    return f"This record is locked since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC. Ask a site admin to unlock it."


def locked_problem(patient: Patient | None, study: Study | None = None, where: str = "") -> Problem | None:
    """V13, where the patient or the study is locked; without a study it is the patient's."""
    study = study or patient.study
    since = (patient.locked_at if patient is not None else None) or study.locked_at
    return None if since is None else Problem(rule="V13", field="", value="", message=in_words(since), where=where)


@contextmanager
def locks_in_words() -> Iterator[None]:
    """Decorates an action, outside of its transaction: a lock that the database keeps is said as the rule says it.

    An action that asked before it wrote needs it too: somebody may have locked the record in between.
    """
    try:
        yield
    except IntegrityError as error:
        said = getattr(error.__cause__, "diag", None)
        if said is None or said.constraint_name != "record_is_locked":
            raise
        since = datetime.fromisoformat(said.message_detail)
        raise Refused([Problem(rule="V13", field="", value="", message=in_words(since))]) from error
