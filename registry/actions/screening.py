"""The screening log: everybody who was looked at, entered or not; excluded cases are kept."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from registry.actions.standing import without_reason
from registry.audit import recording
from registry.clock import today
from registry.duplicates import UNKNOWN, When
from registry.errors import Problem, Refused, StaleSave
from registry.locks import locks_in_words
from registry.models import Patient, ScreenedCase, Site, Study, User
from registry.rules import EARLIEST_DATE
from registry.screening import ANSWERS, criteria_of, decided

STALE = "Somebody saved this case after you opened it. Nothing of yours is lost: compare and save again."


def problem(rule: str, name: str, value, message: str) -> Problem:
    return Problem(rule=rule, field=name, value=str(value), message=message)


@locks_in_words()
def record_case(
    *, study: Study, site: Site, log_number: str, treated: When = UNKNOWN, answers: Mapping[str, str],
    patient: Patient | None = None, not_entered_reason: str = "", by: User,
) -> ScreenedCase:  # fmt: skip
    """Add a case to the log; the decision follows from the answers. Refused names every wrong answer."""
    case = ScreenedCase(study=study, site=site, recorded_by=by)
    set_case(case, log_number, treated, answers, patient, not_entered_reason)
    with transaction.atomic(), recording(by=by):
        case.save()
    return case


@locks_in_words()
@transaction.atomic
def correct_case(
    case: ScreenedCase, *, version: int, reason: str = "", log_number: str, treated: When, answers: Mapping[str, str],
    patient: Patient | None, not_entered_reason: str = "", by: User,
) -> ScreenedCase:  # fmt: skip
    """Answer what was open, link the patient, or change an answer, for which a reason is given."""
    was = ScreenedCase.objects.select_for_update(of=["self"]).select_related("study__schedule", "site").get(pk=case.pk)
    if was.version != version or was.error_marked_at is not None:
        raise StaleSave(STALE)
    before = (was.log_number, was.treated_on, was.patient_id, was.answers)
    set_case(was, log_number, treated, answers, patient, not_entered_reason)
    if changes(before, was) and not reason.strip():
        raise Refused([problem("V8", "reason", "", "Say why what is recorded is changed. The reason is kept.")])
    was.version += 1
    with recording(by=by, reason=reason.strip()):
        was.save()
    return was


def changes(before: tuple, now: ScreenedCase) -> bool:
    """Whether something that was said becomes something else; answering what was open is none."""
    log_number, treated_on, patient_id, answers = before
    said = {code: answer for code, answer in answers.items() if answer != "unknown"}
    return (
        log_number != now.log_number
        or treated_on not in (None, now.treated_on)
        or patient_id not in (None, now.patient_id)
        or any(now.answers.get(code) != answer for code, answer in said.items())
    )


@locks_in_words()
@transaction.atomic
def mark_case_as_error(case: ScreenedCase, *, version: int, reason: str, by: User, moment) -> ScreenedCase:
    """Take a case that should never have been in the log out of it; it stays in the record, with the reason."""
    was = ScreenedCase.objects.select_for_update(of=["self"]).get(pk=case.pk)
    if was.version != version or was.error_marked_at is not None:
        raise StaleSave(STALE)
    if problems := without_reason(reason):
        raise Refused(problems)
    was.error_marked_at, was.error_reason, was.version = moment, reason.strip(), was.version + 1
    with recording(by=by, reason=reason.strip()):
        was.save()
    return was


def set_case(case: ScreenedCase, log_number: str, treated: When, answers, patient, not_entered_reason: str) -> None:
    """Put what was typed into an unsaved case, with its decision; Refused where something is wrong with it."""
    known = {criterion.code for criterion in criteria_of(case.study)}
    legal = {code for code, _ in ANSWERS}
    problems = [
        problem("V14", f"answer_{code}", answer, "Answer a criterion of this study with yes, no or unknown.")
        for code, answer in answers.items()
        if code not in known or answer not in legal
    ]
    on, precision = treated
    if on and not EARLIEST_DATE <= on <= today():
        problems.append(problem("D1", "treated", on, "The treatment lies between 1900 and today: check the year."))
    if patient is not None and (patient.site_id, patient.study_id) != (case.site_id, case.study_id):
        problems.append(problem("V14", "patient", "", "Choose a patient of this study at this site."))
    case.log_number, case.patient, case.answers = log_number.strip(), patient, dict(answers)
    case.treated_on, case.treated_precision = on, precision
    case.decision = decided(case.study, case.answers)
    case.not_entered_reason = "" if patient else not_entered_reason.strip()
    if problems or (problems := wrong_columns(case)):
        raise Refused(problems)


def wrong_columns(case: ScreenedCase) -> list[Problem]:
    """What the columns and constraints say of a case: its number is well formed and free, its patient is in once."""
    try:
        case.clean_fields(exclude=["site", "study", "recorded_by", "patient"])
        case.validate_constraints()
    except ValidationError as error:
        return [
            problem("V7" if name == "__all__" else "V14", name if name != "__all__" else "log_number", "", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
    return []
