"""Patients enter by enrolment, one or many, with their attributes and times."""

from decimal import Decimal

from django.db import transaction

from registry.actions.refreshing import refresh_by_kept_ages
from registry.audit import recording
from registry.clock import today
from registry.errors import Problem, Refused
from registry.locks import locks_in_words
from registry.models import Covariate, CovariateValue, MissingReason, Patient, Procedure, Site, Study, TimeToEvent, User
from registry.rules import EARLIEST_DATE


@locks_in_words()
@transaction.atomic
def enrol_patients(patients: list[Patient], *, by: User) -> None:
    """Enter unsaved patients; ValidationError for a malformed or taken study number, and none is entered."""
    for patient in patients:
        patient.clean_fields(exclude=["site", "study"])  # rows of ours: to look each up again is a query a patient
    with recording(by=by):
        Patient.objects.bulk_create(patients, batch_size=2000)


@locks_in_words()
@transaction.atomic
def enrol_patient(*, site: Site, study: Study, study_number: str, by: User, **fields) -> Patient:
    """Enter one patient under a study number; fields are sex, born_on and born_precision."""
    patient = Patient(site=site, study=study, study_number=study_number, **fields)
    patient.full_clean()
    with recording(by=by):
        patient.save()
    return patient


@locks_in_words()
@transaction.atomic
def record_covariates(values: list[CovariateValue], *, by: User) -> None:
    """Record typed attributes, in bulk; what follows from an age follows."""
    with recording(by=by):
        CovariateValue.objects.bulk_create(values, batch_size=2000)
        refresh_by_kept_ages(values)


def covariate_value(*, patient: Patient, covariate: Covariate, value: Decimal | str | MissingReason) -> CovariateValue:
    """An unsaved value, in the column that its type asks for."""
    column = "missing" if isinstance(value, MissingReason) else "text" if covariate.kind == "category" else "number"
    return CovariateValue(site_id=patient.site_id, patient=patient, covariate=covariate, **{column: value})


@locks_in_words()
@transaction.atomic
def record_times(times: list[TimeToEvent], *, by: User) -> None:
    """Record times to an event or to censoring, in bulk."""
    for row in times:
        row.clean_fields(exclude=["site", "procedure"])
    with recording(by=by):
        TimeToEvent.objects.bulk_create(times, batch_size=2000)


@locks_in_words()
@transaction.atomic
def record_procedures(procedures: list[Procedure], *, by: User) -> None:
    """Record unsaved procedures, in bulk."""
    for procedure in procedures:
        procedure.clean_fields(exclude=["site", "patient"])
        if procedure.performed_on and not EARLIEST_DATE <= procedure.performed_on <= today():
            message = "The date of a procedure lies between 1900 and today."
            raise Refused(
                [Problem(rule="D1", field="performed_on", value=str(procedure.performed_on), message=message)]
            )
    with recording(by=by):
        Procedure.objects.bulk_create(procedures, batch_size=2000)
