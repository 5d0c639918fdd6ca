"""The derived values that the record stores, from their rows: the one place for saving them and for checking them.

Whoever saves a form of the chart sets them in the same transaction, before the row is written:

    for name, value in stored_values(row).items():
        setattr(row, name, value)

They follow from the row, its procedure and its patient, so that a change of a procedure's or a birth's date refreshes
them: registry.actions.refreshing. A visit's day, timepoint and window, and the totals among its scores, are set by the
actions of visits; of_visits says them again for the check.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model

from registry.derived.age import age_at, possible_ages
from registry.derived.charlson import POINTS, aacci
from registry.derived.complexity import pdn_complexity
from registry.derived.katagiri import Laboratory, katagiri_total, laboratory_class
from registry.derived.spans import span_of
from registry.derived.stay import los_days
from registry.models import Comorbidity, Katagiri, Operation

PER_THOUSAND = 1000
AGE = "age"
COVARIATES = "patient__covariate_values__covariate"  # of a procedure


@dataclass(frozen=True)
class Stored:
    """A form's stored derived columns: what each is where the form says nothing, and how they are computed."""

    empty: dict[str, object]
    compute: Callable[[Model], dict[str, object]]


def stored_values(row: Model) -> dict[str, object]:
    """The stored derived columns of a chart row, saved or not: {} of a form without any; empty where it is unavailable.

    Reads row.procedure, its patient and the patient's covariates (COVARIATES, to be prefetched), and saves nothing.
    Impossible values, which the rules and the database refuse, are not known rather than an error.
    """
    stored = STORED.get(type(row))
    if stored is None:
        return {}
    return dict(stored.empty) if row.unavailable else stored.compute(row)


def age_at_procedure(procedure) -> int | None:
    """Whole years at the procedure; the age that an imported study keeps of the index where no birth is recorded.

    None where neither is known, or the birth comes after the procedure.
    """
    patient = procedure.patient
    if patient.born_on is None:
        return kept_age(procedure)
    age = age_at(patient.born_on, patient.born_precision, procedure.performed_on, procedure.performed_precision)
    return None if age is None or age < 0 else age


def open_ages(procedure) -> str:
    """' (69 or 70)' where the known parts of both dates leave the age open; empty where they decide."""
    patient = procedure.patient
    ages = possible_ages(patient.born_on, patient.born_precision, procedure.performed_on, procedure.performed_precision)
    return f" ({' or '.join(map(str, ages))})" if ages and len(ages) > 1 else ""


def kept_age(procedure) -> int | None:
    """The whole years of the patient's covariate `age`, which is that at the index procedure."""
    values = procedure.patient.covariate_values.all() if procedure.is_index else ()
    ages = [each.number for each in values if each.covariate.name == AGE and each.number is not None]
    return int(ages[0]) if ages and ages[0] >= 0 else None


def of_comorbidity(row: Comorbidity) -> dict[str, object]:
    """Charlson of the conditions; silence is "no" where the row says that the whole history was reviewed.

    The total is that of the components alone: what the chart reports stays in aacci_reported.
    """
    answers = {name: getattr(row, name) for name in POINTS}
    conditions = {name: row.missing.get(name) if value is None else value for name, value in answers.items()}
    found = aacci(
        conditions,
        age=age_at_procedure(row.procedure),
        reviewed=bool(row.history_reviewed),
    )
    return {"charlson_base": found.base, "charlson_age": found.age_points, "aacci": found.total}


def of_katagiri(row: Katagiri) -> dict[str, object]:
    """The total of what is recorded; the growth group is the one that a person chose. Missing labs leave it empty."""
    platelets = row.platelets_1000_ul
    laboratory = Laboratory(
        crp=row.crp_mg_dl,
        ldh=row.ldh_iu_l,
        albumin=row.albumin_g_dl,
        platelets=None if platelets is None else platelets * PER_THOUSAND,
        calcium=row.calcium_mg_dl,
        bilirubin=row.bilirubin_mg_dl,
    )
    total = katagiri_total(
        growth=row.growth or None,
        visceral=row.visceral or None,
        laboratory=laboratory_class(laboratory),
        ecog=row.ecog,
        previous_chemotherapy=row.previous_chemotherapy,
        multiple_skeletal=row.multiple_skeletal,
    )
    return {"total": total.total}


def of_operation(row: Operation) -> dict[str, object]:
    """Clunk's complexity, and the nights of the stay."""
    procedure = row.procedure
    performed = span_of(procedure.performed_on, procedure.performed_precision)
    complexity = pdn_complexity(procedure.kind, row.pdn_sacral_count, row.additional_hardware)
    return {
        "complexity": complexity or "",
        "los_days": los_days(performed, span_of(row.discharged_on, row.discharged_precision)),
    }


STORED = {
    Comorbidity: Stored({"charlson_base": None, "charlson_age": None, "aacci": None}, of_comorbidity),
    Katagiri: Stored({"total": None}, of_katagiri),
    Operation: Stored({"complexity": "", "los_days": None}, of_operation),
}
