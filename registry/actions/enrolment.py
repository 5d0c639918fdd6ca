"""A patient enters with the procedure from which they are followed; later procedures, and corrections of the person."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from registry.actions.refreshing import refresh_forms
from registry.audit import recording
from registry.clock import today
from registry.closed import why_closed
from registry.duplicates import When, possible_duplicates
from registry.errors import Problem, Refused, StaleSave
from registry.locks import locks_in_words
from registry.models import Patient, Procedure, Site, Study, User
from registry.rules import EARLIEST_DATE, compare_dates

STALE = "Somebody saved this patient after you opened it. Nothing of yours is lost: compare and save again."
ALIKE = "This could be a patient who is there already. Open that one, or say why this is another person."
CORRECTABLE = ("study_number", "sex", "born_on", "born_precision")


def problem(rule: str, name: str, value, message: str, **more) -> Problem:
    return Problem(rule=rule, field=name, value=str(value or ""), message=message, **more)


@locks_in_words()
def enrol_with_procedure(
    *,
    site: Site,
    study: Study,
    study_number: str,
    sex: str,
    born: When,
    kind: str,
    performed: When,
    not_the_same: str = "",
    by: User,
) -> Procedure:
    """Enter a patient and the index procedure; the same enrolment sent twice is one.

    Refused where somebody is there already who could be the same person, unless `not_the_same` says why it is not.
    """
    patient = Patient(site=site, study=study, study_number=study_number.strip(), sex=sex)
    patient.born_on, patient.born_precision = born
    first = already_enrolled(patient, kind, performed)
    if first is not None:
        return first
    procedure = Procedure(site=site, patient=patient, kind=kind)
    procedure.performed_on, procedure.performed_precision = performed
    problems = [*problems_of_patient(patient), *problems_of_procedure(procedure), *problems_of_the_study(patient)]
    alike = possible_duplicates(
        site=site, study=study, study_number=study_number, sex=sex, born=born, performed=performed, by=by
    )
    if alike and not not_the_same.strip():
        problems.append(problem("U1", "not_the_same", "", ALIKE))
    if problems:
        raise Refused(problems)
    with transaction.atomic(), recording(by=by, reason=not_the_same.strip()):
        patient.save()
        procedure.save()
    return procedure


def already_enrolled(patient: Patient, kind: str, performed: When) -> Procedure | None:
    """The index procedure of exactly this enrolment, where it was sent before."""
    same = {name: getattr(patient, name) for name in ("site", "study", *CORRECTABLE)}
    return Procedure.objects.valid().filter(
        **{f"patient__{name}": value for name, value in same.items()}, patient__error_marked_at=None,
        patient__withdrawn_on=None, kind=kind, performed_on=performed[0], performed_precision=performed[1],
        is_index=True,
    ).first()  # fmt: skip


def problems_of_patient(patient: Patient) -> list[Problem]:
    """The study number is well formed and free; the birth is between 1900 and today."""
    problems = []
    try:
        patient.clean_fields(exclude=["site", "study"])
        patient.validate_unique(exclude=["id"])
        patient.validate_constraints()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            field = "study_number" if name == "__all__" else name
            problems += [problem("V14", field, getattr(patient, field, ""), message) for message in messages]
    if patient.born_on and not EARLIEST_DATE <= patient.born_on <= today():
        problems.append(problem("D1", "born_on", patient.born_on, "A birth lies between 1900 and today."))
    return problems


def problems_of_procedure(procedure: Procedure) -> list[Problem]:
    """D1: between 1900 and today, and not before the birth."""
    on, patient = procedure.performed_on, procedure.patient
    if procedure.kind not in Procedure.Kind.values:
        return [problem("V14", "kind", procedure.kind, "Choose what was done from the list.")]
    if on and not EARLIEST_DATE <= on <= today():
        return [problem("D1", "performed_on", on, "The date of a procedure lies between 1900 and today.")]
    if on and patient.born_on:
        side = compare_dates(on, procedure.performed_precision, patient.born_on, patient.born_precision)
        if side < 0:
            return [problem("D1", "performed_on", on, "The procedure is before the birth: check both dates.")]
    return []


def problems_of_the_study(patient: Patient) -> list[Problem]:
    """V13: nobody is entered into a locked study; the site takes part in it."""
    if patient.study.locked_at is not None:
        return [problem("V13", "", "", "The study is locked. Somebody who may unlock it has to do so first.")]
    if not patient.study.enrolments.filter(site=patient.site).exists():
        return [problem("V14", "site", "", "This site does not enrol in the study.")]
    return []


@locks_in_words()
@transaction.atomic
def correct_patient(patient: Patient, *, version: int, reason: str, by: User, **values) -> Patient:
    """Correct a number, sex or birth; ages that are stored follow. A reason is needed where something stood before."""
    was = Patient.objects.select_for_update(of=["self"]).select_related("study", "site").get(pk=patient.pk)
    if was.version != version or was.error_marked_at is not None:
        raise StaleSave(STALE)
    before = {name: getattr(was, name) for name in CORRECTABLE}
    for name in CORRECTABLE:
        setattr(was, name, values.get(name, before[name]))
    changed = [name for name in CORRECTABLE if before[name] != getattr(was, name)]
    procedures = list(was.procedures.filter(error_marked_at=None))
    for each in procedures:
        each.patient = was
    problems = [each for each in [why_closed(was)] if each] + problems_of_patient(was)
    problems += [found for each in procedures for found in problems_of_procedure(each)]
    if not reason.strip() and any(before[name] not in (None, "") for name in changed):
        problems.append(problem("V8", "reason", "", "Say why it is corrected; the reason is kept."))
    if problems:
        raise Refused(problems)
    if changed:
        with recording(by=by, reason=reason.strip()):
            values = {name: getattr(was, name) for name in changed}
            Patient.objects.filter(pk=was.pk).update(**values, version=F("version") + 1)
            refresh_forms(procedures)
    patient.refresh_from_db()
    return patient


@locks_in_words()
def add_procedure(
    *, patient: Patient, kind: str, performed: When, is_index: bool = False, reason: str = "", by: User
) -> Procedure:
    """Another procedure of a patient; where it becomes the index, the one before stops being it, with a reason."""
    procedure = Procedure(site_id=patient.site_id, patient=patient, kind=kind, is_index=is_index)
    procedure.performed_on, procedure.performed_precision = performed
    problems = [each for each in [why_closed(patient)] if each] + problems_of_procedure(procedure)
    index = patient.procedures.filter(is_index=True, error_marked_at=None)
    if is_index and index.exists() and not reason.strip():
        problems.append(problem("V8", "reason", "", "Say why the patient is followed from another procedure."))
    same = patient.procedures.filter(error_marked_at=None, kind=kind, performed_on=performed[0])
    if same.exists():
        problems.append(problem("U1", "performed_on", "", "This procedure is recorded already: same kind, same date."))
    if problems:
        raise Refused(problems)
    with transaction.atomic(), recording(by=by, reason=reason.strip()):
        if is_index:
            index.update(is_index=False, version=F("version") + 1)
        procedure.save()
    return procedure


@locks_in_words()
@transaction.atomic
def make_index(procedure: Procedure, *, version: int, reason: str, by: User) -> Procedure:
    """Follow the patient from this procedure instead of the one before."""
    problems = [each for each in [why_closed(procedure)] if each]
    if not reason.strip():
        problems.append(problem("V8", "reason", "", "Say why the patient is followed from another procedure."))
    if problems:
        raise Refused(problems)
    others = Procedure.objects.filter(patient_id=procedure.patient_id, is_index=True, error_marked_at=None)
    with recording(by=by, reason=reason.strip()):
        others.exclude(pk=procedure.pk).update(is_index=False, version=F("version") + 1)
        mine = Procedure.objects.filter(pk=procedure.pk, version=version, error_marked_at=None)
        if mine.update(is_index=True, version=F("version") + 1) == 0:
            raise StaleSave(STALE)
    procedure.refresh_from_db()
    return procedure
