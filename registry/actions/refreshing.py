"""Stored derived values follow what they are computed from, in the transaction that changes it."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Model

from registry.audit import recording
from registry.derived.drift import Drift
from registry.derived.of_rows import AGE, COVARIATES, STORED, stored_values
from registry.derived.of_visits import with_reason_where_outside
from registry.models import Comorbidity, Covariate, CovariateValue, FollowUpVisit, Procedure, User

RECOMPUTED = "recomputed"


def refresh_forms(procedures: Iterable[Procedure]) -> int:
    """Recompute the stored derived columns of all valid forms of these procedures, and say how many rows changed.

    Called after a procedure's date or kind, or a patient's date of birth, was changed, by the action that changed it:
    in its transaction and under its `recording`. The procedures are as they are now, with their patients.
    """
    by_id = {procedure.pk: procedure for procedure in procedures}
    changed = 0
    for model in STORED:
        for row in model.objects.filter(procedure__in=by_id, error_marked_at=None):
            row.procedure = by_id[row.procedure_id]
            changed += write_differences(row, stored_values(row))
    return changed


def refresh_by_kept_ages(values: Iterable[CovariateValue]) -> int:
    """Recompute what follows from an age that a study keeps, where the patient's birth is not recorded."""
    ages = set(Covariate.objects.filter(name=AGE).values_list("pk", flat=True))
    patients = {value.patient_id for value in values if value.covariate_id in ages}
    if not patients:
        return 0
    scored = Comorbidity.objects.filter(procedure__patient__in=patients, error_marked_at=None).values("procedure")
    index = Procedure.objects.filter(pk__in=scored, is_index=True, patient__born_on=None)
    return refresh_forms(index.select_related("patient").prefetch_related(COVARIATES))


def write_differences(row: Model, values: dict[str, object]) -> bool:
    """Save those of the values that a row does not have, as a new version of it; False where it has them all."""
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changes:
        return False
    return bool(type(row).objects.filter(pk=row.pk, version=row.version).update(**changes, version=F("version") + 1))


@transaction.atomic
def mend(drift: Drift, *, by: User) -> bool:
    """Store what a row's derived values are, with the reason "recomputed"; False where the row was saved meanwhile.

    IntegrityError where the database refuses it: the patient is locked, or the rest of the row breaks a rule.
    """
    with recording(by=by, reason=RECOMPUTED):
        if drift.is_new:
            drift.row.save(force_insert=True)
            FollowUpVisit.objects.filter(pk=drift.row.visit_id).update(version=F("version") + 1)
            return True
        values = drift.values
        if isinstance(drift.row, FollowUpVisit):
            values = with_reason_where_outside(drift.row, values, "Recomputed.")
        return write_differences(drift.row, values)
