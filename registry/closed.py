"""Whether a patient's record still takes entries, in the same words for every page and action."""

from registry.errors import Problem
from registry.locks import locked_problem
from registry.models import FollowUpVisit, Patient, Procedure


def why_closed(parent: Patient | Procedure | FollowUpVisit) -> Problem | None:
    """V9: nothing is entered of who was withdrawn or of what is marked as an error; V13: nor of what is locked."""
    for row in (parent, *above(parent)):
        if row.error_marked_at is not None:
            what = row._meta.verbose_name
            return closed("V9", f"The {what} is marked as entered in error. Undo that first, if it was a mistake.")
    patient = (parent, *above(parent))[-1]
    if patient.withdrawn_on is not None:
        return closed("V9", f"The patient was withdrawn on {patient.withdrawn_on}. Undo the withdrawal first.")
    return locked_problem(patient)


def above(row: Patient | Procedure | FollowUpVisit) -> tuple:
    """What a row hangs on, its patient last."""
    if isinstance(row, FollowUpVisit):
        return row.procedure, row.procedure.patient
    return (row.patient,) if isinstance(row, Procedure) else ()


def closed(rule: str, message: str) -> Problem:
    return Problem(rule=rule, field="", value="", message=message)
