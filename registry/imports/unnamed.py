"""Rows that no file can name (further procedures and what hangs on them, visits without a name), and their parents."""

from registry.chart import FORMS
from registry.imports.recorded import Record
from registry.models import FollowUpVisit, Procedure


def parents_of_unnamed(record: Record) -> set:
    """The ids of patients, procedures and visits on which a valid row hangs that the record was not read with."""
    patients = [patient.pk for patient in record.patients.values()]
    named = {held.row.pk for held in record.held.values() if held.row is not None}
    found = set()
    for model in dict.fromkeys([Procedure, FollowUpVisit, *(form.model for form in FORMS.values())]):
        steps = model.PATIENT_PATH.split("__")
        above = ["__".join(steps[:number]) for number in range(1, len(steps) + 1)]
        standing = {f"{path}__error_marked_at": None for path in above}
        rows = model.objects.valid().filter(**{f"{above[-1]}__in": patients}, **standing)
        found.update(*(ids for pk, *ids in rows.values_list("pk", *above) if pk not in named))
    return found
